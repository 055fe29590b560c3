"""Pictures in the memory of screens of all kinds."""

import numpy as np
import pytest

from homecall_appliance.display.pixels import Channel, Mode, packed, unpacked

XRGB8888 = Mode(2, 1, 32, 8, 0, Channel(16, 8), Channel(8, 8), Channel(0, 8))
RGB888 = Mode(2, 1, 24, 6, 0, Channel(16, 8), Channel(8, 8), Channel(0, 8))
BGR888 = Mode(2, 1, 24, 6, 0, Channel(0, 8), Channel(8, 8), Channel(16, 8))
RGB565 = Mode(2, 1, 16, 4, 0, Channel(11, 5), Channel(5, 6), Channel(0, 5))

ORANGE_AND_BLUE = np.array([[[255, 128, 0], [0, 0, 255]]], np.uint8)


@pytest.mark.parametrize(
    ("mode", "octets"),
    [
        (XRGB8888, [0, 128, 255, 0, 255, 0, 0, 0]),
        (RGB888, [0, 128, 255, 255, 0, 0]),
        (BGR888, [255, 128, 0, 0, 0, 255]),
        (RGB565, [0x00, 0xFC, 0x1F, 0x00]),
    ],
)
def test_a_picture_lies_as_the_screen_wants_it(mode: Mode, octets: list[int]) -> None:
    pixels = packed(ORANGE_AND_BLUE, mode)
    assert pixels.shape == (1, 2)
    assert list(pixels.tobytes()) == octets
    assert unpacked(pixels, mode) == pytest.approx(ORANGE_AND_BLUE, abs=4)


def test_what_is_needed_of_the_memory() -> None:
    panned = Mode(100, 50, 16, 256, 256 * 50, *[Channel(0, 5)] * 3)
    assert panned.size == 256 * 50 + 256 * 49 + 200


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (Mode(2, 1, 8, 2, 0, *[Channel(0, 8)] * 3), "8 bits a pixel"),
        (Mode(0, 1, 32, 2, 0, *[Channel(0, 8)] * 3), "no size"),
        (Mode(2, 1, 32, 8, 0, *[Channel(0, 10)] * 3), "colours"),
        (Mode(2, 1, 16, 8, 0, *[Channel(0, 0)] * 3), "colours"),
    ],
)
def test_modes_that_cannot_be_used(mode: Mode, words: str) -> None:
    problem = mode.problem()
    assert problem
    assert words in problem

"""The code by itself: its quiet zone, its size, and that a reader reads it."""

from pathlib import Path

import pytest
from PIL import Image

from homecall_appliance.display.qr import QUIET_ZONE, Matrix, matrix
from tests.display.display_world import CELL, IPV6, LONG, SHORT, USUAL, decoded, decoded_by_zbar


def drawn(code: Matrix) -> Image.Image:
    image = Image.new("L", (len(code), len(code)))
    image.putdata([0 if module else 255 for row in code for module in row])
    return image.resize((len(code) * CELL,) * 2, Image.Resampling.NEAREST)


@pytest.mark.apt
@pytest.mark.parametrize("text", [SHORT, USUAL, IPV6, LONG, "1", "a" * 2300])
def test_readers_read_it(tmp_path: Path, text: str) -> None:
    image = drawn(matrix(text))
    assert decoded(image) == [text]
    assert decoded_by_zbar(image, tmp_path) == [text]


def test_the_quiet_zone_is_light_and_the_code_begins_after_it() -> None:
    code = matrix(USUAL)
    size = len(code)
    inside = range(QUIET_ZONE, size - QUIET_ZONE)
    dark = {(y, x) for y in range(size) for x in range(size) if code[y][x]}
    assert all(len(row) == size for row in code)
    assert all(y in inside and x in inside for y, x in dark)
    finder = [code[QUIET_ZONE][QUIET_ZONE + x] for x in range(8)]
    assert finder == [True] * 7 + [False]


@pytest.mark.parametrize(
    ("text", "version"), [(SHORT, 4), (USUAL, 5), (IPV6, 6), ("a" * 62, 4), ("a" * 63, 5)]
)
def test_it_is_the_smallest_with_error_correction_m(text: str, version: int) -> None:
    assert len(matrix(text)) == 17 + 4 * version + 2 * QUIET_ZONE


def test_a_text_that_is_too_long() -> None:
    with pytest.raises(ValueError, match="too long for a QR code"):
        matrix("a" * 2400)

"""Which picture a call takes of those that a webcam offers, and how they are asked for."""

import errno
import struct
from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path

import pytest

from homecall_appliance.media.camera.modes import READ_AS, Mode, choose
from homecall_appliance.media.camera.v4l2_controls import File
from homecall_appliance.media.camera.v4l2_modes import list_modes

HD, VGA, SVGA = (1280, 720), (640, 480), (800, 600)


def raw(size: tuple[int, int], framerate: float, pixel_format: str = "YUYV") -> Mode:
    return Mode(pixel_format, *size, framerate)


def jpeg(size: tuple[int, int], framerate: float) -> Mode:
    return Mode("MJPG", *size, framerate)


@pytest.mark.parametrize(
    ("modes", "taken"),
    [
        # go2rtc 159, ustreamer 281: raw pictures only, and the large ones stand nearly still.
        ([raw(HD, 5), raw(VGA, 30)], raw(VGA, 30)),
        ([raw(HD, 10), raw(SVGA, 20), raw(VGA, 30), raw((320, 240), 30)], raw(SVGA, 20)),
        ([raw(HD, 15), raw(VGA, 30)], raw(HD, 15)),
        ([raw((1920, 1080), 5), raw(HD, 7), raw(VGA, 7.5), raw((160, 120), 7.5)], raw(VGA, 7.5)),
        ([raw(HD, inf), raw(VGA, 30)], raw(HD, inf)),
        # What is compressed goes before what is as large, and not before what is nearer.
        ([raw(HD, 60), jpeg(HD, 30)], jpeg(HD, 30)),
        ([raw(HD, 30), jpeg(VGA, 30)], raw(HD, 30)),
        ([raw(HD, 5), jpeg(HD, 30), raw(VGA, 30)], jpeg(HD, 30)),
        ([raw(HD, 30), raw(HD, 30, "NV12"), raw(HD, 30, "RGB3")], raw(HD, 30, "NV12")),
        # Slow colours go before quick infrared ones; those go before nothing.
        ([raw(VGA, 5), raw(HD, 30, "GREY")], raw(VGA, 5)),
        ([raw(VGA, 30, "GREY"), raw(VGA, 30, "Y16 ")], raw(VGA, 30, "GREY")),
        # What FFmpeg does not read from a camera does not count.
        ([raw(HD, 30, "HEVC"), raw(HD, 30, "BA81"), raw(VGA, 30)], raw(VGA, 30)),
        ([raw(HD, 30, "HEVC")], None),
        ([], None),
    ],
)
def test_the_nearest_size_that_moves_is_taken(modes: list[Mode], taken: Mode | None) -> None:
    assert choose(modes, *HD, 30, READ_AS.keys()) == taken
    assert choose(modes[::-1], *HD, 30, READ_AS.keys()) == taken


def test_who_wants_five_a_second_has_the_large_picture() -> None:
    assert choose([raw(HD, 5), raw(VGA, 30)], *HD, 5, READ_AS.keys()) == raw(HD, 5)


def test_only_some_formats_are_looked_at() -> None:
    modes = [Mode("H264", *VGA, 30), jpeg(HD, 30)]
    assert choose(modes, *HD, 30, {"H264"}) == Mode("H264", *VGA, 30)


Offered = Mapping[bytes, Mapping[tuple[int, ...], Sequence[tuple[int, ...]]]]


class Driver:
    """Answers as the kernel does: enumerates formats, their sizes, and the rates of those."""

    def __init__(self, offered: Offered) -> None:
        """A size of six numbers is a range, likewise a rate."""
        self._offered = offered

    def __call__(self, _device: File, request: int, buffer: bytearray) -> int:
        # asm-generic/ioctl.h: _IOWR('V', number, size).
        assert request & ~0xFF == 3 << 30 | len(buffer) << 16 | ord("V") << 8
        index, pixel_format = struct.unpack_from("=I4s", buffer)
        try:
            match request & 0xFF:
                case 2:  # VIDIOC_ENUM_FMT
                    buffer[44:48] = list(self._offered)[index]
                case 74:  # VIDIOC_ENUM_FRAMESIZES
                    self._answer(buffer, 8, list(self._offered[pixel_format])[index])
                case 75:  # VIDIOC_ENUM_FRAMEINTERVALS
                    size = struct.unpack_from("=2I", buffer, 8)
                    sizes = self._offered[pixel_format]
                    rates = sizes[size] if size in sizes else next(iter(sizes.values()))
                    self._answer(buffer, 16, rates[index])
        except IndexError as error:
            raise OSError(errno.EINVAL, "Invalid argument") from error
        return 0

    def _answer(self, buffer: bytearray, offset: int, numbers: tuple[int, ...]) -> None:
        """The type, 1 for what is discrete, and the numbers."""
        kind = 1 if len(numbers) == 2 else 3
        struct.pack_into(f"={1 + len(numbers)}I", buffer, offset, kind, *numbers)


@pytest.fixture
def node(tmp_path: Path) -> str:
    path = tmp_path / "video0"
    path.touch()
    return str(path)


def test_the_modes_of_a_webcam(node: str) -> None:
    driver = Driver(
        {
            b"YUYV": {HD: [(1, 5)], VGA: [(1, 15), (1, 30), (2, 15)]},
            b"MJPG": {HD: [(1001, 30000)], VGA: []},
        }
    )
    assert list_modes(node, *HD, driver) == {
        raw(HD, 5),
        raw(VGA, 30),
        jpeg(HD, 30000 / 1001),
        jpeg(VGA, inf),
    }


@pytest.mark.parametrize(
    ("wanted", "size"),
    [(HD, HD), ((641, 481), (640, 480)), ((3840, 2160), (1920, 1080)), ((16, 16), (32, 32))],
)
def test_a_size_out_of_a_range_is_the_nearest(
    wanted: tuple[int, int], size: tuple[int, int], node: str
) -> None:
    # struct v4l2_frmsize_stepwise: the least, the most, the step, of the width and the height;
    # struct v4l2_frmival_stepwise: the shortest interval comes first.
    sizes: Offered = {b"YU12": {(32, 1920, 4, 32, 1080, 4): [(1, 60, 1, 1, 1, 60)]}}
    assert list_modes(node, *wanted, Driver(sizes)) == {raw(size, 60, "YU12")}


def test_what_lists_no_sizes_has_no_modes(node: str) -> None:
    assert list_modes(node, *HD, Driver({b"MJPG": {}})) == frozenset()
    assert list_modes(node, *HD) == frozenset()
    assert list_modes(f"{node}0", *HD) == frozenset()


def test_a_driver_that_never_ends_is_left(node: str) -> None:
    class Endless(Driver):
        def __call__(self, device: File, request: int, buffer: bytearray) -> int:
            struct.pack_into("=I", buffer, 0, 0)
            return super().__call__(device, request, buffer)

    assert list_modes(node, *HD, Endless({b"YUYV": {VGA: [(1, 30)]}})) == {raw(VGA, 30)}

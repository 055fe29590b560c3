"""The framebuffer: a file in place of the kernel's memory, in modes that screens have."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from av import VideoFrame
from PIL import Image, ImageChops

from homecall_appliance.display.console import Console
from homecall_appliance.display.framebuffer import SHIFT_SECONDS, Framebuffer
from homecall_appliance.display.painting import Painter
from homecall_appliance.display.pixels import Channel, Mode, turned
from homecall_appliance.display.ports import DisplayError, Frame
from homecall_appliance.display.scaling import Scaler
from homecall_appliance.display.situation import Touch
from homecall_appliance.display.targets import Target
from homecall_appliance.display.theme import NIGHT
from homecall_appliance.display.view import (
    Button,
    InCall,
    LinkView,
    RingingView,
    StartingView,
    View,
)
from tests.display.display_world import SHORT, USUAL, decoded

Modes = Callable[[int, int], Mode]

pytestmark = pytest.mark.slow

CALL = LinkView(USUAL, "call", 1, in_call=InCall(seconds=1))


def xrgb8888(width: int, height: int) -> Mode:
    return Mode(width, height, 32, 4 * width, 0, Channel(16, 8), Channel(8, 8), Channel(0, 8))


def bgr888(width: int, height: int) -> Mode:
    return Mode(width, height, 24, 3 * width + 7, 0, Channel(0, 8), Channel(8, 8), Channel(16, 8))


def rgb565(width: int, height: int) -> Mode:
    """Its memory has room for two pictures, and a border; the second one is shown."""
    stride = 2 * (width + 16)
    start = stride * height + 32
    return Mode(width, height, 16, stride, start, Channel(11, 5), Channel(5, 6), Channel(0, 5))


def seen(memory: bytes, mode: Mode) -> Image.Image:
    """What a person sees."""
    size = mode.bits // 8
    picture = np.zeros((mode.height, mode.width, 3), np.uint8)
    for row in range(mode.height):
        start = mode.start + row * mode.stride
        octets = np.frombuffer(memory[start : start + mode.width * size], np.uint8)
        padded = np.pad(octets.reshape(mode.width, size), ((0, 0), (0, 4 - size)))
        pixels = np.ascontiguousarray(padded).view("<u4")[:, 0]
        for number, channel in enumerate((mode.red, mode.green, mode.blue)):
            value = (pixels >> channel.offset) & (2**channel.length - 1)
            picture[row, :, number] = value * 255 // (2**channel.length - 1)
    return Image.fromarray(picture)


def opened(folder: Path, mode: Mode, rotation: int = 0) -> tuple[Framebuffer, Path]:
    path = folder / "fb0"
    path.write_bytes(bytes(mode.size + 100))
    screen = Framebuffer(path, "en", rotation, folder / "tty1", mode_of=lambda _: mode)
    return screen, path


@pytest.mark.parametrize("modes", [xrgb8888, bgr888, rgb565])
@pytest.mark.parametrize("size", [(480, 320), (320, 480), (800, 480), (1280, 720)])
def test_the_code_is_read_from_the_memory(
    tmp_path: Path, modes: Modes, size: tuple[int, int]
) -> None:
    mode = modes(*size)
    screen, path = opened(tmp_path, mode)
    for url in (USUAL, SHORT):
        screen.show(LinkView(url))
        assert decoded(seen(path.read_bytes(), mode)) == [url]
    screen.close()
    assert not any(path.read_bytes()), "the old code is gone"


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_screen(tmp_path: Path, rotation: int) -> None:
    mode = xrgb8888(800, 480)
    screen, path = opened(tmp_path, mode, rotation)
    screen.show(LinkView(USUAL))
    upright = seen(path.read_bytes(), mode).rotate(rotation, expand=True)
    assert decoded(upright) == [USUAL]
    assert upright.size == ((480, 800) if rotation % 180 else (800, 480))


def test_nothing_is_written_beside_what_is_seen(tmp_path: Path) -> None:
    mode = rgb565(480, 320)
    screen, path = opened(tmp_path, mode)
    screen.show(StartingView())
    memory = path.read_bytes()
    assert not any(memory[: mode.start])
    assert not any(memory[mode.start + 2 * 480 : mode.start + mode.stride])
    assert not any(memory[mode.size :])


def painted(screen: Framebuffer, picture: VideoFrame) -> Frame:
    """As the process that decodes paints it."""
    form = screen.frame_format
    memory = memoryview(bytearray(form.size))
    Painter(form, memory, Scaler(form.mode)).paint(picture.reformat(format="yuv420p"))
    return Frame(form, memory)


def grey_555(width: int, height: int) -> Mode:
    """A mode that libav has no name for."""
    return Mode(width, height, 16, 2 * width, 0, Channel(0, 5), Channel(5, 5), Channel(10, 5))


@pytest.mark.parametrize("modes", [xrgb8888, bgr888, rgb565, grey_555])
@pytest.mark.parametrize("rotation", [0, 90])
def test_a_picture_of_a_phone(tmp_path: Path, modes: Modes, rotation: int) -> None:
    """It is scaled to what fits between two bars; below it is the band."""
    mode = modes(*((800, 480) if rotation == 0 else (480, 800)))
    screen, path = opened(tmp_path, mode, rotation)
    screen.show(LinkView(USUAL))
    orange = np.full((240, 320, 3), (255, 128, 0), np.uint8)
    screen.show_picture(painted(screen, VideoFrame.from_ndarray(orange)), CALL)
    shown = seen(path.read_bytes(), mode).rotate(rotation, expand=True)
    assert shown.size == (800, 480)
    assert {shown.getpixel(at) for at in ((0, 0), (79, 240), (720, 440))} == {(0, 0, 0)}
    for at in ((80, 440), (400, 240), (719, 0)):
        assert shown.getpixel(at) == pytest.approx((255, 128, 0), abs=9)
    for at in ((0, 479), (799, 479), (0, 450), (799, 450)):
        assert shown.getpixel(at) == pytest.approx(NIGHT.ground, abs=9)
    assert np.asarray(shown)[450:].max() > 150, "there are words"
    screen.show(LinkView(USUAL))
    assert decoded(seen(path.read_bytes(), mode).rotate(rotation, expand=True)) == [USUAL]
    screen.close()
    assert not any(path.read_bytes())


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_band_follows_the_view_and_the_picture_goes_on(tmp_path: Path, rotation: int) -> None:
    mode = rgb565(*((800, 480) if rotation % 180 == 0 else (480, 800)))
    screen, path = opened(tmp_path, mode, rotation)

    def shown(shade: int, view: View) -> np.ndarray[Any, Any]:
        ground = np.full((480, 800, 3), shade, np.uint8)
        screen.show_picture(painted(screen, VideoFrame.from_ndarray(ground)), view)
        return np.asarray(seen(path.read_bytes(), mode).rotate(rotation, expand=True)).astype(int)

    ringing = shown(100, RingingView(9, 45, "Enter", "Esc"))
    answered = shown(200, CALL)
    muted = shown(200, replace(CALL, in_call=InCall(muted=True, seconds=1)))
    for picture, shade, top in ((ringing, 100, 330), (answered, 200, 446), (muted, 200, 446)):
        assert np.abs(picture[:top] - shade).max() <= 9
        assert (picture[top:] < shade - 50).any(axis=2).sum() > 5000
    assert (answered[446:] != muted[446:]).any()
    screen.close()
    assert not any(path.read_bytes())


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_each_second_the_bar_alone_is_drawn(tmp_path: Path, rotation: int) -> None:
    """What is on the screen is what would be drawn at once."""
    mode = xrgb8888(*((480, 320) if rotation % 180 == 0 else (320, 480)))
    screen, path = opened(tmp_path, mode, rotation)
    screen.show(RingingView(40, 45, "Enter", "Esc"))
    before = seen(path.read_bytes(), mode).rotate(rotation, expand=True)
    screen.show(RingingView(20, 45, "Enter", "Esc"))
    after = seen(path.read_bytes(), mode).rotate(rotation, expand=True)
    left, top, right, bottom = ImageChops.difference(before, after).getbbox() or (0, 0, 0, 0)
    assert 0 < bottom - top < 40
    assert right - left > 100
    (tmp_path / "other").mkdir()
    other, path = opened(tmp_path / "other", mode, rotation)
    other.show(RingingView(20, 45, "Enter", "Esc"))
    assert after == seen(path.read_bytes(), mode).rotate(rotation, expand=True)
    screen.close()
    other.close()


TOUCH = Touch(opens_door=True)
RINGS = RingingView(40, 45, buttons=TOUCH.while_ringing, visitor=1)
IN_CALL = replace(CALL, buttons=TOUCH.in_call)


def pressed(screen: Framebuffer, target: Target) -> Button | None:
    """What is pressed by a finger on the middle of a target: of the panel, which is turned."""
    left, top, right, bottom = turned(target.box, screen.targets.size, screen.targets.rotation)
    size = screen.frame_format.mode
    return screen.targets.at((left + right) / 2 / size.width, (top + bottom) / 2 / size.height)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("size", [(480, 320), (320, 480)])
def test_buttons_are_felt_where_they_are_seen(
    tmp_path: Path, size: tuple[int, int], rotation: int
) -> None:
    """On a page, and over a picture, which is there beside them."""
    mode = xrgb8888(*size)
    screen, path = opened(tmp_path, mode, rotation)
    grey = VideoFrame.from_ndarray(np.full((300, 300, 3), 128, np.uint8))
    for view in (RINGS, IN_CALL):
        for pictured in (False, True):
            if pictured:
                screen.show_picture(painted(screen, grey), view)
            else:
                screen.show(view)
            shown = seen(path.read_bytes(), mode).rotate(rotation, expand=True)
            assert screen.targets.size == shown.size
            found = [each.button for each in screen.targets.targets]
            assert found == [*view.buttons]
            for target in screen.targets.targets:
                assert pressed(screen, target) is target.button
                lit = np.asarray(shown.crop(target.box)).max(axis=2) > 180
                assert lit.sum() > 50
            if pictured:
                middle = shown.getpixel((shown.width // 2, shown.height // 2))
                assert middle == pytest.approx((128, 128, 128), abs=9)
    screen.show(LinkView(USUAL))
    assert screen.targets.targets == ()
    assert decoded(seen(path.read_bytes(), mode).rotate(rotation, expand=True)) == [USUAL]
    screen.close()


def test_since_when_buttons_are_there(tmp_path: Path) -> None:
    mode, now = xrgb8888(480, 320), [10.0]
    active = tmp_path / "sys/class/tty/tty0/active"
    active.parent.mkdir(parents=True)
    active.write_text("tty1\n")
    (tmp_path / "tty1").touch()
    (tmp_path / "fb0").write_bytes(bytes(mode.size))
    screen = Framebuffer(
        tmp_path / "fb0",
        "en",
        0,
        tmp_path / "tty1",
        mode_of=lambda _: mode,
        clock=lambda: now[0],
        sysfs=tmp_path / "sys",
    )
    grey = painted(screen, VideoFrame(16, 16, "yuv420p"))

    def since(view: View, *, pictured: bool = False) -> float:
        now[0] += 1
        if pictured:
            screen.show_picture(grey, view)
        else:
            screen.show(view)
        return screen.targets.since

    assert since(RINGS) == 11
    assert since(replace(RINGS, seconds_left=39)) == 11
    assert since(replace(RINGS, visitor=2)) == 13, "they mean another visitor"
    assert since(replace(RINGS, visitor=2), pictured=True) == 13, "they are where they were"
    assert since(IN_CALL, pictured=True) == 15
    assert since(replace(IN_CALL, in_call=InCall(muted=True)), pictured=True) == 15
    active.write_text("tty2\n")
    assert since(IN_CALL) == 17
    assert not screen.targets.targets, "they are not seen"
    active.write_text("tty1\n")
    assert since(IN_CALL) == 18
    assert len(screen.targets.targets) == 4
    screen.close()


def test_a_picture_for_another_screen_is_not_shown(tmp_path: Path) -> None:
    mode = xrgb8888(480, 320)
    (tmp_path / "other").mkdir()
    other, _ = opened(tmp_path / "other", xrgb8888(320, 480))
    screen, path = opened(tmp_path, mode)
    screen.show(LinkView(USUAL))
    screen.show_picture(painted(other, VideoFrame(16, 16, "yuv420p")), CALL)
    assert decoded(seen(path.read_bytes(), mode)) == [USUAL]
    screen.close()
    other.close()


def test_it_is_dimmed_and_moved_with_the_time(tmp_path: Path) -> None:
    mode, hour = xrgb8888(480, 320), {"dimmed": False, "seconds": 0.0}
    (tmp_path / "fb0").write_bytes(bytes(mode.size))
    screen = Framebuffer(
        tmp_path / "fb0",
        "en",
        0,
        tmp_path / "tty1",
        dimmed=lambda: bool(hour["dimmed"]),
        mode_of=lambda _: mode,
        clock=lambda: hour["seconds"],
    )

    def shown() -> Image.Image:
        screen.show(LinkView(USUAL))
        image = seen((tmp_path / "fb0").read_bytes(), mode)
        assert decoded(image) == [USUAL]
        return image

    bright = shown()
    hour["dimmed"] = True
    assert shown().getpixel((0, 0)) == (9, 14, 17)
    hour["dimmed"], hour["seconds"] = False, SHIFT_SECONDS
    moved = shown()
    assert moved.crop((1, 0, 480, 319)).tobytes() == bright.crop((0, 1, 479, 320)).tobytes()
    screen.close()


def test_whoever_looks_at_another_console_is_left_alone(tmp_path: Path) -> None:
    active = tmp_path / "sys/class/tty/tty0/active"
    active.parent.mkdir(parents=True)
    (tmp_path / "tty1").touch()
    console = Console(tmp_path / "tty1", tmp_path / "sys")
    assert console.hidden() == ""
    active.write_text("tty2\n")
    assert "Ctrl+Alt+F1" in console.hidden()
    active.write_text("tty1\n")
    assert console.hidden() == ""
    active.write_text("tty2\n")
    console.close()
    assert console.hidden() == "", "it is not ours to say"


def test_a_screen_that_is_unplugged_and_another_in_its_place(tmp_path: Path) -> None:
    screen, path = opened(tmp_path, xrgb8888(480, 320))
    screen.show(LinkView(USUAL))
    path.rename(tmp_path / "gone")
    with pytest.raises(DisplayError, match="was unplugged"):
        screen.show(LinkView(SHORT))
    path.touch()
    with pytest.raises(DisplayError, match="was unplugged"):
        screen.show(LinkView(SHORT))
    screen.close()


@pytest.mark.parametrize(("before", "after"), [(xrgb8888, rgb565), (rgb565, bgr888)])
def test_another_mode_is_drawn_anew(tmp_path: Path, before: Modes, after: Modes) -> None:
    """As by fbset(1): other pixels, stride and place in the memory."""
    path, modes = tmp_path / "fb0", [before(800, 480)]
    path.write_bytes(bytes(4_000_000))
    screen = Framebuffer(path, "en", 0, tmp_path / "tty1", mode_of=lambda _: modes[-1])
    screen.show(LinkView(USUAL))
    modes.append(after(640, 400))
    screen.show(LinkView(USUAL))
    assert decoded(seen(path.read_bytes(), modes[-1])) == [USUAL]
    picture = painted(screen, VideoFrame(16, 16, "yuv420p"))
    assert picture.format.mode == modes[-1]
    screen.close()
    assert not any(path.read_bytes()), "nothing is left of either"


def test_a_call_goes_on_in_another_mode(tmp_path: Path) -> None:
    """What is painted for the former mode is not shown; what is for the new one, is."""
    path, modes = tmp_path / "fb0", [xrgb8888(800, 480)]
    path.write_bytes(bytes(4_000_000))
    screen = Framebuffer(path, "en", 0, tmp_path / "tty1", mode_of=lambda _: modes[-1])
    former = painted(screen, VideoFrame(16, 16, "yuv420p"))
    screen.show_picture(former, CALL)
    modes.append(rgb565(640, 400))
    screen.show_picture(former, CALL)
    assert not any(path.read_bytes())
    orange = VideoFrame.from_ndarray(np.full((400, 640, 3), (255, 128, 0), np.uint8))
    screen.show_picture(painted(screen, orange), CALL)
    shown = seen(path.read_bytes(), modes[-1])
    assert shown.getpixel((320, 200)) == pytest.approx((255, 128, 0), abs=9)
    screen.close()


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        (Mode(10, 10, 8, 10, 0, *[Channel(0, 8)] * 3), "8 bits a pixel"),
        (Mode(0, 0, 32, 0, 0, *[Channel(0, 8)] * 3), "no size"),
    ],
)
def test_a_mode_that_cannot_be_used(tmp_path: Path, mode: Mode, sentence: str) -> None:
    with pytest.raises(DisplayError, match=f"cannot be used: it has .*{sentence}.* Choose another"):
        opened(tmp_path, mode)


def test_what_is_no_framebuffer(tmp_path: Path) -> None:
    (tmp_path / "fb0").write_bytes(bytes(100))
    for path in (tmp_path / "fb0", tmp_path / "fb1"):
        with pytest.raises(DisplayError, match=rf"The screen {path} cannot be opened: .* Check"):
            Framebuffer(path, "en", 0, tmp_path / "tty1")

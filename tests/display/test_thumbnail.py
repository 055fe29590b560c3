"""Small pictures of visitors: what is kept of a frame, and where it is drawn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from av import VideoFrame
from PIL import Image

from homecall_appliance.display.image import ImageFile
from homecall_appliance.display.layout import lay_out
from homecall_appliance.display.painting import Painter
from homecall_appliance.display.pixels import FrameFormat, Mode
from homecall_appliance.display.ports import Frame
from homecall_appliance.display.render import Look
from homecall_appliance.display.scaling import Scaler
from homecall_appliance.display.thumbnail import LONGEST_SIDE, drawn, thumbnail
from homecall_appliance.display.view import LinkView, Thumbnail
from tests.display.display_world import USUAL
from tests.display.panels import PANELS, Panel, code_in
from tests.display.test_framebuffer import Modes, bgr888, opened, rgb565, seen, xrgb8888

RED, GREEN = (250, 10, 10), (10, 250, 10)
MISSED = LinkView(USUAL, missed="14:05", clock="15:20")

FACE = Thumbnail(32, 24, bytes(GREEN) * 32 * 24)


def frame(
    mode: Mode, rotation: int, size: tuple[int, int], *colours: tuple[int, int, int]
) -> Frame:
    """As the process that decodes paints it: the colours one above the other."""
    form = FrameFormat(mode, rotation)
    memory = memoryview(bytearray(form.size))
    picture = np.empty((size[1], size[0], 3), np.uint8)
    for part, colour in zip(np.array_split(picture, len(colours)), colours, strict=True):
        part[:] = colour
    video = VideoFrame.from_ndarray(picture).reformat(format="yuv420p")
    Painter(form, memory, Scaler(mode)).paint(video)
    return Frame(form, memory)


@pytest.mark.parametrize("mode", [xrgb8888, bgr888, rgb565])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("size", [(640, 480), (480, 640)])
def test_it_is_the_upright_picture_without_the_bars(
    mode: Modes, rotation: int, size: tuple[int, int]
) -> None:
    panel = mode(*((800, 480) if rotation % 180 == 0 else (480, 800)))
    small = thumbnail(frame(panel, rotation, size, RED, GREEN))
    assert small
    assert max(small.width, small.height) <= LONGEST_SIDE
    assert max(small.width, small.height) > LONGEST_SIDE / 2
    assert small.width / small.height == pytest.approx(size[0] / size[1], rel=0.1)
    image = drawn(small, (small.width, small.height))
    assert image.getpixel((2, 2)) == pytest.approx(RED, abs=16)
    assert image.getpixel((small.width - 3, small.height - 3)) == pytest.approx(GREEN, abs=16)


def test_of_a_dark_picture_nothing_is_kept() -> None:
    assert thumbnail(frame(xrgb8888(320, 240), 0, (64, 48), (0, 0, 0))) is None


@pytest.mark.parametrize("size", [(1, 1), (12, 9), (16, 16)])
def test_a_tiny_screen(size: tuple[int, int]) -> None:
    small = thumbnail(frame(xrgb8888(*size), 0, (64, 48), RED))
    assert small
    assert len(small.pixels) == small.width * small.height * 3


def test_no_text_has_its_pixels() -> None:
    assert repr(FACE) == "Thumbnail(width=32, height=24)"
    assert "x" not in repr(replace(MISSED, missed_picture=FACE)).partition("Thumbnail")[2]


def green(image: Image.Image) -> Image.Image:
    """Where a picture is as green as FACE."""
    pixels = np.asarray(image).astype(int)
    return Image.fromarray(np.abs(pixels - GREEN).max(axis=2) < 40)


@pytest.mark.parametrize("panel", [each for each in PANELS if each.bits > 1], ids=str)
def test_it_is_drawn_beside_the_code_which_stays_where_it_is(panel: Panel) -> None:
    drawn = panel.drawn(replace(MISSED, missed_picture=FACE))
    place = code_in(drawn)
    assert place == code_in(panel.drawn(MISSED))
    assert place
    box = green(drawn).getbbox()
    assert box or min(panel.width, panel.height) < 480, "there is room for it"
    if box:
        assert min(box[2] - box[0], box[3] - box[1]) >= 40
        assert box[0] >= place.box[2] or box[1] >= place.box[3]


def test_only_a_framebuffer_shows_it(tmp_path: Path) -> None:
    """What is drawn elsewhere others may keep."""
    shown = replace(MISSED, missed_picture=FACE)
    path = tmp_path / "screen.png"
    for view in (MISSED, shown):
        ImageFile(path, Look((800, 480))).show(view)
        assert green(Image.open(path).convert("RGB")).getbbox() is None
    assert lay_out(shown, "en", 80, 24) == lay_out(MISSED, "en", 80, 24)
    screen, memory = opened(tmp_path, xrgb8888(800, 480))
    screen.show(shown)
    assert green(seen(memory.read_bytes(), xrgb8888(800, 480))).getbbox()
    screen.show(MISSED)
    assert green(seen(memory.read_bytes(), xrgb8888(800, 480))).getbbox() is None

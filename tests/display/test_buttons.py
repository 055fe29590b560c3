"""Buttons on the screen: large enough, legible, beside the code and the visitor's face."""

import numpy as np
import pytest

from homecall_appliance.display.caption import Caption
from homecall_appliance.display.page import page
from homecall_appliance.display.pixels import Box
from homecall_appliance.display.render import Drawer, Look
from homecall_appliance.display.strip import draw_strip
from homecall_appliance.display.theme import NIGHT
from homecall_appliance.display.view import Button, LinkView, View
from homecall_appliance.display.words import Language
from tests.display.display_world import USUAL, decoded
from tests.display.panels import LANGUAGES, STATES, Panel, code_in

VIEWS = {name: view for name, view in STATES.items() if "buttons" in name}
SIZES = [
    *((240, 240), (320, 240), (240, 320), (480, 320), (320, 480), (800, 480), (480, 800)),
    *((720, 1280), (1024, 600), (1920, 1080), (1920, 480)),
]

each_size = pytest.mark.parametrize("size", SIZES, ids=str)
each_view = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def overlap(one: Box, other: Box) -> bool:
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(
        one[1], other[1]
    )


@each_language
@each_view
@each_size
def test_what_a_finger_needs(size: tuple[int, int], view: View, language: Language) -> None:
    """A sixth of the shorter side, and no two buttons at one place."""
    drawer = Drawer(Look(size, 0, language))
    drawer.draw(view)
    boxes = [target.box for target in drawer.targets]
    assert len(boxes) in (3, 4)
    for number, (left, top, right, bottom) in enumerate(boxes):
        assert 0 <= left < right <= size[0]
        assert 0 <= top < bottom <= size[1]
        assert min(right - left, bottom - top) >= min(size) / 6
        assert not any(overlap(boxes[number], other) for other in boxes[:number])


@each_language
@each_view
@each_size
def test_words_of_buttons_are_whole(size: tuple[int, int], view: View, language: Language) -> None:
    """Around each button there is ground, between it and the next one, too."""
    faces = page(view, language).faces
    strip = draw_strip(size, faces, NIGHT)
    assert strip is not None
    left, top = strip.box[:2]
    pixels = np.asarray(strip.picture)
    for target in strip.targets:
        box = target.box
        cell = pixels[box[1] - top : box[3] - top, box[0] - left : box[2] - left]
        assert (cell != NIGHT.ground).any()
        edges = cell[0], cell[-1], cell[:, 0], cell[:, -1]
        assert all((edge == NIGHT.ground).all() for edge in edges)


@each_language
@each_view
@each_size
def test_a_face_is_seen_beside_buttons(
    size: tuple[int, int], view: View, language: Language
) -> None:
    """The middle of the picture, and most of it."""
    width, height = size
    caption = Caption(Look(size, 0, language))
    boxes = [each.box for each in caption.draw(view, dimmed=False)]
    assert not overlap(*boxes)
    middle = (round(width * 0.4), round(height * 0.3), round(width * 0.6), round(height * 0.55))
    assert not any(overlap(box, middle) for box in boxes)
    covered = sum((right - left) * (bottom - top) for left, top, right, bottom in boxes)
    assert covered < 0.55 * width * height
    assert [target.button for target in caption.targets] == [*view.buttons]  # type: ignore[union-attr]


@each_language
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_code_is_read_beside_buttons(size: tuple[int, int], language: Language) -> None:
    drawer = Drawer(Look(size, 0, language))
    drawer.draw(VIEWS["in call, buttons"])
    assert decoded(drawer.picture.resize((2 * size[0], 2 * size[1]))) == [USUAL]
    place = code_in(drawer.picture)
    assert place
    assert not any(overlap(place.box, target.box) for target in drawer.targets)


def test_what_is_off_is_seen_on_its_button() -> None:
    drawer = Drawer(Look((480, 320), 0, "en"))
    for name, off in (("in call, buttons", Button.MUTE), ("busy, buttons", Button.CAMERA)):
        drawer.draw(VIEWS[name])
        light = [
            target.button
            for target in drawer.targets
            if (np.asarray(drawer.picture.crop(target.box)) == NIGHT.title).all(axis=2).sum() > 700
        ]
        assert light == [off]


def test_buttons_stay_where_they_are_while_the_page_moves() -> None:
    drawer = Drawer(Look((480, 320), 0, "en"))
    drawer.draw(VIEWS["ringing, buttons"])
    boxes = [target.box for target in drawer.targets]
    before = [drawer.picture.crop(box).tobytes() for box in boxes]
    assert drawer.draw(VIEWS["ringing, buttons"], shift=5)
    assert [target.box for target in drawer.targets] == boxes
    assert [drawer.picture.crop(box).tobytes() for box in boxes] == before


def test_who_was_missed_is_dismissed_anywhere_and_nothing_more_is_drawn() -> None:
    drawers = [Drawer(Look((480, 320), 0, "en")) for _ in range(2)]
    for drawer, buttons in zip(drawers, ((Button.DISMISS,), ()), strict=True):
        drawer.draw(LinkView(USUAL, missed="14:05", buttons=buttons))
    assert drawers[0].picture.tobytes() == drawers[1].picture.tobytes()
    assert [(each.button, each.box) for each in drawers[0].targets] == [
        (Button.DISMISS, (0, 0, 480, 320))
    ]
    assert drawers[1].targets == ()


def test_a_panel_that_a_finger_covers_has_no_buttons() -> None:
    drawn = Panel(64, 128).drawn(VIEWS["ringing, buttons"])
    assert drawn.tobytes() != Panel(64, 128).drawn(STATES["ringing"]).tobytes()
    assert draw_strip((64, 128), page(VIEWS["ringing, buttons"], "en").faces, NIGHT) is None

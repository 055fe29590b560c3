"""What a finger on a panel is on, in all four ways in which it may hang."""

import pytest

from homecall_appliance.display.pixels import Box, turned
from homecall_appliance.display.targets import Target, Targets, upright
from homecall_appliance.display.view import Button

SIZE = 800, 480
ANSWER, DECLINE, MUTE = Button.ANSWER, Button.DECLINE, Button.MUTE

PLACES = [
    # A place of the panel as it is mounted, and where that is for whom it is turned.
    (0, (0.0, 0.0), (0.0, 0.0)),
    (0, (1.0, 0.0), (1.0, 0.0)),
    (0, (0.25, 0.75), (0.25, 0.75)),
    (90, (0.0, 0.0), (0.0, 1.0)),
    (90, (1.0, 0.0), (0.0, 0.0)),
    (90, (1.0, 1.0), (1.0, 0.0)),
    (90, (0.0, 1.0), (1.0, 1.0)),
    (90, (0.25, 0.0), (0.0, 0.75)),
    (180, (0.0, 0.0), (1.0, 1.0)),
    (180, (1.0, 0.0), (0.0, 1.0)),
    (180, (0.25, 1.0), (0.75, 0.0)),
    (270, (0.0, 0.0), (1.0, 0.0)),
    (270, (1.0, 0.0), (1.0, 1.0)),
    (270, (1.0, 1.0), (0.0, 1.0)),
    (270, (0.0, 1.0), (0.0, 0.0)),
    (270, (0.25, 0.0), (1.0, 0.25)),
]


@pytest.mark.parametrize(("rotation", "panel", "picture"), PLACES)
def test_where_a_finger_is_on_the_upright_picture(
    rotation: int, panel: tuple[float, float], picture: tuple[float, float]
) -> None:
    assert upright(panel, rotation) == picture
    assert upright(panel, rotation + 360) == picture


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_it_is_the_inverse_of_how_boxes_are_turned(rotation: int) -> None:
    width, height = SIZE[::-1] if rotation % 180 else SIZE
    for box in [(0, 0, 10, 20), (width - 7, 3, width, 30), (100, 200, 140, 260)]:
        left, top, right, bottom = turned(box, (width, height), rotation)
        panel = (left + right) / 2 / SIZE[0], (top + bottom) / 2 / SIZE[1]
        x, y = upright(panel, rotation)
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        assert (x * width, y * height) == pytest.approx(middle)


CORNERS: list[tuple[Button, Box]] = [
    (ANSWER, (0, 0, 100, 50)),
    (DECLINE, (700, 430, 800, 480)),
    (MUTE, (300, 200, 400, 300)),
]


@pytest.mark.parametrize(
    ("place", "button"),
    [
        ((0.0, 0.0), ANSWER),
        ((0.1, 0.1), ANSWER),
        ((0.126, 0.1), None),
        ((0.1, 0.105), None),
        ((1.0, 1.0), DECLINE),
        ((0.875, 0.896), DECLINE),
        ((0.874, 0.95), None),
        ((1.0, 0.0), None),
        ((0.0, 1.0), None),
        ((0.375, 0.41667), MUTE),
        ((0.5, 0.625), MUTE),
        ((0.5, 0.626), None),
    ],
)
def test_corners_and_edges(place: tuple[float, float], button: Button | None) -> None:
    targets = tuple(Target(*each) for each in CORNERS)
    assert Targets(SIZE, 0, targets).at(*place) is button


def test_a_button_is_before_what_is_everywhere() -> None:
    everywhere = Target(Button.DISMISS, (0, 0, *SIZE))
    targets = Targets(SIZE, 0, (Target(*CORNERS[0]), everywhere))
    assert [targets.at(0, 0), targets.at(1, 1)] == [ANSWER, Button.DISMISS]


def test_nothing_is_there_where_nothing_was_drawn() -> None:
    assert Targets(SIZE, 90).at(0.5, 0.5) is None

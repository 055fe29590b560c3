"""What the screen shows in which situation."""

from dataclasses import replace
from typing import Any

import pytest

from homecall_appliance.display.situation import Ringing, Situation, Touch
from homecall_appliance.display.view import (
    BusyView,
    Button,
    InCall,
    LinkView,
    NetworkView,
    RingingView,
    StartingView,
    StoppingView,
    View,
)

IDLE = Situation(
    link="https://intercom/?session=1",
    has_network=True,
    calls=0,
    max_calls=2,
    connected=0,
    just_ended=False,
    stopping=False,
    troubles=(),
)
LINK = LinkView("https://intercom/?session=1")
RINGING = Ringing(8.2, 45.0, "Enter", "Esc")
OFF = InCall(muted=True, seconds=67)


@pytest.mark.parametrize(
    ("differently", "view"),
    [
        ({}, LINK),
        ({"troubles": ("camera",)}, replace(LINK, troubles=("camera",))),
        ({"fingerprint": "1A 2B"}, replace(LINK, fingerprint="1A 2B")),
        ({"link": None}, StartingView()),
        ({"has_network": False}, NetworkView()),
        ({"has_network": False, "link": None}, StartingView()),
        ({"calls": 1}, replace(LINK, activity="connecting", calls=1)),
        ({"calls": 1, "connected": 1}, replace(LINK, activity="call", calls=1)),
        ({"calls": 1, "just_ended": True}, replace(LINK, activity="connecting", calls=1)),
        ({"just_ended": True}, replace(LINK, activity="ended")),
        ({"calls": 2, "connected": 1}, replace(LINK, activity="call", calls=2)),
        ({"calls": 2, "connected": 2}, BusyView(2)),
        ({"calls": 2, "stopping": True}, StoppingView()),
        ({"ringing": RINGING}, RingingView(9, 45, "Enter", "Esc")),
        (
            {"ringing": RINGING, "link": None, "has_network": False},
            RingingView(9, 45, "Enter", "Esc"),
        ),
        ({"ringing": RINGING, "calls": 2, "connected": 2}, RingingView(9, 45, "Enter", "Esc")),
        (
            {"ringing": Ringing(8.2, 45.0, calls=1), "in_call": OFF},
            RingingView(9, 45, calls=1, in_call=OFF),
        ),
        ({"ringing": RINGING, "stopping": True}, StoppingView()),
        (
            {"calls": 1, "connected": 1, "in_call": OFF, "missed": "14:05", "clock": "15:20"},
            replace(LINK, activity="call", calls=1, in_call=OFF),
        ),
        ({"calls": 2, "connected": 2, "in_call": OFF}, BusyView(2, OFF)),
        ({"missed": "14:05", "clock": "15:20"}, replace(LINK, missed="14:05", clock="15:20")),
    ],
)
def test_what_is_shown(differently: dict[str, Any], view: View) -> None:
    assert replace(IDLE, **differently).view == view


ANSWER, DECLINE, OPEN = Button.ANSWER, Button.DECLINE, Button.OPEN_DOOR
CALL = Button.MUTE, Button.CAMERA, Button.HANG_UP


@pytest.mark.parametrize(
    ("differently", "buttons"),
    [
        ({}, ()),
        ({"ringing": RINGING}, (ANSWER, DECLINE, OPEN)),
        ({"ringing": RINGING, "touch": Touch()}, (ANSWER, DECLINE)),
        ({"ringing": RINGING, "touch": None}, ()),
        ({"calls": 1}, ()),
        ({"calls": 1, "connected": 1}, (*CALL, OPEN)),
        ({"calls": 1, "connected": 1, "touch": Touch()}, CALL),
        ({"calls": 2, "connected": 2}, (*CALL, OPEN)),
        ({"calls": 2, "connected": 2, "touch": None}, ()),
        ({"calls": 1, "connected": 1, "missed": "14:05"}, (*CALL, OPEN)),
        ({"calls": 1, "missed": "14:05"}, ()),
        ({"missed": "14:05"}, (Button.DISMISS,)),
        ({"missed": "14:05", "touch": None}, ()),
    ],
)
def test_what_can_be_tapped(differently: dict[str, Any], buttons: tuple[Button, ...]) -> None:
    view: Any = replace(IDLE, **{"touch": Touch(opens_door=True)} | differently).view
    assert view.buttons == buttons


def test_what_is_tapped_is_meant_for_one_visitor() -> None:
    view = replace(IDLE, ringing=replace(RINGING, visitor=7)).view
    assert isinstance(view, RingingView)
    assert view.visitor == 7

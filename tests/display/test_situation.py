"""What the screen shows in which situation."""

from dataclasses import replace
from typing import Any

import pytest

from homecall_appliance.display.situation import Situation
from homecall_appliance.display.view import (
    BusyView,
    LinkView,
    NetworkView,
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
    ],
)
def test_what_is_shown(differently: dict[str, Any], view: View) -> None:
    assert replace(IDLE, **differently).view == view

"""The state of the calls, from one event to the next."""

import pytest

from homecall_appliance.events.call_state import CallStates
from homecall_appliance.events.event import Kind
from tests.events.told import event


@pytest.mark.parametrize(
    ("story", "history"),
    [
        ("ringing1 answered1 ended1", "ringing talking idle"),
        ("ringing1 declined1", "ringing idle"),
        ("ringing1 missed1", "ringing idle"),
        ("answered1 ended1", "talking idle"),
        ("ringing1 opened1 answered1 opened1", "ringing ringing talking talking"),
        # Somebody knocks while another one is talked to, and is sent away.
        ("ringing1 answered1 ringing2 declined2 ended1", "ringing talking ringing talking idle"),
        ("ringing1 ringing2 answered2 missed1 ended2", "ringing ringing ringing talking idle"),
        # What has not begun, or has ended already, changes nothing.
        ("ended7 missed7", "idle idle"),
        ("ringing1 ringing1 missed1", "ringing ringing idle"),
    ],
)
def test_it_follows_each_call(story: str, history: str) -> None:
    states, found = CallStates(), []
    for each in story.split():
        states.follow(event(Kind(each[:-1]), int(each[-1])))
        found.append(states.state)
    assert found == history.split()

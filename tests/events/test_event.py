"""The JSON of an event, which owners' programs read."""

import json
from dataclasses import fields
from datetime import datetime, timedelta, timezone

import pytest

from homecall_appliance.events.event import Event, Kind
from tests.events.told import NOON, event


def test_the_kinds_keep_their_names() -> None:
    assert [*Kind] == ["ringing", "answered", "declined", "missed", "ended", "opened"]


def test_there_is_nothing_in_it_by_which_a_call_is_found() -> None:
    assert [each.name for each in fields(Event)] == ["kind", "call", "time", "duration"]


@pytest.mark.parametrize("kind", [each for each in Kind if each is not Kind.ENDED])
def test_an_event_is_told(kind: Kind) -> None:
    told = event(kind, call=3).to_json()
    assert told == {"kind": kind, "call": 3, "time": "2026-12-01T12:00:00.250Z"}


def test_the_end_of_a_call_has_its_duration() -> None:
    line = event(Kind.ENDED).encoded()
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert json.loads(line)["duration"] == 41.5


def test_the_time_is_in_utc() -> None:
    there = datetime(2026, 12, 1, 15, 0, 0, 250_000, timezone(timedelta(hours=3)))
    assert there == NOON
    assert Event(Kind.MISSED, 1, there).to_json()["time"] == "2026-12-01T12:00:00.250Z"

"""protocol.md, section 9: what the journal tells of signaling, and that nobody can flood it."""

import logging

import pytest

from homecall_appliance.signaling.journal import (
    SESSION_BURST,
    SESSION_RATE,
    STRANGER_BURST,
    Journal,
)

MINE, OTHER = "0b9c1f6a-3a53-4a8e-9e0a-0d7d1f6f2c11", "0b9c1f6a-3a53-4a8e-9e0a-0d7d1f6f2c12"


@pytest.fixture(autouse=True)
def level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


class Told:
    """A journal, a clock, and what was written."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.now = 0.0
        self.journal = Journal(lambda: self.now)
        self._caplog = caplog

    def say(self, session_id: str | None, *, live: bool = True) -> None:
        self.journal.message(session_id, "candidate", "in", "relayed", 10, live=live)

    @property
    def lines(self) -> list[tuple[str, str]]:
        return [(vars(each)["SESSION_ID"], each.getMessage()) for each in self._caplog.records]


def test_a_message_has_the_fields_of_the_journal(caplog: pytest.LogCaptureFixture) -> None:
    Told(caplog).say(MINE)
    (record,) = caplog.records
    fields = ("SESSION_ID", "SIGNAL_TYPE", "SIGNAL_DIRECTION", "SIGNAL_OUTCOME", "SIGNAL_BYTES")
    assert [vars(record)[name] for name in fields] == [MINE, "candidate", "in", "relayed", 10]


def test_a_message_of_no_session_has_the_field_too(caplog: pytest.LogCaptureFixture) -> None:
    told = Told(caplog)
    for _ in range(STRANGER_BURST + 1):
        told.say(None, live=False)
    told.now = 1e6
    told.say(None, live=False)
    assert {session_id for session_id, _ in told.lines} == {""}
    assert "1 more messages" in told.lines[-2][1]


def test_beyond_the_burst_a_session_is_summed_up(caplog: pytest.LogCaptureFixture) -> None:
    told = Told(caplog)
    for _ in range(SESSION_BURST + 5):
        told.say(MINE)
    told.say(OTHER)
    assert len(told.lines) == SESSION_BURST + 1
    told.now = 1 / SESSION_RATE
    told.say(MINE)
    assert told.lines[-2:] == [
        (MINE, "Signaling: 5 more messages, not told one by one."),
        (MINE, "Signaling: in candidate, relayed."),
    ]


def test_the_end_of_a_session_sums_up_what_was_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = Told(caplog)
    for _ in range(SESSION_BURST + 2):
        told.say(MINE)
    told.journal.ended(MINE)
    assert told.lines[-2:] == [
        (MINE, "Signaling: 2 more messages, not told one by one."),
        (MINE, "The session has ended."),
    ]


def test_strangers_share_one_bound_however_many_ids_they_name(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = Told(caplog)
    for number in range(1000):
        told.say(f"{MINE[:-3]}{number:03}", live=False)
    assert len(told.lines) == STRANGER_BURST
    told.say(MINE)
    assert told.lines[-1][0] == MINE


def test_coming_going_and_the_end_are_told(caplog: pytest.LogCaptureFixture) -> None:
    told = Told(caplog)
    told.journal.attached(MINE)
    told.journal.lost(MINE)
    told.journal.ended(MINE)
    assert told.lines == [
        (MINE, "A participant is connected."),
        (MINE, "A participant has lost its connection; its place is kept for a while."),
        (MINE, "The session has ended."),
    ]


def test_who_comes_and_goes_without_end_does_not_flood_it(caplog: pytest.LogCaptureFixture) -> None:
    told = Told(caplog)
    for _ in range(SESSION_BURST):
        told.journal.attached(MINE)
        told.journal.lost(MINE)
    assert len(told.lines) == SESSION_BURST

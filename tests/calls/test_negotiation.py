"""When the appliance makes another offer, and when it gives the phone up; time is an argument."""

import asyncio
from collections.abc import Sequence

import pytest

from homecall_appliance.calls.negotiation import (
    CallState,
    Closed,
    Connection,
    Event,
    Negotiation,
    Outcome,
    PathChecked,
    Patience,
    PeerAttached,
    SignalingAnswered,
)
from homecall_appliance.media.webrtc.answer import UnusableAnswer
from homecall_appliance.media.webrtc.candidates import RemoteCandidate
from homecall_appliance.signaling.messages import Answer, Candidate, IceCandidate

SESSION = "3f0c6f0e-7d5b-4f0e-9a6c-1d2e3f405162"

ANSWER = Answer(SESSION, "v=0")
UNUSABLE = Answer(SESSION, "nonsense")
CONNECTED = Connection(1, "connected")
NO_MORE = Candidate(SESSION, None)
RETURNED, ANOTHER_PAGE = PeerAttached(returned=True), PeerAttached(returned=False)

Step = tuple[float, Event | int | None]
"""A time, and what comes then: an event, packets of the phone, or nothing."""

IN_CALL: list[Step] = [(0.2, ANSWER), (0.5, CONNECTED), (1.0, 50), (2.0, 50)]

REPORTING: list[Step] = [(0.2, ANSWER), (0.5, CONNECTED), (1.0, 2), (2.0, 1)]
"""The same with a phone that sends nothing but reports."""


class FakePeer:
    """A connection by which the test sends packets."""

    def __init__(self) -> None:
        self.accepted: list[str] = []
        self.candidates: list[str] = []
        self.received = 0

    async def accept(self, sdp: str) -> None:
        if sdp == UNUSABLE.sdp:
            raise UnusableAnswer
        self.accepted.append(sdp)

    def add_candidate(self, candidate: RemoteCandidate) -> None:
        self.candidates.append(candidate.candidate)

    @property
    def packets(self) -> int:
        return self.received


class FakeWays:
    """What was asked of the two ways to the phone; the test answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.probes = 0

    def ask_by_signaling(self) -> None:
        self.asked.append("signaling")

    def check_path(self) -> None:
        self.asked.append("path")

    def probe_path(self) -> None:
        self.probes += 1


class Bench:
    """A negotiation that began at 0 with a phone that attached then, or has answered before."""

    def __init__(self, *, answered: bool = False) -> None:
        self.peer = FakePeer()
        self.ways = FakeWays()
        self.history: list[str] = []
        self.negotiation = Negotiation(
            self.peer,
            1,
            Patience(answer=60, lost=40, connect=20, suspect=1, stall=1.5, silence=3, look=1),
            0.0,
            now=0.0,
            answered=answered,
            ways=self.ways,
            offer=lambda: self.history.append("offer"),
            enter=lambda state: self.history.append(state.value),
        )

    def play(self, steps: Sequence[Step]) -> tuple[float, Outcome] | None:
        """Take the steps, with a look after each; returns the outcome and when it came."""

        async def playing() -> tuple[float, Outcome] | None:
            for now, what in steps:
                outcome = None
                if isinstance(what, int):
                    self.peer.received += what
                elif what is not None:
                    outcome = await self.negotiation.take(what, now)
                outcome = outcome or self.negotiation.look(now)
                if outcome:
                    return now, outcome
            return None

        return asyncio.run(playing())


def quiet(first: int, last: int) -> list[Step]:
    """Looks, a second apart, at which nothing has come."""
    return [(float(now), None) for now in range(first, last + 1)]


def flowing(first: int, last: int) -> list[Step]:
    """Packets at every look."""
    return [(float(now), 50) for now in range(first, last + 1)]


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        pytest.param([*IN_CALL, *flowing(3, 600)], None, id="media flow"),
        pytest.param([*IN_CALL, (3, Closed())], (3, Outcome.CLOSED), id="the session ends"),
        pytest.param(
            [*IN_CALL, (3, Connection(1, "failed"))], (3, Outcome.RENEW), id="consent expires"
        ),
        pytest.param(
            [*IN_CALL, (3, Connection(0, "closed")), (4, 50)], None, id="an earlier peer is closed"
        ),
        pytest.param(
            [*IN_CALL, (3, ANOTHER_PAGE)], (3, Outcome.RENEW), id="the page is loaded anew"
        ),
        pytest.param(
            [*IN_CALL, *quiet(3, 30), *flowing(31, 60)], None, id="the path comes back by itself"
        ),
        pytest.param(
            [*IN_CALL, *quiet(3, 20), (20.5, RETURNED)],
            (20.5, Outcome.RENEW),
            id="the phone comes back, and its media do not",
        ),
        pytest.param(
            [*IN_CALL, (3, RETURNED), *quiet(4, 9)],
            (4, Outcome.RENEW),
            id="the phone comes back before the silence is noticed",
        ),
        pytest.param(
            [*REPORTING, (3, RETURNED), *quiet(4, 9)],
            (5, Outcome.RENEW),
            id="the same of a phone that sends nothing but reports",
        ),
        pytest.param(
            [*REPORTING, (3, RETURNED), (4, None), (5, 1), *quiet(6, 7), (8, 1)],
            None,
            id="a report is late after the phone came back",
        ),
        pytest.param(
            [*IN_CALL, (3, RETURNED), (4, 50), *quiet(5, 9)],
            (6, Outcome.RENEW),
            id="the phone comes back before its last packets are counted",
        ),
        pytest.param(
            [*IN_CALL, *quiet(3, 6), (7, 50), (7.5, RETURNED), *flowing(8, 12), *quiet(13, 20)],
            None,
            id="the phone comes back after its media did, and falls silent later",
        ),
        pytest.param([*IN_CALL, *quiet(3, 60)], (42, Outcome.LOST), id="the phone is gone"),
        pytest.param([(0.2, UNUSABLE)], (0.2, Outcome.UNUSABLE), id="the answer cannot be used"),
        pytest.param(quiet(1, 90), (60, Outcome.UNANSWERED), id="the phone does not answer"),
        pytest.param(
            [(float(now), NO_MORE) for now in range(1, 90)],
            (60, Outcome.UNANSWERED),
            id="the phone says this and that, and does not answer",
        ),
        pytest.param(
            [(float(now), ANOTHER_PAGE) for now in range(1, 90)],
            (60, Outcome.UNANSWERED),
            id="the phone comes again and again, and does not answer",
        ),
        pytest.param(
            [*quiet(1, 59), (59.5, ANSWER), *quiet(60, 90)],
            (80, Outcome.FAILED),
            id="the phone answers at the last moment",
        ),
        pytest.param(
            [(0.2, ANSWER), (1, ANOTHER_PAGE)],
            (1, Outcome.FAILED),
            id="another page comes before there is a connection",
        ),
        pytest.param(
            [(0.2, ANSWER), *quiet(1, 60)],
            (21, Outcome.FAILED),
            id="the answer leads to no connection",
        ),
        pytest.param(
            [(0.2, ANSWER), (1, RETURNED), *quiet(2, 60)],
            (4, Outcome.FAILED),
            id="the phone's network changes while it connects",
        ),
    ],
)
def test_outcome(steps: Sequence[Step], outcome: tuple[float, Outcome] | None) -> None:
    assert Bench().play(steps) == outcome


THERE, DEAD_PATH, LIVE_PATH = SignalingAnswered(), PathChecked(1, False), PathChecked(1, True)


@pytest.mark.parametrize(
    ("steps", "asked", "outcome"),
    [
        pytest.param([*IN_CALL, *flowing(3, 9)], [], None, id="media flow"),
        pytest.param(
            [*IN_CALL, *quiet(3, 8)], ["signaling"] * 2, None, id="signaling does not answer"
        ),
        pytest.param(
            [*REPORTING, *quiet(3, 4), (5, 1)], [], None, id="reports alone may be seconds apart"
        ),
        pytest.param([*REPORTING, *quiet(3, 5)], ["signaling"], None, id="those are missing, too"),
        pytest.param(
            [*IN_CALL, (3, None), (3.1, THERE), (4.1, DEAD_PATH)],
            ["signaling", "path"],
            (4.1, Outcome.RENEW),
            id="the path alone is dead",
        ),
        pytest.param(
            [*IN_CALL, (3, None), (3.1, THERE), (3.2, LIVE_PATH), *quiet(4, 6)],
            ["signaling", "path", "signaling"],
            None,
            id="the phone has nothing to send",
        ),
        pytest.param(
            [*IN_CALL, (3, None), (3.1, 50), (3.2, THERE)], ["signaling"], None, id="media are back"
        ),
        pytest.param(
            [*IN_CALL, (3, None), (3.1, THERE), (3.5, 50), (4.1, DEAD_PATH)],
            ["signaling", "path"],
            None,
            id="media are back while the path is checked",
        ),
        pytest.param(
            [*IN_CALL, (3, None), (3.1, THERE), (4.1, PathChecked(0, False))],
            ["signaling", "path"],
            None,
            id="the path of an earlier peer is dead",
        ),
        pytest.param([(0.2, THERE), (0.3, DEAD_PATH)], [], None, id="before there is a call"),
    ],
)
def test_a_path_that_is_dead_alone_is_given_up(
    steps: Sequence[Step], asked: Sequence[str], outcome: tuple[float, Outcome] | None
) -> None:
    bench = Bench()
    assert bench.play(steps) == outcome
    assert bench.ways.asked == asked


@pytest.mark.parametrize(
    ("steps", "probes"),
    [
        pytest.param([*IN_CALL, *flowing(3, 9)], 0, id="media flow"),
        pytest.param([*IN_CALL, *quiet(3, 12)], 10, id="nothing comes"),
        pytest.param(
            [*IN_CALL, *[(3 + number / 4, None) for number in range(41)]], 11, id="looks are many"
        ),
        pytest.param([*IN_CALL, *quiet(3, 12), *flowing(13, 20)], 10, id="media come back"),
        pytest.param([(0.2, ANSWER), *quiet(1, 9)], 0, id="before there is a call"),
    ],
)
def test_a_silent_path_is_probed_each_second(steps: Sequence[Step], probes: int) -> None:
    bench = Bench()
    bench.play(steps)
    assert bench.ways.probes == probes


def test_packets_that_nobody_has_looked_at_yet_count() -> None:
    bench = Bench()
    bench.play([*IN_CALL, (3, None), (3.1, THERE)])
    bench.peer.received += 1
    assert bench.play([(4.1, DEAD_PATH)]) is None


def test_an_offer_without_an_answer_is_said_again_when_the_phone_comes_back() -> None:
    bench = Bench()
    assert bench.play([(5, RETURNED), (35, ANOTHER_PAGE), (59, None)]) is None
    assert bench.history == ["offered", "offer", "offer", "offer"]
    assert bench.play([(60, None)]) == (60, Outcome.UNANSWERED)


def test_a_phone_that_answered_before_is_lost_when_it_is_silent() -> None:
    assert Bench(answered=True).play(quiet(1, 90)) == (40, Outcome.LOST)
    chatter: list[Step] = [(float(now), NO_MORE) for now in range(1, 90)]
    assert Bench(answered=True).play(chatter) == (60, Outcome.UNANSWERED)


def test_one_answer_is_taken_and_the_states_are_told_once() -> None:
    bench = Bench()
    other = Answer(SESSION, "another")
    assert bench.play([(0.2, ANSWER), (0.3, other), (0.5, CONNECTED), (0.6, other)]) is None
    assert bench.peer.accepted == [ANSWER.sdp]
    states = [CallState.OFFERED.value, CallState.ANSWERED.value, CallState.CONNECTED.value]
    assert bench.history == [states[0], "offer", *states[1:]]


def test_candidates_go_to_the_peer_but_for_the_end_of_them() -> None:
    bench = Bench()
    candidates = [IceCandidate("candidate:1", "0", 0), IceCandidate("", "0", 0), None]
    bench.play([(0.1, Candidate(SESSION, each)) for each in candidates])
    assert bench.peer.candidates == ["candidate:1"]


def test_the_next_negotiation_knows_when_the_phone_was_last_heard() -> None:
    bench = Bench()
    bench.play([*IN_CALL, *quiet(3, 30), (30.5, Connection(1, "failed"))])
    assert bench.negotiation.heard == 2

"""protocol.md, sections 2, 4 and 5: the session core, without sockets and without a clock."""

from collections.abc import Callable

import pytest

from homecall_appliance.signaling.messages import (
    Answer,
    Candidate,
    Code,
    Error,
    Hangup,
    IceCandidate,
    Message,
    Offer,
    Refused,
    Relayed,
)
from homecall_appliance.signaling.session import (
    Close,
    CloseCode,
    Effect,
    Outcome,
    PeerAttached,
    Send,
    Session,
    Settled,
    State,
)
from tests.support.limits import session_limits

ID = "0b9c1f6a-3a53-4a8e-9e0a-0d7d1f6f2c11"
OFFER, ANSWER = Offer(ID, "offer"), Answer(ID, "answer")
ENDED = Error(ID, Code.SESSION_ENDED)
NO_SIGNAL = Error(ID, Code.SIGNAL_NOT_FOUND)


def candidate(number: int) -> Candidate:
    return Candidate(ID, IceCandidate(f"candidate:{number}", "0", 0))


class Room:
    """A session whose channels are names, and what they saw."""

    def __init__(self, **limits: float) -> None:
        self.now = 0.0
        self.session: Session[str] = Session(ID, session_limits(**limits), self.now)
        self.seen: dict[str, list[Message]] = {}
        self.closed: list[tuple[str, CloseCode]] = []
        self.met: list[tuple[str, bool]] = []
        self.outcomes: list[Outcome] = []
        self.states = [self.session.state]

    def attach(self, channel: str, label: str | None = None) -> None:
        self.run(self.session.attach(channel, label, self.now))

    def say(self, channel: str, message: Relayed) -> None:
        self.run(self.session.receive(channel, message, 10))

    def lose(self, channel: str, *undelivered: Relayed, went_away: bool = False) -> None:
        letters = [(message, 10) for message in undelivered]
        self.session.lose(channel, letters, self.now, went_away=went_away)

    def leave(self, channel: str) -> None:
        self.run(self.session.leave(channel))

    def at(self, now: float) -> None:
        while self.session.deadline() <= now:
            self.now = self.session.deadline()
            self.run(self.session.expire(self.now))
        self.now = now

    def run(self, effects: list[Effect[str]]) -> None:
        for effect in effects:
            match effect:
                case Send(channel, message):
                    self.seen.setdefault(channel, []).append(message)
                case Close(channel, code):
                    self.closed.append((channel, code))
                case PeerAttached(channel, returned):
                    self.met.append((channel, returned))
                case Settled(outcome=outcome):
                    self.outcomes.append(outcome)
        if self.session.state is not self.states[-1]:
            self.states.append(self.session.state)


def call() -> Room:
    room = Room()
    room.attach("ann", "a")
    room.say("ann", OFFER)
    room.attach("bob", "b")
    room.say("bob", ANSWER)
    return room


# Section 2: attaching


def test_a_third_participant_is_refused_and_the_two_notice_nothing() -> None:
    room = call()
    seen = {name: list(messages) for name, messages in room.seen.items()}
    with pytest.raises(Refused) as refused:
        room.attach("eve", "e")
    assert refused.value.code is Code.SESSION_FULL
    assert (room.seen, room.closed) == (seen, [])


# Section 4: order, queues, reconnection


def test_what_was_sent_to_an_absent_participant_comes_first_and_in_order() -> None:
    room = Room()
    room.attach("ann")
    for message in (OFFER, candidate(1), candidate(2)):
        room.say("ann", message)
    room.attach("bob")
    room.say("ann", candidate(3))
    assert room.seen == {"bob": [OFFER, candidate(1), candidate(2), candidate(3)]}
    assert room.outcomes == [Outcome.QUEUED] * 3 + [Outcome.DELIVERED] * 3 + [Outcome.RELAYED]


def test_both_learn_that_the_other_is_there() -> None:
    assert call().met == [("ann", False), ("bob", False)]


def test_the_queue_is_bounded_in_messages_and_keeps_what_it_has() -> None:
    room = Room(queue_messages=2)
    room.attach("ann")
    room.say("ann", OFFER)
    room.say("ann", candidate(1))
    with pytest.raises(Refused) as refused:
        room.say("ann", candidate(2))
    room.attach("bob")
    assert refused.value.code is Code.QUEUE_FULL
    assert room.seen["bob"] == [OFFER, candidate(1)]


def test_the_queue_is_bounded_in_bytes() -> None:
    room = Room(queue_bytes=25)
    room.attach("ann")
    room.say("ann", OFFER)
    room.say("ann", candidate(1))
    with pytest.raises(Refused):
        room.say("ann", candidate(2))
    assert room.session.queued_bytes == 20


def test_a_lost_participant_takes_its_own_place_back_and_gets_what_was_for_it() -> None:
    room = call()
    room.lose("bob")
    room.say("ann", candidate(1))
    room.attach("bob again", "b")
    assert room.seen["bob again"] == [candidate(1)]
    assert room.met[2:] == [("ann", True), ("bob again", True)]


def test_a_lost_initiator_does_not_get_its_own_offer_back() -> None:
    room = Room()
    room.attach("ann", "a")
    room.say("ann", OFFER)
    room.lose("ann")
    room.attach("ann again", "a")
    room.attach("bob", "b")
    assert room.seen == {"bob": [OFFER]}


def test_nor_does_one_without_a_label() -> None:
    room = Room()
    room.attach("ann")
    room.say("ann", OFFER)
    room.lose("ann")
    room.attach("ann again")
    room.attach("bob")
    assert room.seen == {"bob": [OFFER]}


def test_another_participant_does_not_take_the_place_of_a_lost_one_while_one_is_free() -> None:
    room = Room()
    room.attach("ann", "a")
    room.say("ann", OFFER)
    room.lose("ann")
    room.attach("bob", "b")
    room.say("bob", ANSWER)
    room.attach("ann again", "a")
    assert room.seen == {"bob": [OFFER], "ann again": [ANSWER]}


def test_a_reloaded_page_comes_back_without_what_it_had_of_the_call() -> None:
    room = call()
    room.lose("bob", went_away=True)
    room.attach("bob reloaded", "b")
    room.lose("bob reloaded")
    room.attach("bob again", "b")
    assert room.met[2:] == [
        *[("ann", False), ("bob reloaded", False)],
        *[("ann", True), ("bob again", True)],
    ]


@pytest.mark.parametrize("who", ["ann", "bob"])
@pytest.mark.parametrize("label", ["eve", None], ids=["another label", "no label"])
@pytest.mark.parametrize("went_away", [True, False])
def test_a_place_that_bears_a_label_waits_for_that_label_alone(
    who: str, label: str | None, went_away: bool
) -> None:
    room, other = call(), {"ann": "bob", "bob": "ann"}[who]
    room.lose(who, candidate(1), went_away=went_away)
    room.say(other, candidate(2))
    met = list(room.met)
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            room.attach("eve", label)
        assert refused.value.code is Code.SESSION_FULL
    assert "eve" not in room.seen
    assert room.met == met
    room.attach("again", who[0])
    assert room.seen["again"] == [candidate(1), candidate(2)]


@pytest.mark.parametrize("label", ["eve", None], ids=["another label", "no label"])
def test_a_label_in_a_message_binds_the_place_too(label: str | None) -> None:
    room = Room()
    room.attach("ann", "a")
    room.attach("bob")
    room.say("bob", Candidate(ID, None, "b"))
    room.lose("bob")
    with pytest.raises(Refused):
        room.attach("eve", label)
    room.attach("bob again", "b")
    assert room.met[-2:] == [("ann", True), ("bob again", True)]


@pytest.mark.parametrize("label", ["eve", None], ids=["a label", "no label"])
def test_a_lost_place_without_a_label_is_for_whoever_comes(label: str | None) -> None:
    room = Room()
    room.attach("ann", "a")
    room.attach("bob")
    room.lose("bob")
    room.say("ann", candidate(1))
    room.attach("somebody", label)
    assert room.seen["somebody"] == [candidate(1)]
    assert room.met[-2:] == [("ann", False), ("somebody", False)]


def test_the_same_label_replaces_a_socket_that_died_unnoticed() -> None:
    room = call()
    room.attach("bob again", "b")
    room.say("ann", candidate(1))
    assert room.closed == [("bob", CloseCode.REPLACED)]
    assert room.seen["bob again"] == [candidate(1)]


def test_without_a_label_nobody_is_replaced() -> None:
    room = Room()
    room.attach("ann")
    room.attach("bob")
    with pytest.raises(Refused):
        room.attach("eve")


def test_what_a_dead_socket_did_not_deliver_comes_first_on_return() -> None:
    room = call()
    room.lose("bob", candidate(1), candidate(2))
    room.say("ann", candidate(3))
    room.attach("bob again", "b")
    assert room.seen["bob again"] == [candidate(1), candidate(2), candidate(3)]


def test_a_new_offer_drops_the_queued_candidates_and_offer_before_it() -> None:
    room = call()
    room.lose("bob")
    fresh = Offer(ID, "fresh")
    for message in (OFFER, candidate(1), fresh, candidate(2)):
        room.say("ann", message)
    room.attach("bob again", "b")
    assert room.seen["bob again"] == [fresh, candidate(2)]
    assert room.outcomes.count(Outcome.DROPPED) == 2


@pytest.mark.parametrize("who", ["ann", "bob"])
def test_a_deliberate_close_ends_the_session_for_both(who: str) -> None:
    room = call()
    other = "bob" if who == "ann" else "ann"
    room.leave(who)
    assert room.seen[other][-1] == ENDED
    assert room.closed == [(other, CloseCode.ENDED)]
    assert room.states == [State.WAITING, State.ACTIVE, State.ENDED]


def test_each_message_has_an_outcome_and_its_size() -> None:
    """The journal tells them, and the queues are bounded by them."""
    session = Session[str](ID, session_limits(), 0)
    session.attach("ann", "a", 0)
    assert session.receive("ann", OFFER, 10) == [Settled(OFFER, Outcome.QUEUED, 10)]
    assert session.attach("bob", "b", 1) == [
        Send("bob", OFFER, 10),
        Settled(OFFER, Outcome.DELIVERED, 10),
        PeerAttached("ann", returned=False),
        PeerAttached("bob", returned=False),
    ]
    assert session.receive("bob", ANSWER, 20) == [
        Settled(ANSWER, Outcome.RELAYED, 20),
        Send("ann", ANSWER, 20),
    ]
    session.lose("ann", [], 2)
    session.receive("bob", candidate(1), 30)
    assert session.receive("bob", OFFER, 40) == [
        Settled(candidate(1), Outcome.DROPPED, 30),
        Settled(OFFER, Outcome.QUEUED, 40),
    ]
    assert session.receive("bob", Hangup(ID), 50) == [
        Settled(Hangup(ID), Outcome.DROPPED, 50),
        Close("bob", CloseCode.ENDED),
    ]


def test_a_hangup_has_an_outcome_and_its_size() -> None:
    session = Session[str](ID, session_limits(), 0)
    session.attach("ann", "a", 0)
    session.attach("bob", "b", 0)
    assert session.receive("ann", Hangup(ID), 50) == [
        Settled(Hangup(ID), Outcome.RELAYED, 50),
        Send("bob", Hangup(ID), 50),
        Close("bob", CloseCode.ENDED),
        Close("ann", CloseCode.ENDED),
    ]


def test_a_hangup_is_relayed_and_ends_the_session_for_both() -> None:
    room = call()
    room.say("bob", Hangup(ID, "bye"))
    assert room.seen["ann"] == [ANSWER, Hangup(ID, "bye")]
    assert sorted(room.closed) == [("ann", CloseCode.ENDED), ("bob", CloseCode.ENDED)]
    assert room.session.state is State.ENDED


# Section 5: life of a session


def test_waiting_times_out() -> None:
    room = Room(wait_timeout=600, signal_timeout=15)
    room.attach("ann")
    room.say("ann", OFFER)
    room.at(599)
    assert room.session.state is State.WAITING
    room.at(600)
    assert room.seen == {"ann": [ENDED]}
    assert room.closed == [("ann", CloseCode.ENDED)]


def test_the_loss_of_the_only_participant_does_not_end_a_waiting_session() -> None:
    room = Room(wait_timeout=600, reconnect_grace=30)
    room.attach("ann", "a")
    room.say("ann", OFFER)
    room.at(10)
    room.lose("ann", went_away=True)
    room.at(599)
    assert room.states == [State.WAITING]
    room.at(600)
    assert room.states == [State.WAITING, State.ENDED]


def test_who_waits_elsewhere_may_come_back_as_long_as_the_session_would_have_waited() -> None:
    room = Room(wait_timeout=600, reconnect_grace=30)
    room.attach("ann", "a")
    room.say("ann", OFFER)
    room.lose("ann")
    room.at(300)
    room.attach("bob", "b")
    room.say("bob", ANSWER)
    room.at(599)
    room.attach("ann again", "a")
    assert room.seen == {"bob": [OFFER], "ann again": [ANSWER]}
    room.lose("ann again")
    room.at(628)
    assert room.states == [State.WAITING, State.ACTIVE]
    room.at(629)
    assert room.states == [State.WAITING, State.ACTIVE, State.ENDED]


@pytest.mark.parametrize(("comes", "ends"), [(300, 600), (590, 620)])
def test_who_waits_elsewhere_is_waited_for_with_the_grace_at_least(comes: int, ends: int) -> None:
    room = Room(wait_timeout=600, reconnect_grace=30)
    room.attach("ann", "a")
    room.lose("ann", went_away=True)
    room.at(comes)
    room.attach("bob", "b")
    room.at(ends - 1)
    assert room.session.state is State.ACTIVE
    room.at(ends)
    assert room.seen["bob"][-1] == ENDED


def test_two_recipients_do_not_wait_for_ever_for_an_initiator() -> None:
    room = Room(wait_timeout=600)
    room.attach("bob", "b")
    room.attach("eve", "e")
    room.at(599)
    assert room.session.state is State.ACTIVE
    room.at(600)
    assert (room.seen["bob"][-1], room.seen["eve"][-1]) == (ENDED, ENDED)


def test_active_has_no_time_limit() -> None:
    room = call()
    room.at(10_000_000)
    assert room.states == [State.WAITING, State.ACTIVE]
    assert room.session.deadline() == float("inf")


@pytest.mark.parametrize("who", ["ann", "bob"])
def test_a_lost_participant_ends_the_session_after_the_grace(who: str) -> None:
    room = call()
    other = "bob" if who == "ann" else "ann"
    room.at(100)
    room.lose(who)
    room.at(129)
    assert room.session.state is State.ACTIVE
    room.at(130)
    assert room.seen[other][-1] == ENDED


def test_a_lost_participant_that_the_other_one_hears_is_not_given_up() -> None:
    room = call()
    room.lose("bob")
    for now in range(0, 100, 10):
        room.at(now)
        room.session.note_alive("ann", now)
    room.at(119)
    assert room.session.state is State.ACTIVE
    room.at(120)
    assert room.seen["ann"][-1] == ENDED


def test_whoever_has_left_the_page_is_not_waited_for_longer_because_of_a_late_packet() -> None:
    room = call()
    room.lose("bob", went_away=True)
    room.at(29)
    room.session.note_alive("ann", 29)
    room.at(30)
    assert room.session.state is State.ENDED


def test_both_gone_come_back_in_either_order() -> None:
    room = call()
    room.lose("ann")
    room.lose("bob")
    room.at(29)
    room.attach("bob again", "b")
    room.attach("ann again", "a")
    room.say("ann again", candidate(1))
    room.at(1000)
    assert room.session.state is State.ACTIVE
    assert room.seen["bob again"] == [candidate(1)]


def test_who_finds_no_offer_in_time_is_told_once_and_may_stay() -> None:
    room = Room()
    room.attach("bob")
    room.at(14)
    assert room.seen == {}
    room.at(60)
    assert room.seen == {"bob": [NO_SIGNAL]}
    room.attach("ann")
    room.say("ann", OFFER)
    room.at(1000)
    assert room.seen["bob"] == [NO_SIGNAL, OFFER]


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(lambda room: None, id="nobody offered"),
        pytest.param(lambda room: room.say("bob", OFFER), id="the answerer offered"),
    ],
)
def test_an_answer_without_an_offer_finds_no_signal(before: Callable[[Room], None]) -> None:
    room = Room()
    room.attach("ann")
    room.attach("bob")
    before(room)
    with pytest.raises(Refused) as refused:
        room.say("bob", ANSWER)
    assert refused.value.code is Code.SIGNAL_NOT_FOUND


def glare() -> Room:
    room = Room()
    room.attach("ann", "a")
    room.attach("bob", "b")
    room.say("ann", OFFER)
    room.say("bob", OFFER)
    return room


@pytest.mark.parametrize(("polite", "impolite"), [("bob", "ann"), ("ann", "bob")])
def test_where_two_offers_collide_either_may_be_answered(polite: str, impolite: str) -> None:
    room = glare()
    room.say(polite, ANSWER)
    assert room.seen[impolite] == [OFFER, ANSWER]
    room.say(polite, candidate(1))
    room.say(polite, ANSWER)
    assert room.seen[impolite] == [OFFER, ANSWER, candidate(1), ANSWER]


def test_an_offer_that_was_answered_makes_way_for_the_next_one() -> None:
    room = glare()
    room.say("bob", ANSWER)
    room.say("bob", OFFER)
    with pytest.raises(Refused) as refused:
        room.say("bob", ANSWER)
    assert refused.value.code is Code.SIGNAL_NOT_FOUND
    room.say("ann", ANSWER)
    room.say("ann", OFFER)
    room.say("bob", ANSWER)
    assert room.seen["ann"] == [OFFER, ANSWER, OFFER, ANSWER]


def test_nothing_is_left_after_the_end() -> None:
    room = call()
    room.lose("bob")
    room.say("ann", candidate(1))
    room.leave("ann")
    assert room.session.queued_bytes == 0
    assert room.session.deadline() == float("inf")
    assert room.session.expire(1e9) == []

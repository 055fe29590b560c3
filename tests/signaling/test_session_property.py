"""protocol.md, sections 2, 4 and 5: whatever happens, in any order, the core does as its model.

Two sessions run side by side, with bounds so small that they are hit all the time. Each step is
done to a session and to its model, and its effects are run as the hub runs them.

    HOMECALL_PROPERTY_STEPS=1000000 pytest tests/signaling/test_session_property.py

takes that many steps, other ones each time.
"""

import os
from collections import defaultdict
from collections.abc import Callable
from itertools import count
from time import time_ns
from typing import ClassVar, NamedTuple, TypeAlias

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from homecall_appliance.signaling.mailbox import Letter
from homecall_appliance.signaling.messages import (
    Answer,
    Candidate,
    Code,
    Error,
    Hangup,
    IceCandidate,
    Offer,
    Refused,
    Relayed,
)
from homecall_appliance.signaling.session import (
    Close,
    Effect,
    Limits,
    PeerAttached,
    Send,
    Session,
    Settled,
    State,
)
from tests.signaling.session_model import Model

pytestmark = pytest.mark.slow

STEPS = int(os.environ.get("HOMECALL_PROPERTY_STEPS", "20000"))
BY_HAND = "HOMECALL_PROPERTY_STEPS" in os.environ
SETTINGS = settings(
    max_examples=200,
    stateful_step_count=50,
    database=None,
    suppress_health_check=list(HealthCheck),
)
"""Of one run; a long exploration is several, for hypothesis keeps a run's examples in memory."""

Visible: TypeAlias = Send[int] | Close[int] | PeerAttached[int]
Action: TypeAlias = Callable[[Session[int] | Model], list[Effect[int]] | None]
Letters: TypeAlias = list[tuple[Callable[[str, str, str | None], Relayed], int]]


class Client(NamedTuple):
    """The labels that a client bears in its handshake and in its messages."""

    handshake: str | None
    message: str | None


CLIENTS = [
    Client("a", "a"),
    Client("b", "b"),
    Client("c", None),
    Client(None, "a"),
    Client(None, None),
]
"""The fourth is the first, which names itself late, or is another that bears its label. Who has
named itself in a message only is not known again by a handshake without a name."""


class Trial:
    """A session beside its model, and what its channels were handed."""

    def __init__(
        self, session_class: type[Session[int]], session_id: str, limits: Limits, now: float
    ) -> None:
        self.session = session_class(session_id, limits, now)
        self.model = Model(session_id, limits, now)
        self.clients: dict[int, Client] = {}
        self.attached: set[int] = set()
        self._handed: defaultdict[int, list[Letter]] = defaultdict(list)
        self._authors: dict[Relayed, int] = {}
        self._delivered: set[Relayed] = set()
        self._over_at_once = session_class(session_id, limits, now)
        self._over_at_once.end(Code.SESSION_ENDED)

    def attach(self, channel: int, client: Client, missing: int, now: float) -> None:
        former = self.session.holder(client.handshake)
        assert former == self.model.holder(client.handshake), "the wrong channel is replaced"
        undelivered = [] if former is None else self._undelivered(former, missing)
        self.clients[channel] = client
        if self._both(lambda it: it.attach(channel, client.handshake, now, undelivered)):
            self.attached.add(channel)

    def receive(self, channel: int, message: Relayed, size: int) -> None:
        self._authors[message] = channel
        self._both(lambda it: it.receive(channel, message, size))

    def receive_from_elsewhere(self, channel: int, message: Relayed, size: int) -> None:
        """The hub lets nobody speak who is not in place; the core must not listen either."""
        before = self._snapshot()
        with pytest.raises((LookupError, StopIteration)):
            self.session.receive(channel, message, size)
        assert self._snapshot() == before, "a channel that is not in place is listened to"

    def lose(self, channel: int, missing: int, now: float, *, went_away: bool) -> None:
        undelivered = self._undelivered(channel, missing)
        self.attached.remove(channel)
        self._both(lambda it: it.lose(channel, undelivered, now, went_away=went_away))

    def leave(self, channel: int) -> None:
        self.attached.remove(channel)
        self._both(lambda it: it.leave(channel))

    def expire(self, now: float) -> None:
        self._both(lambda it: it.expire(now))

    def check(self, now: float) -> None:
        session, model = self.session, self.model
        assert len(self.attached) <= 2, "a third participant is in place"
        assert session.state is model.state, "the state is wrong"
        assert session.queued_bytes <= model.most_queued_bytes, "a queue exceeds its bound"
        assert session.queued_bytes <= model.queued_bytes, "something stale stays in the queue"
        assert session.queued_bytes >= model.queued_bytes, "something queued is lost"
        assert session.deadline() == model.deadline(), "a timer is early or late"
        assert now >= session.deadline() or not session.expire(now), "a timer fires too early"
        if model.state is State.ENDED:
            assert not self.attached, "the ended session keeps a channel open"
            assert self._snapshot() == repr(vars(self._over_at_once)), "the ended session remembers"

    def _both(self, act: Action) -> bool:
        """Do the same to the session and to its model; return whether they let it be done."""
        due, refusal = attempt(act, self.model)
        before = self._snapshot() if refusal else ""
        effects, refused = attempt(act, self.session)
        assert refused == refusal, f"it is refused: {refused}, but should be: {refusal}"
        assert not refusal or self._snapshot() == before, "what is refused leaves a trace"
        for effect in effects:
            match effect:
                case Send(channel, message, size) if not isinstance(message, Error):
                    self._hand(channel, message, size)
                case Close(channel):
                    self.attached.remove(channel)
        self._compare(visible(effects), visible(due))
        return refusal is None

    def _hand(self, channel: int, message: Relayed, size: int) -> None:
        assert message in self._authors, "a message crosses sessions"
        author = self._authors[message]
        assert channel != author, "a message goes back to its sender"
        label = self.clients[author].handshake
        home = label is not None and label == message.label == self.clients[channel].handshake
        assert not home, "a message comes home"
        assert message not in self._delivered, "a message is delivered twice"
        self._delivered.add(message)
        self._handed[channel].append((message, size))

    def _compare(self, effects: list[Visible], due: list[Visible]) -> None:
        if self.model.state is State.ENDED:
            # Who learns that the session is over may learn, but need not, that it was idle before.
            moot = Error(self.session.session_id, Code.SIGNAL_NOT_FOUND)
            effects = [each for each in effects if getattr(each, "message", None) != moot]
        assert all(each in due for each in effects), "something stale or unasked for is sent"
        assert all(each in effects for each in due), "something is lost"
        assert effects == due, "the order is wrong"

    def _undelivered(self, channel: int, missing: int) -> list[Letter]:
        """Return the last of what a channel was handed, as a socket reports it."""
        handed = self._handed[channel]
        undelivered = handed[max(0, len(handed) - missing) :]
        self._delivered.difference_update(message for message, _ in undelivered)
        return undelivered

    def _snapshot(self) -> str:
        return repr(vars(self.session))


def attempt(act: Action, on: Session[int] | Model) -> tuple[list[Effect[int]], Code | None]:
    try:
        return act(on) or [], None
    except Refused as refused:
        return [], refused.code


def visible(effects: list[Effect[int]]) -> list[Visible]:
    """Return what each channel sees, in order; the outcomes for the journal are section 9."""
    seen: list[Visible] = [each for each in effects if not isinstance(each, Settled)]
    return sorted(seen, key=lambda each: each.channel)


def candidate(session_id: str, mark: str, label: str | None) -> Relayed:
    return Candidate(session_id, IceCandidate(mark), label)


def end_of_candidates(session_id: str, mark: str, label: str | None) -> Relayed:
    return Candidate(session_id, IceCandidate("", username_fragment=mark), label)


def seconds(longest: int) -> st.SearchStrategy[float]:
    return st.integers(1, longest).map(float)


LIMITS = st.builds(
    Limits,
    wait_timeout=seconds(100),
    signal_timeout=seconds(50),
    reconnect_grace=seconds(50),
    queue_messages=st.integers(1, 5),
    queue_bytes=st.integers(1, 60),
)
LETTERS = st.lists(
    st.tuples(st.sampled_from([Offer, Answer, candidate, end_of_candidates]), st.integers(1, 20)),
    min_size=1,
    max_size=4,
)
MISSING = st.integers(0, 6)
ATTACHED = st.runner().flatmap(lambda self: st.sampled_from(self.channels(attached=True)))
DETACHED = st.runner().flatmap(lambda self: st.sampled_from(self.channels(attached=False)))

anybody_attached = precondition(lambda self: bool(self.channels(attached=True)))
anybody_detached = precondition(lambda self: bool(self.channels(attached=False)))
anybody_came = precondition(lambda self: any(trial.clients for trial in self.trials))


class SessionMachine(RuleBasedStateMachine):
    """Two sessions side by side; one that has ended makes room for a new one."""

    session_class: ClassVar[type[Session[int]]] = Session
    steps: ClassVar[int] = 0

    @initialize(limits=LIMITS)
    def begin(self, limits: Limits) -> None:
        type(self).steps -= 1  # the invariant counts this one too, but it is none
        self.now = 0.0
        self.limits = limits
        self.numbers = count(1)
        self.trials = [self.new_trial(), self.new_trial()]

    def new_trial(self) -> Trial:
        return Trial(self.session_class, self.mark(), self.limits, self.now)

    def mark(self) -> str:
        return str(next(self.numbers))

    def channels(self, *, attached: bool) -> list[tuple[Trial, int]]:
        return [
            (trial, channel)
            for trial in self.trials
            for channel in trial.clients
            if (channel in trial.attached) is attached
        ]

    @rule(side=st.sampled_from([0, 1]), client=st.sampled_from(CLIENTS), missing=MISSING)
    def attach(self, side: int, client: Client, missing: int) -> None:
        """Sections 2 and 4: come first, second, third, back, or in one's own stead."""
        self.trials[side].attach(next(self.numbers), client, missing, self.now)

    @anybody_detached
    @rule(who=DETACHED, missing=MISSING)
    def come_back(self, who: tuple[Trial, int], missing: int) -> None:
        """Section 4: attach again, after a loss or a refusal, or before a loss is noticed."""
        trial, channel = who
        trial.attach(next(self.numbers), trial.clients[channel], missing, self.now)

    @anybody_attached
    @rule(who=ATTACHED, letters=LETTERS)
    def send(self, who: tuple[Trial, int], letters: Letters) -> None:
        """Section 4: the queues, and what a new offer makes stale."""
        trial, channel = who
        for kind, size in letters:
            message = kind(trial.session.session_id, self.mark(), trial.clients[channel].message)
            trial.receive(channel, message, size)

    @anybody_detached
    @rule(who=DETACHED, letters=LETTERS)
    def send_from_elsewhere(self, who: tuple[Trial, int], letters: Letters) -> None:
        """Sections 2 and 4: what comes from a channel that was refused, lost or replaced."""
        trial, channel = who
        for kind, size in letters:
            message = kind(trial.session.session_id, self.mark(), None)
            trial.receive_from_elsewhere(channel, message, size)

    @anybody_attached
    @rule(who=ATTACHED, missing=MISSING, went_away=st.booleans())
    def lose(self, who: tuple[Trial, int], missing: int, *, went_away: bool) -> None:
        """Section 4: the last of what a channel was handed may not have arrived."""
        trial, channel = who
        trial.lose(channel, missing, self.now, went_away=went_away)

    @anybody_attached
    @rule(who=ATTACHED, politely=st.booleans())
    def end(self, who: tuple[Trial, int], *, politely: bool) -> None:
        """Section 4: a hangup, or a deliberate close."""
        trial, channel = who
        if politely:
            trial.receive(channel, Hangup(trial.session.session_id, self.mark()), 1)
        else:
            trial.leave(channel)

    @anybody_came
    @rule(duration=seconds(10))
    def time_passes(self, duration: float) -> None:
        """Section 5: each timer fires at its time."""
        until = self.now + duration
        while (due := min(trial.model.deadline() for trial in self.trials)) <= until:
            self.now = max(self.now, due)
            for trial in self.trials:
                trial.expire(self.now)
        self.now = until

    @anybody_came
    @rule(duration=seconds(100))
    def event_loop_hangs(self, duration: float) -> None:
        """Section 5: the timers that are due fire late, after what happens next."""
        self.now += duration

    @invariant()
    def sessions_are_as_their_models(self) -> None:
        type(self).steps += 1
        for trial in self.trials:
            trial.check(self.now)
        self.trials = [
            self.new_trial() if trial.model.state is State.ENDED else trial for trial in self.trials
        ]


def machine_for(session_class: type[Session[int]]) -> type[SessionMachine]:
    """Return a machine that tests a class of sessions, and counts its own steps."""

    class Machine(SessionMachine):
        steps = 0

    Machine.session_class = session_class
    return Machine


def explore(machine: type[SessionMachine], steps: int, how: settings, first_seed: int) -> None:
    """Let a machine take so many steps, unless it finds a fault."""
    for number in count(first_seed):
        if machine.steps >= steps:
            return
        run_state_machine_as_test(seed(number)(machine), settings=how)


@pytest.mark.timeout(60 + STEPS // 100)
def test_the_core_does_as_its_model() -> None:
    machine = machine_for(Session)
    first_seed = time_ns() if BY_HAND else 0
    explore(machine, STEPS, SETTINGS, first_seed)
    print(f"{machine.steps} steps, first seed {first_seed}")
    assert machine.steps >= STEPS

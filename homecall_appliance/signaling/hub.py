"""The registry of sessions: creates, finds and forgets them, keeps their timers, runs effects."""

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeAlias

from homecall_appliance.faults.containment import contained, described, reported
from homecall_appliance.signaling import messages
from homecall_appliance.signaling.journal import Journal
from homecall_appliance.signaling.mailbox import Letter
from homecall_appliance.signaling.messages import Code, Error, Message, Refused, Relayed
from homecall_appliance.signaling.session import (
    NEVER,
    Close,
    CloseCode,
    Effect,
    Limits,
    Outcome,
    PeerAttached,
    Send,
    Session,
    Settled,
    State,
)

log = logging.getLogger(__name__)

SPENT_IDS = 16_384
"""How many spent ids are remembered; the oldest is forgotten first."""

_FATAL = {
    Code.SESSION_ENDED: CloseCode.ENDED,
    Code.SESSION_FULL: CloseCode.FULL,
    Code.BUSY: CloseCode.TRY_AGAIN_LATER,
}


Source: TypeAlias = str
"""Where a guest comes from: an IPv4 address, or the /64 network of an IPv6 address, which one
household or host has."""


class Channel(Protocol):
    """A participant's connection. None of its methods blocks; what one raises ends its session."""

    def send(self, message: Message, size: int) -> None:
        """Deliver a message, in order; `size` is the bytes it took on its way in."""
        ...

    def close(self, code: CloseCode) -> None:
        """Close the connection once everything sent before has been delivered."""
        ...

    def peer_attached(self, returned: bool) -> None:
        """Learn that the other participant is there.

        `returned`: it is the same one as before, and has not lost what it had of the call.
        """
        ...

    def ping(self, answered: Callable[[], None]) -> None:
        """Ask the participant whether it is there; `answered` is called once it says so."""
        ...

    def undelivered(self) -> list[Letter]:
        """Return the letters of what was sent that have not arrived, oldest first."""
        ...


class Observer(Protocol):
    """Who is told what happens, such as the journal. No method blocks, and none raises."""

    def message(
        self,
        session_id: str | None,
        kind: str,
        direction: str,
        outcome: str,
        size: int,
        *,
        live: bool,
    ) -> None:
        """Learn of a message: its wire type, "in" or "out", its Outcome or error code, its bytes.

        `live`: it belongs to a session that exists; otherwise the id is a stranger's word.
        """
        ...

    def attached(self, session_id: str) -> None:
        """Learn that a participant has come, or come back, before it is handed a message."""
        ...

    def lost(self, session_id: str) -> None:
        """Learn that a participant has lost its connection and may come back."""
        ...

    def ended(self, session_id: str) -> None:
        """Learn that a session is over, after its last message."""
        ...


@dataclass(frozen=True)
class HubLimits:
    """The bounds of the registry; `session` are those of each session."""

    session: Limits
    max_sessions: int
    sessions_per_source: int
    guest_sessions: bool


class Hub:
    """All sessions of the appliance. Lives in the event loop's thread."""

    def __init__(
        self,
        limits: HubLimits,
        observers: Sequence[Observer] = (),
    ) -> None:
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._clock = self._loop.time
        self._observers = (Journal(self._clock), *observers)
        self._sessions: dict[str, Session[Channel]] = {}
        self._makers: dict[str, Source] = {}
        self._timers: dict[str, tuple[float, asyncio.TimerHandle]] = {}
        self._attached: dict[Channel, Session[Channel]] = {}
        self._spent: OrderedDict[str, None] = OrderedDict()

    def attach(
        self,
        channel: Channel,
        session_id: str,
        label: str | None = None,
        *,
        guest: bool = True,
        source: Source | None = None,
    ) -> None:
        """Attach a channel to a session, which is created if this is its first participant.

        `guest` is false for the appliance itself, whose sessions are always let in. `source` is
        where a guest comes from; what one source makes is bounded.
        Raises Refused with SESSION_ENDED, SESSION_FULL, RATE_LIMITED or BUSY.
        """
        session = self._sessions.get(session_id) or self._create(session_id, guest, source)
        former = session.holder(label)
        undelivered = _undelivered(former) if former else []
        effects = session.attach(channel, label, self._clock(), undelivered)
        self._attached[channel] = session
        for observer in self._observers:
            observer.attached(session_id)
        self._run(session, effects)

    def receive_text(self, channel: Channel, text: str, source: Source | None = None) -> None:
        """Take one text frame from a socket; what is wrong with it is answered, never raised.

        `source` is where the socket comes from, which its first valid message attaches.
        """
        size = len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
        session_id, kind = self.session_of(channel), "unknown"
        try:
            envelope = messages.open_envelope(text)
            session_id = session_id or envelope.session_id
            self._check(channel, envelope.session_id)
            message = messages.parse(envelope)
            kind = messages.kind(message)
            if channel not in self._attached:
                self.attach(channel, session_id, message.label, source=source)
            self.receive(channel, message, size)
        except Refused as refused:
            self._tell_of_refused(session_id, kind, refused.code, size)
            self.refuse(channel, session_id, refused.code)

    def refuse_frame(self, channel: Channel, code: Code, size: int) -> None:
        """Refuse a frame that was not read."""
        session_id = self.session_of(channel)
        self._tell_of_refused(session_id, "unknown", code, size)
        self.refuse(channel, session_id, code)

    def receive(self, channel: Channel, message: Relayed, size: int) -> None:
        """Take a message of an attached channel; raises Refused."""
        session = self._attached.get(channel)
        if session is None:
            raise Refused(Code.SESSION_ENDED)
        self._run(session, session.receive(channel, message, size))

    def refuse(self, channel: Channel, session_id: str | None, code: Code) -> None:
        """Answer a channel with an error, and close it if there is nothing left for it to do."""
        self._send_error(channel, Error(session_id, code), live=session_id in self._sessions)
        if code in _FATAL:
            channel.close(_FATAL[code])

    def lose(self, channel: Channel, *, went_away: bool = False) -> None:
        """Note the loss of a channel; its participant may come back within the grace.

        `went_away`: its page was left or loaded anew, and the call in it is gone.
        """
        session = self._attached.pop(channel, None)
        if session is not None:
            for observer in self._observers:
                observer.lost(session.session_id)
            effects = session.lose(
                channel, _undelivered(channel), self._clock(), went_away=went_away
            )
            self._run(session, effects)

    def leave(self, channel: Channel) -> None:
        """Note a deliberate close, which ends the session for both."""
        session = self._attached.pop(channel, None)
        if session is not None:
            self._run(session, session.leave(channel))

    def end(self, channel: Channel, code: Code) -> None:
        """End the session of a channel, telling both participants why."""
        session = self._attached.get(channel)
        if session is not None:
            self._run(session, session.end(code))

    def close(self) -> None:
        """End every session."""
        for session in list(self._sessions.values()):
            self._run(session, session.end(Code.SESSION_ENDED))

    def session_of(self, channel: Channel) -> str | None:
        """Return the id of the session that a channel is attached to."""
        session = self._attached.get(channel)
        return session.session_id if session else None

    def is_live(self, named: object) -> bool:
        """Whether this names a session that exists: made, and not ended."""
        try:
            return messages.session_id_of(named) in self._sessions
        except Refused:
            return False

    def refusal(self, named: object) -> Code | None:
        """Return what a newcomer to the session of this name would be told, if not let in."""
        try:
            session_id = messages.session_id_of(named)
        except Refused as refused:
            return refused.code
        session = self._sessions.get(session_id)
        if session is not None:
            return Code.SESSION_FULL if session.full else None
        gone = session_id in self._spent or not self._limits.guest_sessions
        return Code.SESSION_ENDED if gone else None

    def accompanied(self, channel: Channel) -> bool:
        """Whether the other participant of a channel's session is in place at this moment."""
        session = self._attached.get(channel)
        return session is not None and session.accompanied(channel)

    def note_alive(self, channel: Channel) -> None:
        """Note that a participant hears the other one of its session by another way, as by its
        media: a socket that is lost does not end their call then."""
        session = self._attached.get(channel)
        if session is not None:
            session.note_alive(channel, self._clock())
            self._arm(session)

    def ping(self, channel: Channel, answered: Callable[[], None]) -> None:
        """Ask the other participant of a channel's session whether it is there, if its channel is;
        `answered` is called once it says so."""
        session = self._attached.get(channel)
        other = session.companion(channel) if session else None
        if session is not None and other is not None:
            failed: dict[Channel, Exception] = {}
            with contained(partial(failed.setdefault, other)):
                other.ping(answered)
            if failed:
                self._give_up(session, failed)

    def away_for(self, channel: Channel) -> float | None:
        """Return how many seconds ago the other participant of a channel's session left its page;
        None where it did not, or is back."""
        session = self._attached.get(channel)
        since = session.away_since(channel) if session else None
        return None if since is None else self._clock() - since

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait for absent participants, in all sessions."""
        return sum(session.queued_bytes for session in self._sessions.values())

    def counts(self) -> dict[str, int]:
        """Return how many sessions are in each state."""
        counted = Counter(session.state for session in self._sessions.values())
        return {state.value: counted[state] for state in (State.WAITING, State.ACTIVE)}

    def _check(self, channel: Channel, session_id: str) -> None:
        attached = self._attached.get(channel)
        if attached is not None and attached.session_id != session_id:
            raise Refused(Code.SESSION_MISMATCH)
        if session_id in self._spent:
            raise Refused(Code.SESSION_ENDED)

    def _create(self, session_id: str, guest: bool, source: Source | None) -> Session[Channel]:
        if session_id in self._spent or (guest and not self._limits.guest_sessions):
            raise Refused(Code.SESSION_ENDED)
        if source is not None:
            made = sum(maker == source for maker in self._makers.values())
            if made >= self._limits.sessions_per_source:
                raise Refused(Code.RATE_LIMITED)
        if guest and len(self._sessions) >= self._limits.max_sessions:
            raise Refused(Code.BUSY)
        session: Session[Channel] = Session(session_id, self._limits.session, self._clock())
        self._sessions[session_id] = session
        if source is not None:
            self._makers[session_id] = source
        return session

    def _run(self, session: Session[Channel], effects: list[Effect[Channel]]) -> None:
        ended = session.state is State.ENDED
        if ended:
            self._forget(session)
        else:
            self._arm(session)
        failed: dict[Channel, Exception] = {}
        for effect in effects:
            if isinstance(effect, Settled):
                self._settle(session, effect)
            elif effect.channel not in failed:
                with contained(partial(failed.setdefault, effect.channel)):
                    self._use(effect)
        if ended:
            for observer in self._observers:
                observer.ended(session.session_id)
        if failed:
            self._give_up(session, failed)

    def _use(self, effect: Send[Channel] | Close[Channel] | PeerAttached[Channel]) -> None:
        match effect:
            case Send(channel, Error() as error):
                self._send_error(channel, error, live=True)
            case Send(channel, message, size):
                channel.send(message, size)
            case Close(channel, code):
                self._attached.pop(channel, None)
                channel.close(code)
            case PeerAttached(channel, returned):
                channel.peer_attached(returned)

    def _settle(self, session: Session[Channel], settled: Settled) -> None:
        direction = "out" if settled.outcome is Outcome.DELIVERED else "in"
        kind = messages.kind(settled.message)
        outcome, size = settled.outcome, settled.size
        self._tell(session.session_id, kind, direction, outcome, size, live=True)

    def _give_up(self, session: Session[Channel], failed: dict[Channel, Exception]) -> None:
        """End a session because of what its channels have raised; they are closed, nothing else."""
        for channel, error in failed.items():
            named = {"SESSION_ID": session.session_id}
            log.error("A session has failed: %s.", described(error), extra=named)
            self._attached.pop(channel, None)
            with contained(lambda _: None):  # it is told already that it has failed
                channel.close(CloseCode.INTERNAL)
        if session.state is not State.ENDED:
            told = session.end(Code.INTERNAL)
            others = [e for e in told if isinstance(e, Settled) or e.channel not in failed]
            self._run(session, others)

    def _arm(self, session: Session[Channel]) -> None:
        deadline = session.deadline()
        armed, _ = self._timers.get(session.session_id, (NEVER, None))
        if deadline == armed:
            return
        self._disarm(session)
        if deadline != NEVER:
            delay = max(0.0, deadline - self._clock())
            timer = self._loop.call_later(delay, self._expire, session)
            self._timers[session.session_id] = deadline, timer

    def _disarm(self, session: Session[Channel]) -> None:
        if session.session_id in self._timers:
            _, timer = self._timers.pop(session.session_id)
            timer.cancel()

    def _expire(self, session: Session[Channel]) -> None:
        self._disarm(session)
        self._run(session, session.expire(self._clock()))

    def _forget(self, session: Session[Channel]) -> None:
        self._disarm(session)
        del self._sessions[session.session_id]
        self._makers.pop(session.session_id, None)
        self._spent[session.session_id] = None
        while len(self._spent) > SPENT_IDS:
            self._spent.popitem(last=False)

    def _send_error(self, channel: Channel, error: Error, *, live: bool) -> None:
        size = messages.size_of(error)
        channel.send(error, size)
        self._tell(error.session_id, "error", "out", error.code, size, live=live)

    def _tell_of_refused(self, session_id: str | None, kind: str, code: Code, size: int) -> None:
        live = session_id in self._sessions
        self._tell(session_id, kind, "in", code, size, live=live)

    def _tell(
        self,
        session_id: str | None,
        kind: str,
        direction: str,
        outcome: str,
        size: int,
        *,
        live: bool,
    ) -> None:
        for observer in self._observers:
            observer.message(session_id, kind, direction, outcome, size, live=live)


def _undelivered(channel: Channel) -> list[Letter]:
    """Return what a channel that is gone has not delivered, as far as it can tell."""
    with contained(reported):
        return channel.undelivered()
    return []

"""The appliance as a participant (protocol.md, section 7): one session of its own, from the
publication of its link to its end.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol
from uuid import uuid4

from homecall_appliance.calls.answering import Answering, Ringing
from homecall_appliance.calls.call_event import CallEvent, CallEventKind
from homecall_appliance.calls.description import Description
from homecall_appliance.calls.negotiation import (
    CallState,
    Closed,
    Connection,
    Event,
    Failed,
    Negotiation,
    Outcome,
    PathChecked,
    Patience,
    PeerAttached,
    SignalingAnswered,
)
from homecall_appliance.calls.no_path import NoPath, advice
from homecall_appliance.calls.offers import Addresses, NewPeer, Offered, Offers
from homecall_appliance.calls.totals import Totals
from homecall_appliance.faults.containment import contained, described
from homecall_appliance.media.webrtc.peer import Peer
from homecall_appliance.media.webrtc.stats import CandidateTypes
from homecall_appliance.signaling.hub import Hub
from homecall_appliance.signaling.mailbox import Letter
from homecall_appliance.signaling.messages import (
    Candidate,
    Code,
    Hangup,
    Message,
    Offer,
    Refused,
    size_of,
)
from homecall_appliance.signaling.session import CloseCode

log = logging.getLogger(__name__)

MAX_FAILURES = 3
"""Connections that may fail one after the other before the call is given up."""

ENOUGH = 5.0
"""Seconds from the first answer, after which a phone that leaves and was not connected did not get
through; who leaves sooner may have changed his mind."""

HISTORY = 32
"""States of a call that are remembered."""


class Announcer(Protocol):
    """Tells the people at the appliance about its calls."""

    def coming(self) -> AbstractContextManager[object]:
        """Tell them that a phone is there; left when its call has begun, or will never begin."""
        ...

    def ring(self) -> None:
        """Let it be heard, once in a call that needs no one to accept it: the phone is connected,
        or has stayed for a while."""
        ...

    def ended(self, *, accepted: bool) -> None:
        """Tell them that a call whose phone was connected is over; `accepted`: somebody was let
        in."""
        ...


class Call:
    """One session of the appliance. It attaches to the hub as any participant does."""

    def __init__(
        self,
        hub: Hub,
        new_peer: NewPeer,
        addresses: Addresses | None,
        *,
        patience: Patience,
        answering: Answering,
        on_change: Callable[[], None],
        on_event: Callable[[CallEvent], None],
        announcers: Sequence[Announcer],
    ) -> None:
        self.accepted = not answering.asks
        """Whether the devices of the house are opened for it."""

        self.begun_at: float | None = None
        """When it was answered by the people inside, or, where nobody asks them, connected: by the
        event loop's clock."""

        self.session_id = str(uuid4())
        self.number = 0
        """See `Reception.calls`; 0: its phone has not come yet."""
        self.used = asyncio.Event()
        """Set once the link can serve nobody else."""
        self.history: deque[CallState] = deque(maxlen=HISTORY)
        self.offers = Offers(new_peer, self._connection_changed, self._part_failed, addresses)
        self.peer: Peer | None = None
        self.no_path: NoPath | None = None
        """Set once the call is over, if its phone answered and was never connected."""
        self._of_earlier_peers = Totals()
        self._hub = hub
        self._patience = patience
        self._asks = answering.asks
        self._ringing = Ringing(answering, self._nobody_accepted)
        self._on_change = on_change
        self._on_event = on_event
        self._announcers = announcers
        self._answered_at: float | None = None
        self._connected = False
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._ended = False
        self._rung = False
        self._settling: asyncio.TimerHandle | None = None
        self._now = asyncio.get_running_loop().time

    @property
    def named(self) -> dict[str, str]:
        """What a line of the log carries that is about it."""
        return {"SESSION_ID": self.session_id}

    @property
    def answered(self) -> bool:
        """Whether the phone has answered an offer."""
        return self._answered_at is not None

    @property
    def connected(self) -> bool:
        """Whether the phone has been connected."""
        return self._connected

    @property
    def ringing(self) -> bool:
        """Whether people inside are asked to accept it."""
        return self._ringing.since is not None

    @property
    def ringing_since(self) -> float | None:
        """Since when they are, by the event loop's clock; None: they are not."""
        return self._ringing.since

    @property
    def ended(self) -> bool:
        """Whether the session is over; its connection may still be being closed."""
        return self._ended

    @property
    def totals(self) -> Totals | None:
        """What was sent and received so far, by all of its peers; None before the first."""
        if self.peer is None:
            return None
        return self._of_earlier_peers.plus(self.peer.sent, self.peer.received)

    @property
    def candidate_types(self) -> CandidateTypes | None:
        """The types of the candidates that media go by, or of all that were tried before that;
        None before the first offer."""
        return self.peer.candidate_types if self.peer else None

    def send(self, message: Message, size: int) -> None:  # noqa: ARG002 - the hub's Channel
        """Take a message from the hub."""
        self._events.put_nowait(message)

    def close(self, code: CloseCode) -> None:  # noqa: ARG002 - the hub's Channel
        """Learn from the hub that the session is over."""
        self._events.put_nowait(Closed())

    def peer_attached(self, returned: bool) -> None:
        """Learn from the hub that the phone is there."""
        self._events.put_nowait(PeerAttached(returned))
        if self._settling is not None:
            self._settling.cancel()
        self._settling = asyncio.get_running_loop().call_later(self._patience.ring, self._settled)

    def look_at_addresses(self) -> None:
        """Learn that the addresses of this machine may have changed."""
        if self.peer:
            with contained(self._part_failed):
                self.peer.look_at_addresses()

    def ping(self, answered: Callable[[], None]) -> None:
        """Answer the hub, which asks whether the participant is there."""
        answered()

    def undelivered(self) -> list[Letter]:
        """Return nothing: what the hub sends is here at once."""
        return []

    def publish(self) -> None:
        """Create the session: from now on the link works."""
        self._hub.attach(self, self.session_id, guest=False)
        self._enter(CallState.PUBLISHED)

    async def wait(self) -> bool:
        """Wait for the phone; returns whether it came before the session ended."""
        while not self._ended and not self.used.is_set():
            match await self._events.get():
                case PeerAttached():
                    self.used.set()
                case Closed():
                    self._end()
                case _:
                    pass
        return not self._ended

    async def serve(self) -> None:
        """Talk to the phone until the session ends, the phone is lost or cannot be connected.

        Raises whatever a part of the call does, wherever it was called.
        """
        failures, heard, tried = 0, self._now(), None
        devices = contextlib.ExitStack()
        try:
            for announcer in self._announcers:
                devices.enter_context(announcer.coming())
            while not self._ended and failures < MAX_FAILURES:
                offered = await self._next_offer()
                async with offered.leaving:
                    peer = offered.peer
                    negotiation = self._negotiate(offered, heard)
                    outcome = await self._follow(negotiation)
                    heard, tried = negotiation.heard, peer.candidate_types
                    devices.close()  # the earlier peer's: this one has opened them by now
                    # In a dead network it takes seconds to leave the peer: that comes last.
                    match outcome:
                        case Outcome.CLOSED:
                            self._end()
                        case Outcome.LOST:
                            log.warning("The phone is lost; the call is over.", extra=self.named)
                            self.hang_up("lost")
                        case Outcome.UNUSABLE:
                            log.warning(
                                "The phone's answer cannot be used; the call is over.",
                                extra=self.named,
                            )
                            self.refuse(Code.BAD_MESSAGE)
                        case Outcome.UNANSWERED:
                            log.info("The phone has not answered in time.", extra=self.named)
                            self.hang_up("lost")
                        case Outcome.RENEW:
                            failures, devices = 0, peer.keep_devices()
                        case Outcome.FAILED:
                            failures, devices = failures + 1, peer.keep_devices()
        finally:
            devices.close()
        gave_up = failures == MAX_FAILURES
        self._look_back(tried, gave_up=gave_up)
        if gave_up:
            self.hang_up("no_path")

    def _negotiate(self, offered: Offered, heard: float) -> Negotiation:
        """Send the offer of a new peer; `heard` is the time of the phone's last sign."""
        self._of_earlier_peers = self.totals or Totals()
        self.peer = offered.peer
        description = Description(self.session_id, offered.sdp, self._tell)
        negotiation = Negotiation(
            offered.peer,
            offered.generation,
            self._patience,
            heard,
            now=self._now(),
            answered=self.answered,
            ways=_Ways(self._hub, self, offered, self._events.put_nowait),
            offer=description.send,
            enter=self._enter,
        )
        if self.accepted:
            offered.peer.open_devices()
        offered.peer.gather(description.trickle)
        return negotiation

    def _look_back(self, tried: CandidateTypes | None, *, gave_up: bool) -> None:
        """Tell the owner if no connection came about."""
        since = self._answered_at
        enough = since is not None and self._now() - since >= ENOUGH
        if not gave_up and (self._connected or not enough):
            return
        servers = self.peer.server_records if self.peer else ()
        self.no_path = NoPath(self.session_id, self._now(), tried, advice(servers))
        log.warning(
            "No connection to the phone came about; %s. %s Candidates: %s.",
            "the call is given up" if gave_up else "the phone has left",
            self.no_path.advice,
            tried,
            extra=self.named,
        )

    def accept(self) -> bool:
        """Let the visitor in: open the devices for him. False: it does not ring."""
        if not self.ringing:
            return False
        self._ringing.stop()
        self.accepted = True
        self._enter(CallState.ACCEPTED)
        self._begin()
        if self.peer:
            with contained(self._part_failed):
                self.peer.open_devices()
        return True

    def decline(self) -> bool:
        """Do not let him in, and tell him so. False: it does not ring."""
        if not self.ringing:
            return False
        self._ringing.stop()
        self._happen(CallEventKind.DECLINED)
        self.hang_up("declined")
        return True

    def refuse(self, code: Code) -> None:
        """End the session with an error for the phone."""
        self._hub.end(self, code)
        self._end()

    def hang_up(self, reason: str | None = None) -> None:
        """End the session from this side, if it has not ended.

        `reason` is one that the web client has a sentence for (protocol.md, section 7).
        """
        self._tell(Hangup(self.session_id, reason))
        self._end()

    async def _next_offer(self) -> Offered:
        if self._connected:
            self.offers.candidates.renew(self._now())
        return await self.offers.next()

    async def _follow(self, negotiation: Negotiation) -> Outcome:
        while True:
            event = await self._next_event()
            if isinstance(event, Failed):
                raise event.error
            outcome = await negotiation.take(event, self._now()) if event else None
            heard = negotiation.heard
            outcome = outcome or negotiation.look(self._now())
            if negotiation.heard > heard:
                self._hub.note_alive(self)
            if outcome:
                return outcome

    async def _next_event(self) -> Event | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience.look):
                return await self._events.get()
        return None

    def _connection_changed(self, generation: int, state: str) -> None:
        self._events.put_nowait(Connection(generation, state))

    def _part_failed(self, error: Exception) -> None:
        self._events.put_nowait(Failed(error))

    def _tell(self, message: Offer | Candidate | Hangup) -> None:
        with contextlib.suppress(Refused):  # the session has just ended, and Closed is on its way
            self._hub.receive(self, message, size_of(message))

    def _settled(self) -> None:
        if self._hub.accompanied(self):
            self._ring()

    def _ring(self) -> None:
        if not self._rung and not self._asks:
            self._rung = True
            for announcer in self._announcers:
                announcer.ring()

    def _nobody_accepted(self) -> None:
        log.info("Nobody has answered the call.", extra=self.named)
        self.hang_up("no_answer")

    def _end(self) -> None:
        self.used.set()
        if not self._ended:
            self._ended = True
            if self._settling is not None:
                self._settling.cancel()
            if self.ringing:
                self._ringing.stop()
                self._happen(CallEventKind.MISSED)
            self._enter(CallState.ENDED)
            if self.begun_at is not None:
                self._happen(CallEventKind.ENDED, self._now() - self.begun_at)
            if self._connected:
                for announcer in self._announcers:
                    with contained(self._note):
                        announcer.ended(accepted=self.accepted)

    def fail(self, error: Exception) -> None:
        """Note what a part of the call has raised, and end the session for it."""
        self._note(error)
        self.refuse(Code.INTERNAL)

    def _note(self, error: Exception) -> None:
        log.error("The call failed: %s.", described(error), extra=self.named)

    def _enter(self, state: CallState) -> None:
        self.history.append(state)
        if state is CallState.ANSWERED and self._answered_at is None:
            self._answered_at = self._now()
        self._connected |= state is CallState.CONNECTED
        log.info("Call: %s.", state, extra={**self.named, "CALL_STATE": state.value})
        self._on_change()
        if state is CallState.ANSWERED and not self.accepted and not self.ringing:
            self._ringing.start()
            self._enter(CallState.RINGING)
            self._happen(CallEventKind.RINGING)
        if state is CallState.CONNECTED:
            log.info("Media go by candidates: %s.", self.candidate_types, extra=self.named)
            self._ring()
            if not self._asks and self.begun_at is None:
                self._happen(CallEventKind.RINGING)
                self._begin()

    def _begin(self) -> None:
        self.begun_at = self._now()
        self._happen(CallEventKind.ANSWERED)

    def _happen(self, kind: CallEventKind, duration: float | None = None) -> None:
        self._on_event(CallEvent(kind, self.number, duration))


class _Ways:
    """The ways to the phone of one offer."""

    def __init__(
        self, hub: Hub, call: Call, offered: Offered, tell: Callable[[Event], None]
    ) -> None:
        self._hub = hub
        self._call = call
        self._offered = offered
        self._tell = tell

    def ask_by_signaling(self) -> None:
        """Have the phone asked whether it is there."""
        self._hub.ping(self._call, lambda: self._tell(SignalingAnswered()))

    def check_path(self) -> None:
        """Have the way that media take checked."""
        generation = self._offered.generation
        self._offered.peer.check_path(
            lambda answered: self._tell(PathChecked(generation, answered))
        )

    def probe_path(self) -> None:
        """Send checks by that way for a second, whatever becomes of them."""
        self._offered.peer.check_path(lambda _answered: None)

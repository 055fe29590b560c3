"""The appliance always has a link that works, and serves the calls that come by it."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable, Sequence

from homecall_appliance.calls.answering import Answering
from homecall_appliance.calls.call import Announcer, Call
from homecall_appliance.calls.call_event import CallEvent
from homecall_appliance.calls.negotiation import Patience
from homecall_appliance.calls.no_path import NoPath
from homecall_appliance.calls.offers import Addresses, NewPeer
from homecall_appliance.faults.containment import contained
from homecall_appliance.signaling.hub import Hub
from homecall_appliance.signaling.messages import Code

log = logging.getLogger(__name__)


class Reception:
    """Keeps a link published that works, and serves the calls that come by it."""

    def __init__(
        self,
        hub: Hub,
        new_peer: NewPeer,
        *,
        addresses: Addresses | None,
        max_calls: int,
        max_duration: float,
        renew_after: float,
        on_change: Callable[[], None],
        on_event: Callable[[CallEvent], None] = lambda _: None,
        announcers: Sequence[Announcer],
        patience: Patience,
        answering: Answering = Answering(),  # noqa: B008 - it cannot change
    ) -> None:
        """`addresses`: offers are made ahead of the phones, and are good as long as it returns the
        same; None: each is made when its phone is there. `max_duration` and `renew_after` are
        seconds; the latter is the age of an unused link. `on_change` is called whenever a call has
        changed, and `on_event` with what has happened to it; neither raises."""
        self.calls: list[Call] = []
        """Those in progress, in the order in which their phones came: their numbers grow, from 1
        on, and none is given twice."""
        self.published: Call | None = None
        self.no_path: NoPath | None = None
        """The last call that did not come about."""
        self._hub = hub
        self._new_peer = new_peer
        self._addresses = addresses
        self._max_calls = max_calls
        self._max_duration = max_duration
        self._renew_after = renew_after
        self._on_change = on_change
        self._on_event = on_event
        self._announcers = announcers
        self._patience = patience
        self._answering = answering
        self._numbers = itertools.count(1)

    async def run(self) -> None:
        """Publish one session after the other; cancelled, it hangs up every call as `stopping`."""
        async with asyncio.TaskGroup() as group:
            while True:
                call = Call(
                    self._hub,
                    self._new_peer,
                    self._addresses,
                    patience=self._patience,
                    answering=self._answering,
                    on_change=self._on_change,
                    on_event=self._on_event,
                    announcers=self._announcers,
                )
                self.published = call
                call.publish()
                group.create_task(self._attend(call), name=f"call {call.session_id}")
                await call.offers.prepare()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._renew_after):
                        await call.used.wait()
                group.create_task(call.offers.discard())

    @property
    def connected(self) -> int:
        """How many calls are in progress whose phone has been connected."""
        return sum(call.connected for call in self.calls)

    async def look_at_addresses(self) -> None:
        """Let calls go on by other addresses where theirs are gone, and have the next offer made
        anew if the addresses of this machine have changed."""
        for call in self.calls:
            call.look_at_addresses()
        if self.published:
            await self.published.offers.prepare()

    @property
    def ringing(self) -> Call | None:
        """The call that the house rings for; of several the first."""
        return next((call for call in self.calls if call.ringing), None)

    @property
    def talking(self) -> Call | None:
        """The call in progress of a visitor who was let in; of several the first."""
        going_on = (call for call in self.calls if call.connected and not call.ended)
        return next((call for call in going_on if call.accepted), None)

    def accept(self) -> bool:
        """Let in the visitor that the house rings for; of several the one who came first. False:
        it rings for nobody."""
        return self.ringing is not None and self.ringing.accept()

    def decline(self) -> bool:
        """Tell him that nobody can answer now. False: it rings for nobody."""
        return self.ringing is not None and self.ringing.decline()

    def hang_up(self) -> int:
        """End every call, and decline who rings; returns how many there were."""
        calls = list(self.calls)
        for call in calls:
            if not call.decline():
                call.hang_up()
        return len(calls)

    def _has_room(self) -> bool:
        """Whether one more call may begin: only those count whose phone has been connected, and has
        not left its page since.

        Of the others the oldest gives way, first one that was not answered, then one that was not
        connected. A call that is over and whose connection is still being closed does not count.
        """
        going_on = [call for call in self.calls if not call.ended]
        if len(going_on) < self._max_calls:
            return True
        giving_way = [call for call in going_on if self._gives_way(call)]
        if not giving_way:
            return False
        oldest = min(giving_way, key=lambda call: (call.answered, call.connected))
        self.calls.remove(oldest)
        oldest.refuse(Code.BUSY)
        return True

    def _gives_way(self, call: Call) -> bool:
        away = self._hub.away_for(call)
        return not call.connected or (away is not None and away >= self._patience.reload)

    async def _attend(self, call: Call) -> None:
        try:
            with contained(call.fail):
                await self._serve(call)
        except asyncio.CancelledError:
            call.hang_up("stopping")
            raise
        finally:
            call.hang_up()
            self.no_path = call.no_path or self.no_path
            if call in self.calls:
                self.calls.remove(call)
            self._on_change()
            await call.offers.discard()

    async def _serve(self, call: Call) -> None:
        if not await call.wait():
            return
        if not self._has_room():
            call.refuse(Code.BUSY)
            return
        call.number = next(self._numbers)
        self.calls.append(call)
        longest = asyncio.timeout(self._max_duration)
        try:
            async with longest:
                await call.serve()
        except TimeoutError:
            if not longest.expired():  # it is one of the libraries': the call has failed
                raise
            log.info("The call has reached its longest duration.", extra=call.named)
            call.hang_up("max_duration")

"""Tells events by MQTT, and takes what its buttons command."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol, assert_never

from homecall_appliance.events.call_state import CallState, CallStates
from homecall_appliance.events.event import Event
from homecall_appliance.events.mqtt.connection import Access, BrokerError, Connection, connected
from homecall_appliance.events.mqtt.packets import ConnAck, Message, PingResp, SubAck
from homecall_appliance.events.mqtt.topics import Button, Topics
from homecall_appliance.events.outbox import Outbox
from homecall_appliance.network.host_lookup import HostLookup

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pauses:
    """Seconds that pass by themselves."""

    first: float = 1.0
    """Until a connection is tried again."""

    longest: float = 60.0
    """The same at most: each pause is twice the last."""

    settled: float = 60.0
    """After which a connection is taken for a good one: the next pause is the first again."""

    packet: float = 0.05
    """Between two packets of the broker: it has nothing to say but commands, and that it is there.
    Whoever sends more has to wait; TCP sees to that."""


class CallControl(Protocol):
    """What buttons command. Each does nothing where there is nothing to do it to."""

    def answer(self) -> int:
        """Answer who rings; return how many calls were answered."""
        ...

    def decline(self) -> int:
        """Decline who rings; return how many calls were declined."""
        ...

    def hang_up(self) -> int:
        """End every call; return how many there were."""
        ...

    def open_door(self) -> bool:
        """Open the door; return whether it was."""
        ...


class MqttClient:
    """A client of a broker that connects again and again."""

    def __init__(
        self,
        access: Access,
        topics: Topics,
        control: CallControl,
        pauses: Pauses | None = None,
        lookup: HostLookup | None = None,
    ) -> None:
        """`control` does what the buttons of `topics` command; `lookup` finds the broker."""
        self._access = access
        self._topics = topics
        self._control = control
        self._pauses = pauses or Pauses()
        self._lookup = lookup or HostLookup()
        self._outbox = Outbox()
        self._unsent = 0
        self._states = CallStates()
        self._said: CallState | None = None
        self._pause = self._pauses.first
        self._complaint = ""

    @property
    def lost(self) -> int:
        """How many events were never sent. One that was may not have arrived: a connection may be
        dead for half a minute before anyone notices."""
        return self._outbox.dropped + self._unsent

    def tell(self, event: Event) -> None:
        """Have an event told; never blocks, never raises."""
        self._states.follow(event)
        self._outbox.put(event)

    async def run(self) -> NoReturn:
        """Be connected, until cancelled. The journal has the reason for not being so, but not the
        same twice before a connection has lasted."""
        while True:
            try:
                async with connected(self._access, self._lookup, self._topics.will) as connection:
                    await self._serve(connection)
            except* BrokerError as errors:
                self._complain(errors)
            _heed_cancellation()
            await asyncio.sleep(self._pause)
            self._pause = min(2 * self._pause, self._pauses.longest)

    async def _serve(self, connection: Connection) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(connection.keep_alive())
            group.create_task(self._obey(connection))
            group.create_task(self._settle())
            await self._send_events(connection)

    async def _send_events(self, connection: Connection) -> NoReturn:
        if commands := self._topics.commands:
            await connection.subscribe(commands)
        self._said = self._states.state
        await _publish(connection, self._topics.greeting(self._said))
        while True:
            event = await self._outbox.get()
            sent = False
            try:
                await _publish(connection, self._topics.event(event))
                sent = True
            finally:
                self._unsent += not sent
            if self._said is not self._states.state:
                self._said = self._states.state
                await connection.publish(self._topics.state(self._said))

    async def _obey(self, connection: Connection) -> NoReturn:
        while True:
            packet = await connection.receive()
            match packet:
                case Message():
                    if button := self._topics.pressed(packet):
                        self._press(button)
                case SubAck(refused=True):
                    self._tell_once(
                        "The broker does not let the appliance read its buttons' topics."
                    )
                case SubAck() | PingResp():
                    pass
                case ConnAck():
                    raise BrokerError("it does not keep to MQTT 3.1.1")
                case _:
                    assert_never(packet)
            await asyncio.sleep(self._pauses.packet)

    def _press(self, button: Button) -> None:
        match button:
            case Button.ANSWER:
                done = self._control.answer()
            case Button.DECLINE:
                done = self._control.decline()
            case Button.HANG_UP:
                done = self._control.hang_up()
            case Button.OPEN:
                done = self._control.open_door()
            case _:
                assert_never(button)
        if done:
            log.info("By MQTT, the button %s was pressed.", button)

    async def _settle(self) -> None:
        await asyncio.sleep(self._pauses.settled)
        self._pause = self._pauses.first
        if self._complaint:
            log.info("The broker of mqtt.host is connected; events lost so far: %d.", self.lost)
            self._complaint = ""

    def _complain(self, errors: BaseExceptionGroup[BrokerError]) -> None:
        first: BaseException = errors
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        self._tell_once(
            f"No connection to the broker {self._access.host}: {first}. It is tried again."
        )

    def _tell_once(self, complaint: str) -> None:
        if complaint != self._complaint:
            self._complaint = complaint
            log.warning(complaint)


def _heed_cancellation() -> None:
    """Raise the cancellation of the task that runs, if there is one. A TaskGroup that has a task
    fail forgets the one that comes at the same moment (python/cpython#116720; not in 3.13)."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _publish(connection: Connection, messages: Sequence[Message]) -> None:
    for each in messages:
        await connection.publish(each)

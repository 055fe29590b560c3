"""All that events are told to."""

import asyncio
from collections.abc import Sequence
from typing import NoReturn, Protocol

from homecall_appliance.config.model import Events, Mqtt
from homecall_appliance.events.command import Command
from homecall_appliance.events.event import Event
from homecall_appliance.events.mqtt.client import CallControl, MqttClient
from homecall_appliance.events.mqtt.connection import Access
from homecall_appliance.events.mqtt.topics import Button, Topics, machine_mark
from homecall_appliance.events.sender import Sender
from homecall_appliance.events.webhook import Post, Webhook


class Recipient(Protocol):
    """What events are told to."""

    @property
    def lost(self) -> int:
        """How many events it has not got."""
        ...

    def tell(self, event: Event) -> None:
        """Have an event told; never blocks, never raises."""
        ...

    async def run(self) -> NoReturn:
        """Tell events, until cancelled."""
        ...


class Teller:
    """Tells each event to all recipients, of which none waits for another."""

    def __init__(self, recipients: Sequence[Recipient]) -> None:
        self._recipients = recipients

    @property
    def lost(self) -> int:
        """How many events a recipient has not got, counted for each."""
        return sum(each.lost for each in self._recipients)

    def tell(self, event: Event) -> None:
        """Have an event told; never blocks, never raises."""
        for each in self._recipients:
            each.tell(event)

    async def run(self) -> NoReturn:
        """Tell events, until cancelled; within a second nothing is left of it then."""
        async with asyncio.TaskGroup() as group:
            for each in self._recipients:
                group.create_task(each.run())
            await asyncio.get_running_loop().create_future()
        raise AssertionError("what is never done has ended")


def create_teller(
    events: Events,
    mqtt: Mqtt,
    *,
    control: CallControl,
    post: Post,
    door: bool,
    machine_id: str,
) -> Teller:
    """Return what tells events as it is configured; with nothing configured, nobody.

    `control` does what buttons command, `post` posts to the webhook; `door`: there is one that can
    be opened; `machine_id` is the text of machine-id(5), or whatever else names this machine.
    """
    recipients: list[Recipient] = []
    if events.command:
        recipients.append(Sender("events.command", Command(events.command).deliver))
    if events.webhook:
        recipients.append(Sender("events.webhook", Webhook(events.webhook, post).deliver))
    if mqtt.host:
        mark = machine_mark(machine_id)
        topics = Topics(
            mqtt.topic, mark, mqtt.discovery_prefix, wanted_buttons(mqtt.buttons, door=door)
        )
        recipients.append(MqttClient(broker_access(mqtt, mark), topics, control))
    return Teller(recipients)


def broker_access(mqtt: Mqtt, mark: str) -> Access:
    """Return where the broker is that is configured; `mark` is that of `machine_mark`."""
    return Access(
        host=mqtt.host,
        port=mqtt.broker_port,
        client_id=f"homecall_{mark}",
        username=mqtt.username,
        password=mqtt.password,
        tls=mqtt.tls,
        ca_certificate=mqtt.ca_certificate,
    )


def wanted_buttons(named: Sequence[str], *, door: bool) -> list[Button]:
    """Return the buttons of `mqtt.buttons`, each once; that of the door only where there is one."""
    return [each for each in Button if each in named and (door or each is not Button.OPEN)]

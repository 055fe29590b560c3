"""What the appliance says by MQTT, on which topics, and how Home Assistant finds it. PURE.

The keys of the discovery are those of https://www.home-assistant.io/integrations/mqtt/ ("Device
discovery payload") and of its pages on the platforms event, sensor and button.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from homecall_appliance import __version__
from homecall_appliance.events.call_state import CallState
from homecall_appliance.events.event import Event, Kind
from homecall_appliance.events.mqtt.packets import Message

PRESS = b"PRESS"
"""What a button sends (payload_press)."""

ONLINE, OFFLINE = b"online", b"offline"

_NAME = "HomeCall Appliance"
_APPLICATION = b"homecall-appliance"
_ID_DIGITS = 16


class Button(StrEnum):
    """What may be commanded, by the names of `mqtt.buttons`."""

    ANSWER = "answer"
    DECLINE = "decline"
    HANG_UP = "hang_up"
    OPEN = "open"


_LABELS = {
    Button.ANSWER: ("Answer", "mdi:phone"),
    Button.DECLINE: ("Decline", "mdi:phone-off"),
    Button.HANG_UP: ("Hang up", "mdi:phone-hangup"),
    Button.OPEN: ("Open the door", "mdi:door-open"),
}
"""The name and the icon of each."""


def machine_mark(machine_id: str) -> str:
    """Return the id of this machine for a broker: 16 hexadecimal digits that are the same at each
    start, and from which the machine's own id cannot be told (machine-id(5) asks for that)."""
    digest = hmac.new(machine_id.strip().encode(), _APPLICATION, hashlib.sha256)
    return digest.hexdigest()[:_ID_DIGITS]


@dataclass(frozen=True)
class Topics:
    """The topics of one appliance, and what is said there."""

    prefix: str
    """`mqtt.topic`."""

    mark: str
    """See machine_mark."""

    discovery_prefix: str
    """`mqtt.discovery_prefix`; empty: no discovery."""

    buttons: Sequence[Button]
    """Those that are there."""

    @property
    def will(self) -> Message:
        """What the broker is to say when the connection is lost."""
        return Message(self._topic("availability"), OFFLINE, retain=True)

    def greeting(self, state: CallState) -> list[Message]:
        """Return what is said first on a new connection."""
        online = Message(self._topic("availability"), ONLINE, retain=True)
        return [*self._discovery(), self.state(state), online]

    def state(self, state: CallState) -> Message:
        """Return what is said of the state of the calls."""
        return Message(self._topic("state"), _json({"state": state}), retain=True)

    def event(self, event: Event) -> list[Message]:
        """Return what is said of an event. Nothing of it is kept: a bell that rings once more when
        Home Assistant starts would be none."""
        told = event.to_json()
        messages = [Message(self._topic("event"), _json({"event_type": event.kind, **told}))]
        if event.kind is Kind.RINGING:
            ring = {"event_type": "ring", "call": told["call"], "time": told["time"]}
            messages.append(Message(self._topic("doorbell"), _json(ring)))
        return messages

    @property
    def commands(self) -> list[str]:
        """The topics on which buttons send."""
        return [self._command(button) for button in self.buttons]

    def pressed(self, message: Message) -> Button | None:
        """Return the button that a message presses. One that the broker has kept presses none: the
        door would open whenever the appliance connects."""
        if message.retain or message.payload != PRESS:
            return None
        return next((each for each in self.buttons if self._command(each) == message.topic), None)

    def _topic(self, *levels: str) -> str:
        return "/".join((self.prefix, self.mark, *levels))

    def _command(self, button: Button) -> str:
        return self._topic("command", button)

    def _discovery(self) -> list[Message]:
        """Buttons that are not there any more are taken back first, as the documentation says."""
        if not self.discovery_prefix:
            return []
        topic = f"{self.discovery_prefix}/device/homecall_{self.mark}/config"
        components = self._entities()
        gone: dict[str, Any] = {
            each: {"platform": "button"} for each in Button if each not in components
        }
        device = self._device()
        final = Message(topic, _json({**device, "components": components}), retain=True)
        if not gone:
            return [final]
        return [Message(topic, _json({**device, "components": {**components, **gone}})), final]

    def _device(self) -> dict[str, Any]:
        return {
            "device": {
                "identifiers": [f"homecall_{self.mark}"],
                "name": _NAME,
                "manufacturer": "HomeCall",
                "model": _NAME,
                "sw_version": __version__,
            },
            "origin": {"name": _NAME, "sw_version": __version__},
            "availability_topic": self._topic("availability"),
        }

    def _entities(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "doorbell": {
                "platform": "event",
                "name": "Doorbell",
                "device_class": "doorbell",
                "event_types": ["ring"],
                "state_topic": self._topic("doorbell"),
            },
            "call": {
                "platform": "sensor",
                "name": "Call",
                "device_class": "enum",
                "options": [*CallState],
                "icon": "mdi:doorbell-video",
                "state_topic": self._topic("state"),
                "value_template": "{{ value_json.state }}",
            },
            "event": {
                "platform": "event",
                "name": "Last event",
                "icon": "mdi:history",
                "event_types": [*Kind],
                "state_topic": self._topic("event"),
            },
        }
        for button in self.buttons:
            name, icon = _LABELS[button]
            found[button] = {
                "platform": "button",
                "name": name,
                "icon": icon,
                "command_topic": self._command(button),
                "payload_press": PRESS.decode(),
            }
        for name, entity in found.items():
            entity["unique_id"] = f"homecall_{self.mark}_{name}"
        return found


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()

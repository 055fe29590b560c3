"""What Home Assistant makes of messages, by its documentation of November 2026.

https://www.home-assistant.io/integrations/ has the pages mqtt ("Device discovery payload"),
event.mqtt, sensor.mqtt and button.mqtt. A key that is not documented is refused here, where Home
Assistant passes over it.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

TOPIC = re.compile(r"homeassistant/device/(?:[a-zA-Z0-9_-]+/)?([a-zA-Z0-9_-]+)/config")

DEVICE = {
    *("configuration_url", "connections", "hw_version", "identifiers", "manufacturer", "model"),
    *("model_id", "name", "serial_number", "suggested_area", "sw_version", "via_device"),
}
ORIGIN = {"name", "sw_version", "support_url"}
AVAILABILITY = {
    *("availability", "availability_mode", "availability_template", "availability_topic"),
    *("payload_available", "payload_not_available"),
}
SHARED = AVAILABILITY | {"command_topic", "state_topic", "qos", "encoding"}
ENTITY = AVAILABILITY | {
    *("default_entity_id", "device_class", "enabled_by_default", "encoding", "entity_category"),
    *("entity_picture", "icon", "json_attributes_template", "json_attributes_topic", "name"),
    *("platform", "qos", "unique_id"),
}
PLATFORMS = {
    # Each with what is required, and what is allowed besides.
    "event": ({"state_topic", "event_types"}, {"value_template"}),
    "sensor": (
        {"state_topic"},
        {
            *("expire_after", "force_update", "last_reset_value_template", "options"),
            *("state_class", "suggested_display_precision", "unit_of_measurement"),
            "value_template",
        },
    ),
    "button": ({"command_topic"}, {"command_template", "payload_press", "retain"}),
}
DEVICE_CLASSES = {
    "event": {"button", "doorbell", "motion"},
    "button": {"identify", "restart", "update"},
}


@dataclass
class HomeAssistant:
    """The entities that it has, by their unique ids."""

    entities: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_component: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def discover(self, topic: str, payload: bytes) -> None:
        """Take a message of discovery in."""
        match = TOPIC.fullmatch(topic)
        assert match, topic
        told = json.loads(payload)
        assert told.keys() <= {"device", "origin", "components"} | SHARED
        assert told["device"].keys() <= DEVICE
        assert told["device"]["identifiers"] or told["device"]["connections"]
        assert "name" in told["origin"]
        assert told["origin"].keys() <= ORIGIN
        shared = {key: value for key, value in told.items() if key in SHARED}
        for name, component in told["components"].items():
            key = (match[1], component["platform"], name)
            if component.keys() == {"platform"}:
                self.entities.pop(self.by_component.pop(key, ""), None)
                continue
            self.by_component[key] = component["unique_id"]
            self.entities[component["unique_id"]] = self._entity({**shared, **component})

    def named(self, name: str) -> dict[str, Any]:
        """The entity that people see by this name."""
        (found,) = (each for each in self.entities.values() if each["name"] == name)
        return found

    @staticmethod
    def _entity(entity: dict[str, Any]) -> dict[str, Any]:
        required, allowed = PLATFORMS[entity["platform"]]
        assert required <= entity.keys()
        assert entity.keys() <= required | allowed | ENTITY
        for key, value in entity.items():
            if key.endswith("_topic"):
                assert value
                assert not set(value) & set("+#\0")
        kind = entity.get("device_class")
        if kind and entity["platform"] in DEVICE_CLASSES:
            assert kind in DEVICE_CLASSES[entity["platform"]]
        if entity["platform"] == "sensor" and "options" in entity:
            assert kind == "enum"
            assert entity["options"]
            assert not entity.keys() & {"state_class", "unit_of_measurement"}
        if icon := entity.get("icon"):
            assert icon.startswith("mdi:")
        return entity


def sensor_value(entity: dict[str, Any], payload: bytes) -> str:
    """What a sensor shows after a message."""
    match = re.fullmatch(r"\{\{ value_json\.(\w+) \}\}", entity["value_template"])
    assert match
    value = str(json.loads(payload)[match[1]])
    assert value in entity["options"]
    return value


def event_type(entity: dict[str, Any], payload: bytes) -> str:
    """What an event entity has seen after a message; further keys are its attributes."""
    kind = str(json.loads(payload)["event_type"])
    assert kind in entity["event_types"]
    return kind

"""What is said by MQTT, as Home Assistant reads it."""

import json
import re

import pytest

from homecall_appliance.events.call_state import CallState
from homecall_appliance.events.event import Kind
from homecall_appliance.events.mqtt.packets import Message
from homecall_appliance.events.mqtt.topics import Button, Topics, machine_mark
from tests.events.home_assistant import HomeAssistant, event_type, sensor_value
from tests.events.mqtt_world import BASE, DISCOVERY, MARK, topics
from tests.events.told import event

ADDRESS = re.compile(rb"\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f]*:[0-9a-f:]+", re.IGNORECASE)


def discovered(*versions: Topics) -> HomeAssistant:
    """What Home Assistant has, whom each of these has greeted in its turn."""
    found = HomeAssistant()
    for each in versions:
        for message in each.greeting(CallState.IDLE):
            if message.topic == DISCOVERY:
                found.discover(message.topic, message.payload)
    return found


def test_the_mark_is_the_same_at_each_start_and_does_not_give_the_machine_away() -> None:
    machine = "0123456789abcdef0123456789abcdef"
    assert machine_mark(machine) == machine_mark(machine + "\n") == MARK
    assert re.fullmatch("[0-9a-f]{16}", MARK)
    assert machine_mark("f" * 32) != MARK
    assert MARK not in machine


def test_the_bell_is_a_doorbell() -> None:
    bell = discovered(topics()).named("Doorbell")
    assert (bell["platform"], bell["device_class"]) == ("event", "doorbell")
    rings = [each for each in topics().event(event()) if each.topic == bell["state_topic"]]
    assert [event_type(bell, each.payload) for each in rings] == ["ring"]
    for kind in Kind:
        if kind is not Kind.RINGING:
            told = topics().event(event(kind))
            assert bell["state_topic"] not in {each.topic for each in told}


@pytest.mark.parametrize("state", CallState)
def test_the_state_of_the_call_is_one_of_its_options(state: CallState) -> None:
    call = discovered(topics()).named("Call")
    message = topics().state(state)
    assert (message.topic, message.retain) == (call["state_topic"], True)
    assert sensor_value(call, message.payload) == state


@pytest.mark.parametrize("kind", Kind)
def test_every_event_is_the_last_event(kind: Kind) -> None:
    last = discovered(topics()).named("Last event")
    (told,) = (each for each in topics().event(event(kind)) if each.topic == last["state_topic"])
    assert event_type(last, told.payload) == kind
    assert not told.retain
    assert json.loads(told.payload).items() >= event(kind).to_json().items()


def test_there_is_no_button_unless_it_is_named() -> None:
    found = discovered(topics())
    assert {each["name"] for each in found.entities.values()} == {"Doorbell", "Call", "Last event"}
    assert topics().commands == []


@pytest.mark.parametrize(
    ("button", "name"),
    [
        (Button.ANSWER, "Answer"),
        (Button.DECLINE, "Decline"),
        (Button.HANG_UP, "Hang up"),
        (Button.OPEN, "Open the door"),
    ],
)
def test_a_button_presses_what_it_names(button: Button, name: str) -> None:
    spoken = topics([*Button])
    entity = discovered(spoken).named(name)
    press = Message(entity["command_topic"], entity["payload_press"].encode())
    assert spoken.pressed(press) is button
    assert press.topic in spoken.commands
    assert not entity.get("retain")


@pytest.mark.parametrize(
    "message",
    [
        Message(f"{BASE}/command/open", b"PRESS", retain=True),
        Message(f"{BASE}/command/open", b""),
        Message(f"{BASE}/command/open", b"press"),
        Message(f"{BASE}/command/open", b"\xff" * 4000),
        Message(f"{BASE}/command/hang_up", b"PRESS"),
        Message(f"{BASE}/command/", b"PRESS"),
        Message("homecall/0000000000000000/command/open", b"PRESS"),
    ],
)
def test_nothing_else_presses_a_button(message: Message) -> None:
    assert topics([Button.OPEN]).pressed(message) is None


def test_a_button_that_is_not_wanted_any_more_goes() -> None:
    every, few = topics([*Button]), topics([Button.DECLINE])
    found = discovered(every, few)
    names = {each["name"] for each in found.entities.values()}
    assert names == {"Doorbell", "Call", "Last event", "Decline"}
    assert discovered(every, few, every).entities == discovered(every).entities


def test_what_the_broker_keeps_is_whole() -> None:
    """The message that takes buttons back is not kept: a component without options is none."""
    kept = [each for each in topics().greeting(CallState.IDLE) if each.retain]
    (config,) = (json.loads(each.payload) for each in kept if each.topic == DISCOVERY)
    assert all("unique_id" in each for each in config["components"].values())


def test_ids_are_unique_and_survive_a_restart() -> None:
    found = discovered(topics([*Button]))
    assert found.entities.keys() == discovered(topics([*Button])).entities.keys()
    assert len(found.entities) == 3 + len(Button)
    assert all(MARK in each for each in found.entities)


def test_every_entity_is_there_as_long_as_the_appliance() -> None:
    spoken = topics([*Button])
    for entity in discovered(spoken).entities.values():
        assert entity["availability_topic"] == spoken.will.topic
    assert spoken.will.payload == b"offline"
    assert spoken.greeting(CallState.IDLE)[-1] == Message(spoken.will.topic, b"online", retain=True)


def test_nothing_has_an_address_in_it() -> None:
    spoken = topics([*Button])
    said = [*spoken.greeting(CallState.IDLE), spoken.will, *spoken.event(event())]
    for each in said:
        without_times = re.sub(rb'"time": "[^"]*"', b"", each.payload)
        assert not ADDRESS.search(without_times)
        assert not ADDRESS.search(each.topic.encode())

"""The daemon with all recipients of events there are, some of which hang: calls in a row, each let
in by a button of MQTT, and what Home Assistant hears of them."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.events.home_assistant import HomeAssistant, event_type, sensor_value
from tests.support.appliance import Appliance, Tables
from tests.support.caller import Caller, calling
from tests.support.program import program, runs, said
from tests.support.rigs.mosquitto import ADDRESS, PASSWORD, USER, Broker, Subscriber

pytestmark = [pytest.mark.apt, pytest.mark.long, pytest.mark.timeout(300)]

CALLS = 10
FRAMES = 5
"""Of picture and of sound, that each call must get."""

STORY = [
    *(("event", "ringing"), ("doorbell", "ring"), ("state", "ringing")),
    *(("event", "answered"), ("state", "talking")),
    *(("event", "ended"), ("state", "idle")),
]
"""What is told of a call, in order."""

ENTITIES = {
    "Doorbell": ("event", "state_topic", "doorbell"),
    "Call": ("sensor", "state_topic", "state"),
    "Last event": ("event", "state_topic", "event"),
    "Answer": ("button", "command_topic", "command/answer"),
    "Decline": ("button", "command_topic", "command/decline"),
    "Hang up": ("button", "command_topic", "command/hang_up"),
}
"""Each with its platform, and which topic it has."""


@dataclass
class House:
    """An appliance, and what Home Assistant knows of it."""

    appliance: Appliance
    broker: Broker
    heard: Subscriber
    home_assistant: HomeAssistant
    from_answer: list[float] = field(default_factory=list)
    """Of each call, the seconds from the phone's answer to its first frame."""

    from_button: list[float] = field(default_factory=list)
    """The same from when the broker had the press of the button."""

    async def call(self, number: int) -> None:
        """Make a call, this one of its number, and look at what is told of it."""
        loop = asyncio.get_running_loop()
        async with calling(self.appliance) as caller:
            answered = loop.time()
            told = await self.until("Call", "ringing")
            button = self.home_assistant.named("Answer")
            await self.broker.publish(button["command_topic"], button["payload_press"])
            pressed = loop.time()
            await caller.frames("video", 1)
            self.from_answer.append(loop.time() - answered)
            self.from_button.append(loop.time() - pressed)
            await self.enough(caller)
            await caller.hang_up()
            told += await self.until("Call", "idle")
        assert [each[:2] for each in told] == STORY
        assert {call for entity, _, call in told if entity != "state"} == {number}

    async def enough(self, caller: Caller) -> None:
        """Wait for the frames that each call must get."""
        await asyncio.gather(caller.frames("video", FRAMES), caller.frames("audio", FRAMES))

    async def until(self, name: str, value: str) -> list[tuple[str, str, int | None]]:
        """Wait until an entity has this value; return what came before, and it."""
        found: list[tuple[str, str, int | None]] = []
        while not found or found[-1][:2] != (ENTITIES[name][2], value):
            message = await self.heard.next()
            for each in self.home_assistant.entities.values():
                if each.get("state_topic") == message.topic:
                    read = sensor_value if each["platform"] == "sensor" else event_type
                    payload = message.payload.encode()
                    call = json.loads(payload).get("call")
                    found.append((ENTITIES[each["name"]][2], read(each, payload), call))
        return found


@asynccontextmanager
async def house(broker: Broker, events: dict[str, str]) -> AsyncIterator[House]:
    overrides: Tables = {
        "call": {"answer": "ask"},
        "camera": {"backend": "test-pattern", "width": 320, "height": 180, "framerate": 15},
        "mqtt": {
            "host": ADDRESS,
            "port": broker.port,
            "username": USER,
            "password": PASSWORD,
            "buttons": ["answer", "decline", "hang_up"],
        },
        "events": events,
    }
    async with (
        broker.hearing("homeassistant/#", "homecall/#") as heard,
        Appliance.running(overrides) as appliance,
    ):
        home_assistant, online = HomeAssistant(), False
        while not online:
            message = await heard.next()
            if message.topic.startswith("homeassistant/"):
                home_assistant.discover(message.topic, message.payload.encode())
            online = not message.kept and message.payload == "online"
        yield House(appliance, broker, heard, home_assistant)


@asynccontextmanager
async def silent_server() -> AsyncIterator[tuple[str, list[bytes]]]:
    """A web server that takes what is posted and never answers: its address, and what it got."""
    got: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            got.append(data)
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook", got


def discovered(home_assistant: HomeAssistant) -> dict[str, Any]:
    """Its entities as ENTITIES has them."""
    found = {}
    for each in home_assistant.entities.values():
        kind = "command_topic" if each["platform"] == "button" else "state_topic"
        _, mark, rest = each[kind].split("/", 2)
        assert each["availability_topic"] == f"homecall/{mark}/availability"
        assert mark in each["unique_id"]
        found[each["name"]] = (each["platform"], kind, rest)
    return found


@pytest.fixture
async def other_broker(tmp_path: Path) -> AsyncIterator[Broker]:
    """One for another daemon of this machine, which has the same client id."""
    (folder := tmp_path / "other").mkdir()
    made = Broker(folder)
    try:
        yield await made.start()
    finally:
        made.stop()


async def test_no_call_is_late(broker: Broker, other_broker: Broker, tmp_path: Path) -> None:
    """The calls of two daemons in turn: whatever else this machine has to do is in the way of both,
    and each has as long a pause between two calls."""
    never_ends = program(tmp_path, "trap '' TERM; echo $$ >>said; while :; do sleep 1; done")
    async with (
        silent_server() as (hook, got),
        house(broker, {}) as quiet,
        house(other_broker, {"command": never_ends, "webhook": hook}) as hanging,
    ):
        for made in (quiet, hanging):
            assert discovered(made.home_assistant) == ENTITIES
        for number in range(1, CALLS + 1):
            for made in (quiet, hanging):
                await made.call(number)
        assert b"".join(got).startswith(b"POST /hook "), "the server was asked"
        while not (await hanging.appliance.status())["eventsLost"]:  # noqa: ASYNC110
            await asyncio.sleep(0.5)
        assert (await quiet.appliance.status())["eventsLost"] == 0
        pids = [int(each) for each in said(tmp_path)]
        assert runs(pids[-1]), "the command still runs"
        ends = []
        for made in (quiet, hanging):
            with stopwatch() as seconds:
                await made.appliance.stop()
            ends += seconds
        assert not any(map(runs, pids)), "nothing is left of what never ends"

    for name in ("from_answer", "from_button"):
        before, after = (median(getattr(each, name)) for each in (quiet, hanging))
        print(
            f"the first frame, {name.replace('_', ' the ')}, median of {CALLS} calls: "
            f"{before:.3f} s, with recipients that hang {after:.3f} s ({after / before:.2f} times)"
        )
    print("the daemon's end: {:.2f} s, with recipients that hang {:.2f} s".format(*ends))


@contextmanager
def stopwatch() -> Iterator[list[float]]:
    """Seconds that what is within took, when it is over."""
    loop, found = asyncio.get_running_loop(), list[float]()
    begin = loop.time()
    yield found
    found.append(loop.time() - begin)

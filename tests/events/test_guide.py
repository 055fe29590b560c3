"""What docs/events.md tells an owner is what happens."""

import asyncio
import json
import re
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from homecall_appliance.config.model import Events, Mqtt
from homecall_appliance.events import command, outbox
from homecall_appliance.events.call_state import CallState
from homecall_appliance.events.command import Command
from homecall_appliance.events.event import Kind
from homecall_appliance.events.mqtt.connection import LONGEST
from homecall_appliance.events.mqtt.topics import PRESS, Button
from homecall_appliance.events.teller import broker_access, wanted_buttons
from tests.events.home_assistant import HomeAssistant
from tests.events.mqtt_world import BASE, DISCOVERY, MARK, House, client, topics
from tests.events.told import event
from tests.support.address import free_port
from tests.support.rigs.mosquitto import ADDRESS, PASSWORD, USER, Broker
from tests.support.rigs.packages import REPOSITORY
from tests.support.rigs.programs import program

PAGE = (REPOSITORY / "docs" / "events.md").read_text()


def chapter(title: str) -> str:
    return re.split(r"^#+ ", PAGE.partition(f"# {title}\n")[2], flags=re.MULTILINE)[0]


def blocks(kind: str, text: str = PAGE) -> list[str]:
    found = re.findall(rf"^( *)```{kind}\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    return [re.sub(f"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def rows(text: str) -> list[list[str]]:
    """The cells of a table's lines, without its head."""
    lines = re.findall(r"^\| (.*) \|$", text, re.MULTILINE)
    return [[cell.strip() for cell in line.split(" | ")] for line in lines][2:]


def settings(title: str) -> dict[str, dict[str, object]]:
    return tomllib.loads(blocks("toml", chapter(title))[0])


def test_an_event_is_what_is_shown() -> None:
    (shown,) = (json.loads(each) for each in blocks("json"))
    assert shown.keys() == event(Kind.ENDED).to_json().keys()
    assert {type(each) for each in shown.values()} == {str, int, float}


def test_the_kinds_are_told() -> None:
    assert [first.strip("`") for first, _ in rows(chapter("What an event is"))] == [*Kind]


def test_the_bounds_are_told() -> None:
    assert (outbox.ROOM, outbox.LONGEST_WAIT, command.TIME_LIMIT) == (32, 60.0, 10.0)
    assert "At most 32 events wait" in PAGE
    assert "longer than a minute" in PAGE
    assert "It has ten seconds" in PAGE
    assert 10 * len(f"{BASE}/command/{Button.HANG_UP}") < LONGEST


@asynccontextmanager
async def server() -> AsyncIterator[tuple[str, list[str]]]:
    """The address of one, and what is posted to it."""
    posted = []

    async def take(request: web.Request) -> web.Response:
        posted.append(await request.text())
        return web.Response()

    app = web.Application()
    app.router.add_post("/our-door", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{port}", posted
    finally:
        await runner.cleanup()


async def test_the_program_works(tmp_path: Path) -> None:
    (script,) = blocks("python")
    assert script.startswith("#!/usr/bin/python3\n")
    assert settings("A program")["events"]["command"] == "/etc/homecall-appliance/bell"
    async with server() as (url, posted):
        path = tmp_path / "bell"
        path.write_text(
            script.replace("/usr/bin/python3", sys.executable).replace("https://ntfy.example", url)
        )
        path.chmod(0o750)
        for kind in Kind:
            await Command(str(path)).deliver(event(kind))
    assert posted == ["Somebody is at the door.", "Somebody was at the door."]


def test_the_webhook_is_the_one_that_the_automation_takes() -> None:
    url = Events(**settings("A web server")["events"]).webhook  # type: ignore[arg-type]
    (automation,) = blocks("yaml", chapter("A web server"))
    assert url.endswith("/api/webhook/" + automation.partition("webhook_id: ")[2].split()[0])
    assert "allowed_methods: [POST]" in automation
    (key, kind) = re.findall(r"trigger\.json\.(\w+) == '(\w+)'", automation)[0]
    assert event(Kind(kind)).to_json()[key] == kind == "ringing"


def test_the_entities_are_told() -> None:
    found = HomeAssistant()
    for message in topics([*Button]).greeting(CallState.IDLE):
        if message.topic == DISCOVERY:
            found.discover(message.topic, message.payload)
            device = json.loads(message.payload)["device"]["name"]
    told = [first for first, _ in rows(chapter("Home Assistant, by MQTT"))]
    names = [name for each in told for name in each.split(", ")]
    assert names == [each["name"] for each in found.entities.values()]
    assert all(f"`{each}`" in chapter("Home Assistant, by MQTT") for each in CallState)
    # Home Assistant makes an entity's id of the names of the device and of the entity.
    slug = f"{device} {names[0]}".lower().replace(" ", "_")
    assert f"entity_id: event.{slug}" in blocks("yaml", chapter("Home Assistant, by MQTT"))[0]
    assert f'"{device}"' in PAGE


def test_the_buttons_are_told() -> None:
    mqtt = Mqtt(**settings("The buttons")["mqtt"])  # type: ignore[arg-type]
    assert wanted_buttons(mqtt.buttons, door=True) == [*Button]
    assert settings("Home Assistant, by MQTT")["mqtt"].get("buttons", ()) == Mqtt().buttons == ()


def test_the_broker_may_have_a_certificate_of_its_own() -> None:
    table = tomllib.loads(blocks("toml", chapter("The buttons"))[1])["mqtt"]
    access = broker_access(Mqtt(**table), MARK)
    assert (access.tls, access.ca_certificate) == (True, "/etc/homecall-appliance/ca.pem")


def test_the_topics_are_told() -> None:
    spoken = topics([Button.ANSWER])
    said = [*spoken.greeting(CallState.IDLE), *spoken.event(event())]
    kept = {each.topic: each.retain for each in said if each.topic != DISCOVERY}
    told = {
        topic.split("`")[1].replace("<id>", MARK): keeps
        for topic, _, keeps in ([*each, ""][:3] for each in rows(chapter("The topics")))
    }
    (command_topic,) = spoken.commands
    assert told.pop(command_topic) == ""
    assert f"`{PRESS.decode()}`" in chapter("The topics")
    assert told == {topic: "yes" if retain else "no" for topic, retain in kept.items()}


@pytest.mark.apt
async def test_the_rules_let_nobody_else_press(tmp_path: Path) -> None:
    (rules,) = blocks("text", chapter("The buttons"))
    passwords, acl = tmp_path / "passwords", tmp_path / "acl"
    for name, more in ((USER, ["-c"]), ("door", []), ("lamp", [])):
        make = [*program("mosquitto_passwd"), "-b", *more, str(passwords), name, PASSWORD]
        assert await (await asyncio.create_subprocess_exec(*make)).wait() == 0
    acl.write_text(rules.replace("user homeassistant", f"user {USER}"))
    broker = Broker(tmp_path, f"password_file {passwords}\nacl_file {acl}")
    mqtt = Mqtt(ADDRESS, broker.port, username="door", password=PASSWORD)
    house = House()
    try:
        await broker.start()
        async with (
            broker.hearing("homecall/#", "homeassistant/#") as here,
            client(access=broker_access(mqtt, MARK), house=house, buttons=[*Button]) as made,
        ):
            heard = await here.until(f"{BASE}/availability", "online")
            assert DISCOVERY in {each.topic for each in heard}
            await broker.publish(f"{BASE}/command/open", PRESS.decode(), user="lamp")
            await broker.publish(f"{BASE}/command/answer", PRESS.decode())
            await house.until("answer")
            made.tell(event())
            await here.until(f"{BASE}/state", '{"state": "ringing"}')
    finally:
        broker.stop()

"""Events and buttons by a real broker, heard and pressed by its own clients."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from homecall_appliance.certificates.authority import issue, make_authority
from homecall_appliance.events.event import Kind
from homecall_appliance.events.mqtt.connection import Access
from homecall_appliance.events.mqtt.topics import Button
from homecall_appliance.network.addresses import Names
from tests.events.mqtt_world import BASE, DISCOVERY, MARK, House, client
from tests.events.told import event
from tests.support.address import free_port
from tests.support.rigs.mosquitto import ADDRESS, PASSWORD, USER, Broker
from tests.support.rigs.programs import program

pytestmark = pytest.mark.apt

IDLE, RINGING, TALKING = (json.dumps({"state": each}) for each in ("idle", "ringing", "talking"))
ONLINE = (f"{BASE}/availability", "online")
OFFLINE = (f"{BASE}/availability", "offline")


def access(broker: Broker, **given: Any) -> Access:
    return Access(**{"host": ADDRESS, "port": broker.port, "client_id": MARK, **given})


async def test_it_says_who_it_is_and_the_broker_keeps_it(broker: Broker) -> None:
    async with broker.hearing("homecall/#", "homeassistant/#") as here:
        assert here.kept == []
        async with client(broker.port):
            await here.until(*ONLINE)
            async with broker.hearing("homecall/#", "homeassistant/#") as later:
                kept = {each.topic: each.payload for each in later.kept}
    assert json.loads(kept.pop(DISCOVERY))["device"]["name"] == "HomeCall Appliance"
    assert kept == {f"{BASE}/availability": "online", f"{BASE}/state": IDLE}


async def test_without_a_discovery_prefix_there_is_no_discovery(broker: Broker) -> None:
    async with (
        broker.hearing("homecall/#", "homeassistant/#") as here,
        client(broker.port, discovery=""),
    ):
        heard = await here.until(*ONLINE)
    assert {each.topic for each in heard} == {f"{BASE}/availability", f"{BASE}/state"}


async def test_a_call_is_told(broker: Broker) -> None:
    async with broker.hearing(f"{BASE}/#") as here, client(broker.port) as made:
        await here.until(*ONLINE)
        for kind in (Kind.RINGING, Kind.ANSWERED, Kind.OPENED, Kind.ENDED):
            made.tell(event(kind, call=4))
            await asyncio.sleep(0.05)
        heard = [
            (each.topic.removeprefix(f"{BASE}/"), each.payload)
            for each in await here.until(f"{BASE}/state", IDLE)
        ]
        assert made.lost == 0

    def told(kind: Kind) -> tuple[str, str]:
        return "event", json.dumps({"event_type": kind, **event(kind, call=4).to_json()})

    ring = {"event_type": "ring", "call": 4, "time": "2026-12-01T12:00:00.250Z"}
    assert heard == [
        told(Kind.RINGING),
        ("doorbell", json.dumps(ring)),
        ("state", RINGING),
        told(Kind.ANSWERED),
        ("state", TALKING),
        told(Kind.OPENED),
        told(Kind.ENDED),
        ("state", IDLE),
    ]


async def test_events_are_not_kept(broker: Broker) -> None:
    """Home Assistant would be rung at when it starts."""
    async with broker.hearing(f"{BASE}/#") as here, client(broker.port) as made:
        await here.until(*ONLINE)
        made.tell(event(Kind.RINGING))
        await here.until(f"{BASE}/state", RINGING)
        async with broker.hearing(f"{BASE}/#") as later:
            kept = {each.topic: each.payload for each in later.kept}
    assert kept == {f"{BASE}/availability": "online", f"{BASE}/state": RINGING}


async def test_it_takes_its_leave(broker: Broker) -> None:
    async with broker.hearing(f"{BASE}/availability") as here:
        async with client(broker.port):
            await here.until(*ONLINE)
        await here.until(*OFFLINE)


async def test_buttons_command_the_house(broker: Broker) -> None:
    house = House()
    async with (
        broker.hearing(f"{BASE}/#") as here,
        client(broker.port, house=house, buttons=[*Button]),
    ):
        await here.until(*ONLINE)
        for button in Button:
            await broker.publish(f"{BASE}/command/{button}", "PRESS")
        await house.until("answer", "decline", "hang_up", "open")


async def test_a_button_that_is_not_named_does_nothing(broker: Broker) -> None:
    house = House()
    async with (
        broker.hearing(f"{BASE}/#") as here,
        client(broker.port, house=house, buttons=[Button.DECLINE]),
    ):
        await here.until(*ONLINE)
        await broker.publish(f"{BASE}/command/open", "PRESS")
        await broker.publish(f"{BASE}/command/decline", "PRESS")
        await house.until("decline")


async def test_a_press_that_was_kept_opens_nothing(broker: Broker) -> None:
    await broker.publish(f"{BASE}/command/open", "PRESS", kept=True)
    house = House()
    async with (
        broker.hearing(f"{BASE}/#") as here,
        client(broker.port, house=house, buttons=[*Button]),
    ):
        await here.until(*ONLINE)
        await broker.publish(f"{BASE}/command/hang_up", "PRESS")
        await house.until("hang_up")


@pytest.mark.parametrize(
    "payload", ["", "press", "PRESS\n", "[" * 100_000, "\0\x1b[2J", "x" * 10_000_000]
)
async def test_nonsense_on_a_button_does_nothing(broker: Broker, payload: str) -> None:
    """The connection is the same afterwards."""
    house = House()
    async with (
        broker.hearing(f"{BASE}/availability") as here,
        client(broker.port, house=house, buttons=[*Button]),
    ):
        await here.until(*ONLINE)
        await broker.publish(f"{BASE}/command/open", payload)
        await broker.publish(f"{BASE}/command/answer", "PRESS")
        await house.until("answer")
        await broker.publish(f"{BASE}/availability", "the end")
        heard = await here.until(f"{BASE}/availability", "the end")
    assert len(heard) == 1


async def test_it_comes_back_with_the_broker(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    """What happens meanwhile is told, unless it is stale."""
    async with client(broker.port) as made:
        async with broker.hearing(f"{BASE}/#") as here:
            await here.until(*ONLINE)
            broker.stop()
        made.tell(event(Kind.RINGING, call=8))
        await asyncio.sleep(0.2)
        await broker.start()
        async with broker.hearing(f"{BASE}/state") as here:
            assert [each.payload for each in here.kept] in ([RINGING], [])
        made.tell(event(Kind.MISSED, call=8))
        async with broker.hearing(f"{BASE}/state") as here:
            if [each.payload for each in here.kept] != [IDLE]:
                await here.until(f"{BASE}/state", IDLE)
        assert made.lost == 0
    assert caplog.messages[0] == (
        "No connection to the broker 127.0.0.1: it has closed the connection. It is tried again."
    )
    assert set(caplog.messages[1:]) <= {
        "No connection to the broker 127.0.0.1: Connection refused. It is tried again."
    }


class Middle:
    """A connection to the broker, which can be cut without a word."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(ADDRESS, self._port)
        self._writers += [writer, there[1]]
        await asyncio.gather(self._pass_on(reader, there[1]), self._pass_on(there[0], writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.transport.abort()

    def cut(self) -> None:
        for each in self._writers:
            each.transport.abort()


async def test_the_broker_tells_when_the_appliance_is_gone(broker: Broker) -> None:
    """By its last will: nobody has taken leave."""
    middle = Middle(broker.port)
    server = await asyncio.start_server(middle.serve, ADDRESS, 0)
    port = server.sockets[0].getsockname()[1]
    async with broker.hearing(f"{BASE}/availability") as here:
        async with client(port):
            await here.until(*ONLINE)
            middle.cut()
            await here.until(*OFFLINE)
            await here.until(*ONLINE)
        await here.until(*OFFLINE)
    server.close()


async def test_a_password(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    passwords = tmp_path / "passwords"
    make = [*program("mosquitto_passwd"), "-b", "-c", str(passwords), USER, PASSWORD]
    assert await (await asyncio.create_subprocess_exec(*make)).wait() == 0
    broker = await Broker(tmp_path, f"password_file {passwords}").start()
    try:
        async with broker.hearing(f"{BASE}/availability") as here:
            async with client(access=access(broker, username=USER, password=PASSWORD)):
                await here.until(*ONLINE)
            assert not caplog.messages
            async with client(access=access(broker, username=USER, password="none")):  # noqa: S106
                await asyncio.sleep(0.3)
    finally:
        broker.stop()
    assert caplog.messages == [
        "No connection to the broker 127.0.0.1: it does not let the appliance in; look at "
        "mqtt.username and mqtt.password. It is tried again."
    ]


@pytest.fixture
async def tls_broker(tmp_path: Path) -> AsyncIterator[Broker]:
    """One with a certificate for "localhost" of an authority in "ca.pem"; "other.pem" has another
    authority."""
    names, now = Names(("localhost",), ()), datetime.now(UTC)
    authority, other = make_authority(names, now), make_authority(names, now)
    leaf = issue(authority, names, now)
    files = {
        "ca.pem": authority.root_pem,
        "other.pem": other.root_pem,
        "chain.pem": leaf.certificate_pem + authority.intermediate.certificate_pem,
        "key.pem": leaf.key_pem,
    }
    for name, pem in files.items():
        (tmp_path / name).write_bytes(pem)
    port = free_port()
    made = Broker(
        tmp_path,
        f"listener {port} {ADDRESS}\ncertfile {tmp_path}/chain.pem\nkeyfile {tmp_path}/key.pem",
    )
    made.tls_port = port
    try:
        yield await made.start()
    finally:
        made.stop()


async def test_tls(tls_broker: Broker, tmp_path: Path) -> None:
    given = access(
        tls_broker,
        host="localhost",
        port=tls_broker.tls_port,
        tls=True,
        ca_certificate=f"{tmp_path}/ca.pem",
    )
    house = House()
    async with tls_broker.hearing(f"{BASE}/availability") as here:
        async with client(access=given, house=house, buttons=[*Button]):
            await here.until(*ONLINE)
            await tls_broker.publish(f"{BASE}/command/answer", "PRESS")
            await house.until("answer")
        await here.until(*OFFLINE)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"ca_certificate": "other.pem"}, "its certificate is not trusted ("),
        ({"ca_certificate": ""}, "its certificate is not trusted ("),
        ({"host": ADDRESS}, "its certificate is not trusted (IP address mismatch"),
        ({"ca_certificate": "none.pem"}, "/none.pem cannot be used (No such file or directory)"),
        ({"ca_certificate": "rules"}, "/rules cannot be used ("),
        ({"tls": False}, "it has closed the connection; look at mqtt.port and mqtt.tls"),
    ],
)
async def test_no_tls(
    tls_broker: Broker,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    given: dict[str, str | bool],
    reason: str,
) -> None:
    (tmp_path / "rules").write_text("no certificate\n")
    usual = {"host": "localhost", "port": tls_broker.tls_port, "tls": True}
    usual["ca_certificate"] = "ca.pem"
    wanted = {**usual, **given}
    if name := wanted["ca_certificate"]:
        wanted["ca_certificate"] = f"{tmp_path}/{name}"
    async with client(access=access(tls_broker, **wanted)):
        while not caplog.messages:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert reason in caplog.messages[0]


async def test_a_broker_without_tls(broker: Broker, caplog: pytest.LogCaptureFixture) -> None:
    async with client(access=access(broker, tls=True)):
        while not caplog.messages:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert "look at mqtt.port and mqtt.tls" in caplog.messages[0]

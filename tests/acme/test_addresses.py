"""The addresses of the name follow those of the appliance."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import pytest

from homecall_appliance.acme import propagation, providers
from homecall_appliance.acme.addresses import LOOK_INTERVAL, PAUSES, AddressKeeper, in_order
from homecall_appliance.acme.duckdns import DuckDns
from homecall_appliance.acme.http import Http
from homecall_appliance.acme.ports import IPAddress
from homecall_appliance.acme.propagation import Dns
from homecall_appliance.acme.rfc2136 import Key, Rfc2136
from homecall_appliance.acme.state import Settings
from tests.acme.acme_world import DOMAIN, FakeTime
from tests.acme.fake_duckdns import TOKEN, FakeDuckDns, Records
from tests.support.address import free_port
from tests.support.rigs.knot import ALGORITHM, KEY_NAME, SECRET, DnsServer

FOUR, SIX, MOVED = (ip_address(each) for each in ("192.168.1.7", "fd00::7", "192.168.1.8"))
GLOBAL = ip_address("2a00:1450::7")

COMMAND = """#!/bin/sh
folder=$(dirname "$0")
echo "$@" >>"$folder/called"
[ ! -e "$folder/broken" ] || { cat "$folder/broken"; exit 1; }
"""


class SlowTime(FakeTime):
    """Time that leaves others time."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0.02)
        await super().sleep(seconds)


@dataclass
class Home:
    """An owner's command for addresses, and what it was called with."""

    folder: Path
    time: FakeTime = field(default_factory=FakeTime)
    changes: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.folder / "command").write_text(COMMAND)
        (self.folder / "command").chmod(0o755)

    def keeper(self) -> AddressKeeper:
        settings = Settings(DOMAIN, "", address_command=str(self.folder / "command"))
        made = AddressKeeper(
            settings, on_change=lambda: self.changes.append(made.problem), clock=self.time.clock
        )
        return made

    def broken(self, reason: str | None) -> None:
        path = self.folder / "broken"
        if reason is None:
            path.unlink()
        else:
            path.write_text(reason)

    def called(self) -> list[str]:
        with suppress(FileNotFoundError):
            return (self.folder / "called").read_text().splitlines()
        return []


@asynccontextmanager
async def running(keeper: AddressKeeper) -> AsyncIterator[None]:
    task = asyncio.create_task(keeper.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def duckdns_keeper(
    monkeypatch: pytest.MonkeyPatch,
    fake: FakeDuckDns,
    time: FakeTime,
    on_change: Callable[[], None] = lambda: None,
) -> AddressKeeper:
    """One whose DNS nobody can ask."""

    def duckdns(http: Http, token: str) -> DuckDns:
        return DuckDns(http, token, api=fake.url)

    monkeypatch.setattr(providers, "DuckDns", duckdns)
    settings = Settings(
        "ourdoor.duckdns.org", "", provider="duckdns", environment={"DUCKDNS_TOKEN": TOKEN}
    )
    dns = Dns(("127.0.0.1",), free_port())
    return AddressKeeper(settings, on_change=on_change, clock=time.clock, dns=dns)


def provider(knot: DnsServer) -> Rfc2136:
    """What changes the zone, as another program than the appliance."""
    key = Key(KEY_NAME, SECRET, ALGORITHM)
    return Rfc2136(f"{knot.address}:{knot.port}", key)


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def until_published(keeper: AddressKeeper, addresses: list[IPAddress]) -> None:
    await until(lambda: keeper.published == frozenset(addresses))


async def publish(keeper: AddressKeeper, addresses: list[IPAddress]) -> None:
    keeper.keep_addresses(addresses)
    async with running(keeper):
        await until_published(keeper, addresses)


async def test_each_change_is_published_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    keeper = home.keeper()
    async with running(keeper):
        for addresses in ([SIX, FOUR], [FOUR, SIX], [MOVED], [], [MOVED], [FOUR]):
            keeper.keep_addresses(addresses)
            await until_published(keeper, addresses or [MOVED])
    assert home.called() == [
        f"{DOMAIN} 192.168.1.7 fd00::7",
        f"{DOMAIN} 192.168.1.8",
        f"{DOMAIN} 192.168.1.7",
    ]
    assert home.changes == [None] * 3


async def test_what_fails_is_told_and_tried_with_growing_pauses(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.broken("no such zone")
    keeper = home.keeper()
    begin = home.time.uptime
    keeper.keep_addresses([FOUR])
    async with running(keeper):
        await until(lambda: len(home.called()) >= 5)
        assert 60 < home.time.uptime - begin < 1.2 * 155
        await until(lambda: home.time.uptime - begin > 10800)
        home.broken(None)
        await until(lambda: home.changes[-1] is None)
    assert 20 < len(home.called()) < 10800 / PAUSES.longest / 0.8 + 10
    first, second = home.changes
    assert second is None
    assert first
    assert first.startswith(f"The name {DOMAIN} does not lead here. The program ")
    assert "exit status 1: no such zone." in first


async def test_a_way_back_after_a_failure_is_published_again(tmp_path: Path) -> None:
    """Who was asked may have done it, although the answer was lost."""
    home = Home(tmp_path, SlowTime())
    keeper = home.keeper()
    async with running(keeper):
        keeper.keep_addresses([FOUR])
        await until_published(keeper, [FOUR])
        home.broken("no answer")
        keeper.keep_addresses([MOVED])
        await until(lambda: keeper.problem)
        home.broken(None)
        keeper.keep_addresses([FOUR])
        await until_published(keeper, [FOUR])
    assert keeper.problem is None
    assert home.called()[0] == home.called()[-1] == f"{DOMAIN} {FOUR}"


async def test_other_addresses_do_not_wait_for_the_end_of_a_pause(tmp_path: Path) -> None:
    home = Home(tmp_path, SlowTime())
    home.broken("no such zone")
    keeper = home.keeper()
    keeper.keep_addresses([FOUR])
    async with running(keeper):
        await until(lambda: len(home.called()) == 5)
        begin = home.time.uptime
        await until(lambda: home.time.uptime > begin)  # the fifth has failed
        home.broken(None)
        begin = home.time.uptime
        keeper.keep_addresses([MOVED])
        await until_published(keeper, [MOVED])
        assert home.time.uptime - begin <= 2


@pytest.mark.apt
async def test_what_the_dns_has_already_is_not_written_again(
    knot: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(DOMAIN, "", provider="rfc2136", environment=knot.environment)
    dns = Dns(("127.0.0.1",), knot.port)

    def updates() -> int:
        return knot.log.read_text().count("DDNS, processing")

    before = 0
    for addresses, written in (([FOUR, SIX], True), ([SIX, FOUR], False), ([FOUR], True)):
        await publish(AddressKeeper(settings, dns=dns), addresses)
        assert updates() - before == written
        before = updates()
    assert knot.records(DOMAIN, "A") == ["192.168.1.7"]
    assert knot.records(DOMAIN, "AAAA") == []


@pytest.mark.apt
async def test_what_somebody_else_has_changed_is_put_right(
    knot: DnsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """As a router's own client for the same name."""
    settings = Settings(DOMAIN, "", provider="rfc2136", environment=knot.environment)
    time = SlowTime()
    keeper = AddressKeeper(settings, clock=time.clock, dns=Dns(("127.0.0.1",), knot.port))
    keeper.keep_addresses([FOUR])
    async with running(keeper):
        await until_published(keeper, [FOUR])
        begin = time.uptime
        await provider(knot).set_addresses(DOMAIN, [MOVED, SIX])
        await until(lambda: knot.records(DOMAIN, "A") == [str(FOUR)])
        assert knot.records(DOMAIN, "AAAA") == []
        assert time.uptime - begin < 4 * LOOK_INTERVAL
        await until_published(keeper, [FOUR])
        time.end = 0.0
        await until(lambda: time.waiting)
    assert caplog.messages == [
        f"Somebody has changed the addresses of {DOMAIN}: they are set again."
    ]
    assert keeper.problem is None


async def test_an_unasked_dns_has_changed_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(propagation, "QUESTION_TIMEOUT", 0.05)
    fake, time = FakeDuckDns(), SlowTime(end=5 * LOOK_INTERVAL)
    async with fake.serving():
        keeper = duckdns_keeper(monkeypatch, fake, time)
        keeper.keep_addresses([FOUR])
        async with running(keeper):
            await until(lambda: time.waiting)
    assert fake.history == [Records(), Records(str(FOUR))]
    assert caplog.messages == []


async def test_a_server_that_demands_a_pause_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, time = FakeDuckDns(), FakeTime(end=7200 + LOOK_INTERVAL)
    monkeypatch.setattr(propagation, "QUESTION_TIMEOUT", 0.05)
    async with fake.serving():
        fake.status, fake.headers = 503, {"Retry-After": "7200"}
        changes: list[float] = []
        keeper = duckdns_keeper(monkeypatch, fake, time, lambda: changes.append(time.uptime))
        keeper.keep_addresses([FOUR, SIX])
        begin = time.uptime
        async with running(keeper):
            await until(lambda: keeper.problem)
            fake.status = 200
            keeper.keep_addresses([MOVED, SIX])
            await until_published(keeper, [MOVED, SIX])
            await until(lambda: time.waiting)
    assert 7200 <= changes[-1] - begin <= 7202
    assert fake.history == [Records(str(MOVED), str(SIX))]
    assert keeper.problem is None


async def test_without_provider_and_command_nothing_is_done(tmp_path: Path) -> None:
    keeper = AddressKeeper(Settings(DOMAIN, ""), dns=Dns(("127.0.0.1",), free_port()))
    await publish(keeper, [FOUR])
    assert keeper.problem is None


@pytest.mark.parametrize(
    ("addresses", "ordered"),
    [([GLOBAL, SIX, FOUR], [FOUR, SIX, GLOBAL]), ([MOVED, FOUR], [FOUR, MOVED])],
)
def test_the_address_that_changes_least_is_first(
    addresses: list[IPAddress], ordered: list[IPAddress]
) -> None:
    assert in_order(addresses) == ordered

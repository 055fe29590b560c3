"""The name in links while the network's resolver hides it, and what is told of it."""

import asyncio
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any, cast

import pytest

from homecall_appliance.app.link import Link
from homecall_appliance.app.name_monitor import BY_ADDRESS, NameMonitor
from homecall_appliance.app.overview import troubles
from homecall_appliance.config.model import Server
from homecall_appliance.display.view import Trouble
from homecall_appliance.media.ports import SoundProblems
from homecall_appliance.network.name_state import Lookup, Outcome

NAME = "door.example.org"


class Network:
    """A resolver that gives these answers, one after the other, and then no more."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[str] = []
        self.done = asyncio.Event()

    async def ask(self, name: str) -> Lookup:
        self.asked.append(name)
        if not self.outcomes:
            self.done.set()
            await asyncio.Event().wait()
        return Lookup(self.outcomes.pop(0))


async def watched(network: Network, monitor: NameMonitor) -> None:
    """Watch until the network has no answer left."""
    watching = asyncio.create_task(monitor.watch())
    async with asyncio.timeout(10):
        await network.done.wait()
    watching.cancel()
    await asyncio.wait([watching])


def link_of(
    monitor: NameMonitor,
    host: str = NAME,
    *,
    lacking: bool = False,
    bears: bool = True,
    proxies: tuple[str, ...] = (),
) -> Link:
    return Link(
        Server(https_port=443, public_port=8443, trusted_proxies=proxies),
        cast("Any", SimpleNamespace(host=host, address="192.168.1.7")),
        cast("Any", SimpleNamespace(published=None)),
        cast("Any", SimpleNamespace(lacking=lacking, bears=lambda _: bears)),
        monitor,
    )


def test_a_name_that_no_certificate_bears_is_of_no_use() -> None:
    monitor = NameMonitor(NAME, Network().ask, lambda: None)
    assert link_of(monitor, bears=False).base_url == "https://192.168.1.7/"
    behind = link_of(monitor, bears=False, proxies=("192.168.1.2",))
    assert behind.base_url == f"https://{NAME}:8443/", "a proxy has one"


async def test_a_name_that_gets_its_addresses_is_asked_for_afterwards() -> None:
    """Resolvers remember that a name is not there."""
    published, network = asyncio.Event(), Network("found")

    async def ready() -> None:
        await published.wait()

    monitor = NameMonitor(NAME, network.ask, lambda: None, ready=ready, interval=0)
    watching = asyncio.create_task(watched(network, monitor))
    await asyncio.sleep(0.05)
    assert network.asked == []
    published.set()
    await watching
    assert network.asked == [NAME, NAME]


async def test_links_do_without_a_name_that_leads_to_a_former_address() -> None:
    async def ask(_: str) -> Lookup:
        return Lookup("found", frozenset({ip_address("192.168.1.8")}))

    changed = asyncio.Event()
    here = [ip_address("192.168.1.7")]
    monitor = NameMonitor(NAME, ask, changed.set, expected=lambda: here, interval=0)
    watching = asyncio.create_task(monitor.watch())
    await asyncio.wait_for(changed.wait(), 10)
    assert link_of(monitor).base_url == "https://192.168.1.7/"
    assert "leads to another address" in str(monitor.problem)
    changed.clear()
    here[:] = [ip_address("192.168.1.8")]
    await asyncio.wait_for(changed.wait(), 10)
    assert monitor.problem is None
    watching.cancel()


async def test_links_follow_what_the_network_knows_and_each_change_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    network = Network("found", "filtered", "filtered", "unknown", "found", "found")
    links: list[tuple[str, str]] = []

    def changed() -> None:
        links.append((link.base_url, (link.status.problem or "")[-len(BY_ADDRESS) :]))

    monitor = NameMonitor(NAME, network.ask, changed, interval=0)
    link = link_of(monitor)
    assert (link.base_url, link.status.problem) == (f"https://{NAME}:8443/", None)
    await watched(network, monitor)
    assert links == [
        ("https://192.168.1.7/", BY_ADDRESS),
        ("https://192.168.1.7/", BY_ADDRESS),
        (f"https://{NAME}:8443/", ""),
    ]
    told = [record.getMessage() for record in caplog.records]
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING", "INFO"]
    assert "DNS rebind protection" in told[0]
    assert "does not know the name" in told[1]
    assert set(network.asked) == {NAME}


async def test_the_screen_tells_a_filter_from_a_name_that_nobody_knows() -> None:
    camera, audio = SimpleNamespace(problem=None), SimpleNamespace(problem=None)
    audio.problems = SoundProblems()
    certificates = SimpleNamespace(problem=None)
    shown: list[tuple[Trouble, ...]] = []
    network = Network("found", "unknown", "filtered", "found")

    def changed() -> None:
        told = troubles(cast("Any", camera), cast("Any", audio), cast("Any", certificates), monitor)
        assert [*told.values()] == ([monitor.problem] if monitor.problem else [])
        shown.append((*told,))

    monitor = NameMonitor(NAME, network.ask, changed, interval=0)
    await watched(network, monitor)
    assert shown == [("name",), ("filtered",), ()]


async def test_an_address_is_asked_of_nobody() -> None:
    network = Network()
    monitor = NameMonitor("192.168.1.7", network.ask, lambda: None)
    await monitor.watch()
    assert (network.asked, monitor.problem) == ([], None)


async def test_the_name_is_asked_for_at_once_when_it_may_have_other_records() -> None:
    network = Network("unknown", "found")
    shown = asyncio.Event()
    monitor = NameMonitor(NAME, network.ask, shown.set, interval=3600)
    watching = asyncio.create_task(watched(network, monitor))
    async with asyncio.timeout(10):
        for hidden in (True, False):
            await shown.wait()
            shown.clear()
            assert bool(monitor.hidden) is hidden
            monitor.look_now()
        await watching


@pytest.mark.parametrize(
    ("host", "lacking", "url"),
    [
        (NAME, False, f"https://{NAME}:8443/"),
        (NAME, True, "https://192.168.1.7/"),
        ("203.0.113.9", True, "https://203.0.113.9:8443/"),
    ],
)
def test_where_links_lead_by_the_certificate(host: str, lacking: bool, url: str) -> None:
    network = SimpleNamespace(ask=None)
    monitor = NameMonitor(host, cast("Any", network.ask), lambda: None)
    assert link_of(monitor, host, lacking=lacking).base_url == url

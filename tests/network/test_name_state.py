"""Whether the name in links is of use in this network, and how its resolver is asked."""

import asyncio
import re
import socket
import threading
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

import dns.resolver
import pytest

from homecall_appliance.network import resolver
from homecall_appliance.network.name_state import (
    SILENCE,
    Hidden,
    Lookup,
    NameState,
    Outcome,
    advice,
    found,
    is_asked_of_resolvers,
)
from homecall_appliance.network.resolver import Resolver, ask_servers, look_up, look_up_in_time

HOME, NOBODY = ip_address("192.168.1.7"), ip_address("0.0.0.0")  # noqa: S104
FOUND = Lookup("found", frozenset({HOME}))


@pytest.mark.parametrize(
    ("looks", "history"),
    [
        ([(0, "found"), (30, "found")], ["", ""]),
        ([(0, "filtered"), (30, "found")], ["filtered", ""]),
        ([(0, "found"), (30, "unknown"), (60, "filtered")], ["", "unknown", "filtered"]),
        # A router that starts anew takes a while.
        ([(0, "silent"), (SILENCE - 1, "silent"), (SILENCE, "silent")], ["", "", "silent"]),
        ([(0, "silent"), (100, "found"), (200, "silent"), (300, "silent")], ["", "", "", ""]),
        ([(0, "silent"), (SILENCE, "silent"), (SILENCE + 30, "found")], ["", "silent", ""]),
        ([(0, "filtered"), (30, "silent"), (999, "silent")], ["filtered"] * 3),
    ],
)
def test_when_links_do_without_the_name(
    looks: list[tuple[float, Outcome]], history: list[Hidden]
) -> None:
    state, told = NameState(), []
    for now, outcome in looks:
        state = state.after(Lookup(outcome), now)
        told.append(state.hidden)
    assert told == history


@pytest.mark.parametrize(
    ("hidden", "pattern"),
    [
        ("filtered", r"tells no address .* FRITZ!Box.* rebind-domain-ok=/door\.example/.* Unbound"),
        ("unknown", r"does not know the name door\.example\. Correct it \(server\.public_host"),
        ("silent", r"No resolver answers .* door\.example"),
        ("stale", r"door\.example leads to another address .* up to an hour"),
    ],
)
def test_what_is_to_be_done(hidden: Hidden, pattern: str) -> None:
    assert re.search(pattern, advice(hidden, "door.example") or "")


def test_a_name_that_the_appliance_leads_home_has_one_of_its_addresses() -> None:
    """A resolver remembers a former one; whatever is right for one family is right."""
    expected = [HOME, ip_address("fd00::7")]
    assert NameState().after(FOUND, 0.0, expected).hidden == ""
    former = Lookup("found", frozenset({ip_address("192.168.1.8")}))
    assert NameState().after(former, 0.0, expected).hidden == "stale"
    assert NameState().after(former, 0.0).hidden == ""
    assert NameState("stale").after(FOUND, 0.0, expected).hidden == ""


def test_nothing_is_to_be_done_about_a_name_that_is_known() -> None:
    assert advice("", "door.example") is None


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("door.example.org", True),
        ("door", True),
        ("pi.local", False),
        ("localhost", False),
        ("192.168.1.7", False),
        ("fd00::7", False),
    ],
)
def test_which_hosts_a_resolver_is_asked_for(host: str, asked: bool) -> None:
    assert is_asked_of_resolvers(host) is asked


# Answers


def test_an_address_of_nobody_is_no_answer() -> None:
    assert found([HOME]) == FOUND
    assert found([HOME, NOBODY]) == FOUND
    assert found([NOBODY, ip_address("::")]) == Lookup("filtered")


def answering(*addresses: str) -> Any:
    def getaddrinfo(*_: object, **__: object) -> Sequence[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 0)) for each in addresses]

    return getaddrinfo


def failing(error: Exception) -> Any:
    def getaddrinfo(*_: object, **__: object) -> Sequence[Any]:
        raise error

    return getaddrinfo


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (socket.EAI_NODATA, "filtered"),
        (socket.EAI_ADDRFAMILY, "filtered"),
        (socket.EAI_NONAME, "unknown"),
        (socket.EAI_AGAIN, "silent"),
        (socket.EAI_FAIL, "silent"),
        (socket.EAI_SYSTEM, "silent"),
    ],
)
def test_what_a_failure_means(number: int, outcome: Outcome) -> None:
    failed = failing(socket.gaierror(number, ""))
    assert look_up("door.example", failed, lambda _: False) == Lookup(outcome)


@pytest.mark.parametrize("number", [socket.EAI_AGAIN, socket.EAI_FAIL])
def test_a_refusal_is_no_silence(number: int) -> None:
    failed = failing(socket.gaierror(number, ""))
    assert look_up("door.example", failed, lambda _: True) == Lookup("filtered")


def test_what_is_looked_up() -> None:
    assert look_up("door.example", answering("192.168.1.7", "0.0.0.0")) == FOUND  # noqa: S104
    assert look_up("x" * 64 + ".example") == Lookup("silent"), "no name of the DNS"
    assert look_up_in_time("192.168.1.7") == FOUND


def test_what_debian_writes_of_a_machine_itself_is_no_answer_to_phones() -> None:
    """A rebind filter would not be seen."""
    hidden = Lookup("filtered")
    itself = answering("127.0.1.1", "127.0.1.1")
    assert look_up("pi.example", itself, ask_servers=lambda _: hidden) == hidden
    both = answering("127.0.1.1", "192.168.1.7")
    assert look_up("pi.example", both, ask_servers=lambda _: hidden).outcome == "found"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (dns.resolver.NXDOMAIN, "unknown"),
        (dns.resolver.NoNameservers, "silent"),
        (dns.resolver.LifetimeTimeout, "silent"),
        (dns.resolver.NoResolverConfiguration, "silent"),
    ],
)
def test_what_a_failure_of_the_servers_means(
    error: type[Exception], outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error()

    monkeypatch.setattr(dns.resolver.Resolver, "resolve", fail)
    monkeypatch.setattr(resolver, "is_refused", lambda _: False)
    assert ask_servers("pi.example") == Lookup(outcome)


async def test_a_resolver_that_hangs_is_asked_once() -> None:
    release, asked = threading.Event(), []

    def look(name: str) -> Lookup:
        asked.append(name)
        release.wait()
        return FOUND

    resolver = Resolver(0.01, look)
    assert [await resolver.ask("a"), await resolver.ask("b")] == [Lookup("silent")] * 2
    assert asked == ["a"]
    release.set()
    async with asyncio.timeout(10):
        while await resolver.ask("c") != FOUND:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.01)


async def test_an_answer_in_time() -> None:
    assert await Resolver(10, lambda _: FOUND).ask("door.example") == FOUND

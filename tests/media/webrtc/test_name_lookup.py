"""Names of servers, looked up while nothing waits."""

import asyncio
import socket
import threading

import pytest

from homecall_appliance.media.webrtc.name_lookup import NameLookup


class Resolver:
    """In place of the system's: answers when it is told to, and counts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.answer = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", self._find)

    def _find(self, host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        self.asked.append(host)
        self.answer.wait()
        return [(0, 0, 0, "", (each, 0)) for each in ("2001:db8::1", "192.0.2.1", "192.0.2.1")]


async def test_addresses_come_in_the_system_s_order_and_each_once() -> None:
    assert await NameLookup().addresses("192.0.2.7") == ["192.0.2.7"]
    assert await NameLookup().addresses("2001:db8::7") == ["2001:db8::7"]


async def test_a_name_that_is_not_known_has_none() -> None:
    for name in ("nobody.invalid", "", "a" * 64 + ".example"):
        assert await NameLookup().addresses(name) == []


async def test_who_asks_for_the_same_name_waits_for_the_same_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolver, lookup = Resolver(monkeypatch), NameLookup()
    waiting = [asyncio.create_task(lookup.addresses("a.example")) for _ in range(3)]
    await asyncio.sleep(0)
    impatient = waiting.pop()
    impatient.cancel()
    await asyncio.wait([impatient])
    resolver.answer.set()
    assert await asyncio.gather(*waiting) == [["2001:db8::1", "192.0.2.1"]] * 2
    assert resolver.asked == ["a.example"]
    await lookup.addresses("a.example")
    assert resolver.asked == ["a.example"] * 2


def test_a_look_up_that_hangs_holds_no_loop_up(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver(monkeypatch)

    async def ask() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await NameLookup().addresses("a.example")

    asyncio.run(ask())  # it ends, though the look-up goes on
    resolver.answer.set()

"""A look-up that hangs is nobody's business."""

import asyncio
import socket
import threading

import pytest

from homecall_appliance.network.host_lookup import Addresses, HostLookup

HOME: Addresses = [(socket.AddressFamily.AF_INET, "192.168.7.7")]


async def test_the_system_knows_itself() -> None:
    found = await HostLookup().addresses("localhost")
    assert {address for _, address in found} <= {"127.0.0.1", "::1"}
    assert found


async def test_an_address_is_its_own_and_keeps_its_zone() -> None:
    lookup = HostLookup()
    assert await lookup.addresses("fd00::7") == [(socket.AF_INET6, "fd00::7")]
    zone = socket.if_nametoindex("lo")
    assert await lookup.addresses("fe80::1%lo") == [(socket.AF_INET6, f"fe80::1%{zone}")]


@pytest.mark.parametrize("name", ["no-such-name.invalid", "a" * 64, "a..b"])
async def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises(OSError):  # noqa: PT011 - of any kind
        await HostLookup().addresses(name)


async def test_one_question_at_a_time() -> None:
    asked, answer = threading.Event(), threading.Event()

    def ask(_: str) -> Addresses:
        asked.set()
        answer.wait()
        return HOME

    lookup = HostLookup(ask)
    asking = asyncio.create_task(lookup.addresses("home"))
    while not asked.is_set():  # noqa: ASYNC110
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await lookup.addresses("home")
    answer.set()
    assert await asking == HOME
    assert await lookup.addresses("home") == HOME


def test_who_has_left_gets_no_answer_and_is_not_waited_for() -> None:
    answer = threading.Event()
    ended = []

    def ask(_: str) -> Addresses:
        answer.wait()
        ended.append(threading.current_thread().name)
        return HOME

    async def give_up() -> None:
        async with asyncio.timeout(0.01):
            await HostLookup(ask).addresses("home")

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())
    assert not ended
    thread = next(each for each in threading.enumerate() if each.name == "host lookup")
    answer.set()
    thread.join()
    assert ended == ["host lookup"]


async def test_the_next_question_may_come_at_once() -> None:
    """Though the thread of the one before has not ended yet."""
    kept, asked_again = threading.local(), threading.Event()

    class Lingering:
        """Holds up the end of the thread that keeps it."""

        def __del__(self) -> None:
            asked_again.wait(10)

    def ask(_: str) -> Addresses:
        kept.lingering = Lingering()
        return [(socket.AF_INET, "127.0.0.1")]

    lookup = HostLookup(ask)
    await lookup.addresses("host")
    try:
        await lookup.addresses("host")
    finally:
        asked_again.set()

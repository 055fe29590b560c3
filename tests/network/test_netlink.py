"""The kernel's word that the network has changed."""

import asyncio
import logging
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from homecall_appliance.network import netlink
from homecall_appliance.network.netlink import Announced, Unannounced, network_changes
from tests.support.network import Machine, home

SOON = 0.02
"""Seconds after which a wait is over that was for nothing."""


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Ends of a socket that keeps the bounds of messages, as netlink does."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ends[0], ends[1]:
        ends[1].setblocking(False)
        yield ends


async def test_a_burst_is_told_once(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(netlink, "SETTLE", SOON)
    kernel, end = pair
    changes = Announced(end)
    assert not await changes.within(SOON)
    for _ in range(50):
        kernel.send(b"message" * 100)
        changes.take()
    assert await changes.within(60)
    assert not await changes.within(SOON)


async def test_changes_without_a_rest_are_told_and_so_is_the_last_of_them(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(netlink, "SETTLE", SOON)
    monkeypatch.setattr(netlink, "LONGEST", 2 * SOON)
    kernel, end = pair
    changes = Announced(end)

    async def on_and_on() -> None:
        while True:
            kernel.send(b"message")
            changes.take()
            await asyncio.sleep(0)

    going_on = asyncio.create_task(on_and_on())
    assert await changes.within(60)
    going_on.cancel()
    assert await changes.within(60)
    assert not await changes.within(SOON)


async def test_a_change_during_a_wait_that_is_given_up_is_not_lost(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(netlink, "SETTLE", SOON)
    kernel, end = pair
    changes = Announced(end)
    assert not await changes.within(SOON)
    kernel.send(b"message")
    changes.take()
    assert await changes.within(SOON)


async def test_a_kernel_that_tells_nothing_is_asked_each_time(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(socket, "AF_NETLINK", socket.AF_INET)
    with network_changes() as changes:
        assert isinstance(changes, Unannounced)
        assert await changes.within(SOON)
    assert "does not tell of changes" in caplog.text


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_all_is_given_back() -> None:
    before = descriptors()
    with network_changes() as changes:
        assert isinstance(changes, Announced)
        assert descriptors() == before + 1
    assert descriptors() == before


PROGRAM = """
import asyncio, sys, uvloop
from homecall_appliance.network.netlink import network_changes

async def main():
    with network_changes() as changes:
        print("ready", flush=True)
        while await changes.within(60):
            print("changed", flush=True)

{"asyncio": asyncio, "uvloop": uvloop}[sys.argv[1]].run(main())
"""


class Told:
    """A program that listens in a namespace."""

    def __init__(self, machine: Machine, loop: str) -> None:
        command = [*machine.prefix, sys.executable, "-c", PROGRAM, loop]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.next() == "ready"

    def next(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


CHANGES = (
    ("link", "add", "eth9", "type", "veth", "peer", "far"),
    ("link", "set", "far", "up"),
    ("link", "set", "eth9", "up"),
    ("address", "add", "192.168.9.9/24", "dev", "eth9"),
    ("route", "add", "default", "via", "192.168.9.1"),
    ("-6", "address", "add", "2001:db8::7/64", "dev", "eth9", "nodad"),
    ("-6", "route", "add", "default", "via", "2001:db8::1"),
    ("-6", "address", "delete", "2001:db8::7/64", "dev", "eth9"),
    ("address", "delete", "192.168.9.9/24", "dev", "eth9"),
    ("link", "delete", "eth9"),
)


@pytest.mark.apt
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_the_kernel_tells_of_links_addresses_and_routes(loop: str) -> None:
    with home() as network:
        told = Told(network.machine, loop)
        for change in CHANGES:
            network.machine.ip(*change)
            assert told.next() == "changed"
        told.process.kill()
        told.process.communicate()


@pytest.mark.apt
def test_more_changes_than_the_kernel_keeps_are_told_as_well(tmp_path: Path) -> None:
    batch = tmp_path / "batch"
    batch.write_text(
        "".join(f"address add 10.9.{n // 250}.{n % 250}/32 dev lan\n" for n in range(1000))
    )
    with home() as network:
        told = Told(network.machine, "uvloop")
        told.process.send_signal(signal.SIGSTOP)
        network.machine.ip("-batch", str(batch))
        told.process.send_signal(signal.SIGCONT)
        assert told.next() == "changed"
        network.machine.ip("link", "add", "eth9", "type", "veth", "peer", "far")
        assert told.next() == "changed"
        told.process.kill()
        told.process.communicate()

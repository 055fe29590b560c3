"""The daemon beside a real Avahi: how it is found, and by which name, from another machine."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from homecall_appliance.network.avahi import PUBLISH
from tests.support.appliance import COMMAND, Appliance, Tables
from tests.support.network import APPLIANCE, Home, Host, home
from tests.support.rigs.avahi import Avahi, avahi
from tests.support.rigs.programs import program

pytestmark = [pytest.mark.apt, pytest.mark.long, pytest.mark.timeout(300)]

CALLED = 'echo "$0" >/proc/sys/kernel/hostname && exec "$@"'
"""Run a program on a machine of this name (hostname(1) is not everywhere)."""

VERIFIED = """
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[3])
with socket.create_connection((sys.argv[1], 443)) as plain:
    context.wrap_socket(plain, server_hostname=sys.argv[2]).close()
"""
"""Raises an error where the certificate is not for the name."""

WITHIN = 150.0
"""Seconds: the name is asked for each minute, and a program that has ended is started again after
one."""


class World:
    """The appliance's machine, a phone with an Avahi of its own, and another machine."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.stack = stack
        self.home: Home = stack.enter_context(home())
        self.phone: Host = stack.enter_context(self.home.host(20))
        self.other: Host = stack.enter_context(self.home.host(30))
        self.browser = stack.enter_context(avahi(self.phone, folder / "phone", "phone"))
        programs = folder / "programs"
        programs.mkdir()
        publish = programs / PUBLISH
        publish.write_text(f'#!/bin/sh\nexec {" ".join(program(PUBLISH))} "$@"\n')
        publish.chmod(0o755)
        self.path = f"{programs}:{os.environ['PATH']}"

    def avahi(self, machine: str = "pi") -> Avahi:
        """One on the appliance's machine."""
        made = avahi(self.home.machine, self.folder / "appliance", machine)
        return self.stack.enter_context(made)

    def another(self) -> Avahi:
        """One on a machine of the same name."""
        return self.stack.enter_context(avahi(self.other, self.folder / "other", "pi"))

    @asynccontextmanager
    async def daemon(self, bus: Path, host: str = "auto") -> AsyncIterator[Appliance]:
        tables: Tables = {
            "server": {
                "https_port": 443,
                "http_port": 0,
                "public_host": host,
                "interfaces": ["lan"],
            },
            "display": {"backend": "none"},
        }
        prefix = (*self.home.machine.prefix, "unshare", "--uts", "sh", "-c", CALLED, "pi")
        environment = {"PATH": self.path, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={bus}"}
        async with Appliance.running(tables, (*prefix, *COMMAND), environment) as appliance:
            yield appliance

    def services(self) -> list[tuple[str, ...]]:
        """Name, host, address and port of each web server that the phone finds."""
        listed = self.browser.run("avahi-browse", "--resolve", "--parsable", "-t", "_https._tcp")
        rows = [line.split(";") for line in listed.splitlines() if line.startswith("=")]
        return [(unescaped(each[3]), *each[6:9]) for each in rows]

    def is_for(self, appliance: Appliance, name: str) -> bool:
        """Whether a phone that trusts the appliance, and asks its neighbours for a name, finds it
        there, with a certificate for that name."""
        local = str(appliance.directory / "tls" / "ca.crt")
        answer = self.browser.run("avahi-resolve", "-n4", name).split()
        if answer != [name, APPLIANCE]:
            return False
        command = ("sh", "-c", '"$@" 2>&1 || true', "sh", sys.executable, "-c", VERIFIED)
        return not self.phone.run(*command, APPLIANCE, name, local)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(tmp_path, stack)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.5)


def unescaped(name: str) -> str:
    """A name without the escapes of a zone's file (RFC 1035, section 5.1)."""
    return re.sub(r"\\(\d{3})", lambda found: chr(int(found[1])), name)


def service(host: str) -> tuple[str, ...]:
    return "HomeCall Appliance (pi)", host, APPLIANCE, "443"


async def test_it_is_found_by_its_name_and_as_a_service(world: World) -> None:
    running = world.avahi()
    async with world.daemon(running.bus, "pi.local") as appliance:
        await until(lambda: service("pi.local") in world.services())
        assert world.is_for(appliance, "pi.local")
        assert "//pi.local/" in await appliance.link()
        await appliance.stop()
        await until(lambda: not world.services())


async def test_after_a_conflict_it_has_the_name_that_is_answered_for(world: World) -> None:
    running = world.avahi()
    async with world.daemon(running.bus, "pi.local") as appliance:
        await until(lambda: service("pi.local") in world.services())
        running.stop()
        world.another()
        running.start()
        await until(lambda: service("pi-2.local") in world.services())
        await until(lambda: world.is_for(appliance, "pi-2.local"))
        async with asyncio.timeout(WITHIN):
            while "//pi-2.local/" not in await appliance.link():  # noqa: ASYNC110 - likewise
                await asyncio.sleep(0.5)


async def test_it_begins_without_and_outlasts_avahi_and_the_bus(world: World) -> None:
    running = world.avahi()
    running.stop()
    running.stop_bus()
    async with world.daemon(running.bus) as appliance:
        assert f"//{APPLIANCE}/" in await appliance.link()
        assert not world.services()
        running.start_bus()
        running.start()
        await until(lambda: service("pi.local") in world.services())
        await until(lambda: world.is_for(appliance, "pi.local"))

        running.stop()
        await until(lambda: not world.services())
        running.start()
        await until(lambda: service("pi.local") in world.services())

        running.stop()
        running.stop_bus()
        running.start_bus()
        running.start()
        await until(lambda: service("pi.local") in world.services())

"""What happens in a call."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from statistics import median

from tests.reach.addresses import LAN, NAME, OTHER_HOME, OTHER_HOME4, ROUTER
from tests.reach.caller import Caller
from tests.reach.conditions import CONTAINERS, containers
from tests.reach.networks import CABLE, WIFI
from tests.reach.world import Event, Facts, World
from tests.support.rigs.programs import program

BOTH_SECONDS = 3.0
"""How long a phone has both networks that it changes between."""

NAME_SECONDS = 7.0
"""After which the DNS has a new address."""

PHONE_PORT, APPLIANCE_PORT = "to-phone", "to-appliance"
"""The ends of their cables at the home's router."""

NARROW_KILOBITS = 500

NARROW_SECONDS = 25

LINK_SECONDS, LEAF_SECONDS = 15.0, 75.0
"""Within which the appliance has found out that its addresses are others."""


async def phone_to_guest(made: World, _caller: Caller) -> Facts:
    """The phone's Wi-Fi moves into another network of the home."""
    made.networks.move_phone("guest")
    made.undo.callback(made.networks.move_phone, "lan")
    return {}


async def wifi_to_mobile(made: World, _caller: Caller) -> Facts:
    """The phone leaves the home."""
    networks = made.networks
    networks.phone.ip("link", "set", WIFI, "down")
    networks.join_mobile()
    made.undo.callback(networks.move_phone, "lan")
    made.undo.callback(networks.leave_mobile)
    return {}


async def mobile_to_wifi(made: World, _caller: Caller) -> Facts:
    """The phone comes home: it has both networks for a while."""
    networks = made.networks
    networks.join_lan()
    await asyncio.sleep(BOTH_SECONDS)
    networks.leave_mobile()
    made.undo.callback(networks.join_mobile)
    made.undo.callback(networks.leave_lan)
    return {}


async def appliance_moves(made: World, _caller: Caller) -> Facts:
    """The appliance gets another address in the LAN."""
    address = made.networks.move_appliance()
    return {"link after": await _link_has(made, address)}


def link_down(port: str, seconds: float) -> Event:
    """A cable of the home's router is pulled for so long."""

    async def event(made: World, _caller: Caller) -> Facts:
        made.networks.home.ip("link", "set", port, "down")
        await asyncio.sleep(seconds)
        made.networks.home.ip("link", "set", port, "up")
        return {}

    return event


async def route_lost(made: World, _caller: Caller) -> Facts:
    """The appliance loses its default route."""
    appliance = made.networks.appliance
    router = ("default", "via", LAN.host4(ROUTER), "dev", CABLE)
    before = await made.appliance.link()
    appliance.ip("route", "delete", "default")
    made.undo.callback(appliance.ip, "route", "replace", *router)
    await asyncio.sleep(LINK_SECONDS)
    links = [before, await made.appliance.link()]
    return {"links": [each.partition("?")[0] for each in links]}


async def interface_added(made: World, _caller: Caller) -> Facts:
    """Docker is started on the appliance: does the certificate change, about which phones warn?"""
    leaf = made.directory / "tls" / "server.crt"
    before = leaf.read_bytes()
    containers(made)
    made.undo.callback(made.networks.appliance.ip, "link", "delete", CONTAINERS)
    return {"new leaf after": await _seconds_until(partial(_differs, leaf, before), LEAF_SECONDS)}


async def new_public_address(made: World, _caller: Caller) -> Facts:
    """The provider cuts the line, and gives the home another address; the DNS follows."""
    home = made.networks.home
    home.ip("link", "set", "wan0", "down")
    await asyncio.sleep(BOTH_SECONDS)
    home.ip("link", "set", "wan0", "up")
    made.networks.change_home_address(OTHER_HOME)
    await asyncio.sleep(NAME_SECONDS)
    made.serve_name(OTHER_HOME4)
    return {"name": NAME}


async def mappings_lost(made: World, _caller: Caller) -> Facts:
    """The mobile network's NAT forgets its table: the phone's packets come from other ports."""
    made.networks.carrier.run(*program("conntrack"), "--flush")
    return {}


async def relay_restarts(made: World, _caller: Caller) -> Facts:
    """The relay begins anew, and knows of no allocation."""
    made.relays[0].restart()
    return {}


async def relay_dies(made: World, _caller: Caller) -> Facts:
    """The first relay is gone for good."""
    made.relays[0].stop()
    made.undo.callback(made.relays[0].start)
    return {}


async def narrows(made: World, caller: Caller) -> Facts:
    """The home's way out becomes narrow: how old are the pictures then?"""
    home = made.networks.home
    shape = ("dev", "wan0", "root")
    how = ("tbf", "rate", f"{NARROW_KILOBITS}kbit", "burst", "8kb", "latency", "300ms")
    home.run("tc", "qdisc", "add", *shape, *how)
    made.undo.callback(home.run, "tc", "qdisc", "delete", *shape)
    ages = []
    for _ in range(NARROW_SECONDS):
        await asyncio.sleep(1)
        clock = await caller.phone.evaluate("probes.clock()")
        ages += [clock["age"]] if clock else []
    late = ages[len(ages) // 2 :]
    return {"ages": ages, "age": median(late) if late else None}


async def _link_has(made: World, address: str) -> float | None:
    async def has() -> bool:
        return f"//{address}/" in await made.appliance.link()

    return await _seconds_until(has, LINK_SECONDS)


async def _differs(file: Path, before: bytes) -> bool:
    return await asyncio.to_thread(file.read_bytes) != before


async def _seconds_until(reached: Callable[[], Awaitable[bool]], within: float) -> float | None:
    """How long it takes until something is so; None: it is not after so many seconds."""
    clock = asyncio.get_running_loop().time
    start = clock()
    while not await reached():
        if clock() - start > within:
            return None
        await asyncio.sleep(0.1)
    return round(clock() - start, 1)

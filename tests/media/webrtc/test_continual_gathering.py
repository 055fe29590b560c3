"""A call goes on where this machine gets another address; with the real aioice."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvloop

from homecall_appliance.media.webrtc import continual_gathering
from homecall_appliance.media.webrtc.continual_gathering import ContinualGathering
from homecall_appliance.media.webrtc.ice_connection import IceConnection
from homecall_appliance.media.webrtc.ice_options import IceOptions
from tests.media.webrtc.gathering_world import World, world
from tests.media.webrtc.turn_server import PASSWORD, USERNAME, turn_server
from tests.support.address import local_address
from tests.support.connection import ice_agent, until
from tests.support.ice_servers import Server, options
from tests.support.machine_addresses import let_machine_have
from tests.support.process import sockets

ANOTHER, THIRD = "127.0.0.1", "127.0.0.2"
"""Those that aioice does not gather by itself, and that reach this machine's own."""


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Those that this machine has."""
    these: list[str] = []
    let_machine_have(monkeypatch, these)
    return these


class Machine:
    """One whose addresses change."""

    def __init__(self, ours: World, addresses: list[str], *, relay_only: bool = False) -> None:
        self.addresses = addresses
        self.tasks: list[asyncio.Task[None]] = []
        self._ours = ours
        ice = IceOptions(relay_only=relay_only)
        self.gathering = ContinualGathering(ours.connection, ice, self._start)

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        self.tasks.append(asyncio.create_task(work))
        return self.tasks[-1]

    def become(self, *addresses: str) -> None:
        self.addresses[:] = addresses
        self.gathering.look()

    async def reaches(self, address: str) -> None:
        await until(lambda: self.path == (address, address))

    @property
    def theirs(self) -> Any:
        """The phone's ICE agent."""
        return ice_agent(self._ours.theirs)

    @property
    def path(self) -> tuple[str, str]:
        """The addresses of this machine that our connection and the phone's use for the call."""
        assert self._ours.connection.nominated
        return (
            self._ours.connection.nominated.local_candidate.host,
            self.theirs._nominated[1].remote_candidate.host,
        )

    @property
    def bound(self) -> list[str]:
        """Where our sockets are."""
        return [each.local_candidate.host for each in self._ours.connection._protocols]


@asynccontextmanager
async def relayed(address: str) -> AsyncIterator[World]:
    """A call of ours by a relay alone, which is at an address of this machine."""
    async with turn_server(address, "udp") as server, world(host=False) as ours:
        url = f"turn:{server.address}:{server.port}?transport=udp"
        ours.ask(options(Server([url], USERNAME, PASSWORD)))
        await until(lambda: None in ours.told)
        await ours.connect()
        yield ours


@pytest.mark.parametrize("new_loop", [asyncio.SelectorEventLoop, uvloop.new_event_loop])
def test_media_go_by_the_new_address_and_no_socket_is_left(
    new_loop: Callable[[], asyncio.AbstractEventLoop], addresses: list[str]
) -> None:
    async def move() -> None:
        before = sockets()
        async with world() as ours:
            await ours.connect()
            machine = Machine(ours, addresses)
            machine.become(ANOTHER)
            await machine.reaches(ANOTHER)
            await asyncio.gather(*machine.tasks)
            assert ours.ours.connection_state == ours.theirs.connectionState == "connected"
        await until(lambda: sockets() == before)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(move())


async def test_it_moves_again_and_back(addresses: list[str]) -> None:
    async with world() as ours:
        await ours.connect()
        machine = Machine(ours, addresses)
        former = machine.bound
        for address in (ANOTHER, THIRD, local_address()):
            machine.become(address)
            await machine.reaches(address)
            await asyncio.gather(*machine.tasks)
        assert machine.bound == [*former, ANOTHER, THIRD]


async def test_nothing_is_tried_while_the_address_is_there(addresses: list[str]) -> None:
    async with world() as ours:
        machine = Machine(ours, addresses)
        machine.become(ANOTHER)  # before the call
        await ours.connect()
        machine.become(ANOTHER, *(each.host for each in ours.connection.local_candidates))
        assert machine.tasks == []


async def test_without_any_address_it_waits_for_one(addresses: list[str]) -> None:
    async with world() as ours:
        await ours.connect()
        machine = Machine(ours, addresses)
        machine.become()
        assert machine.tasks == []
        machine.become(ANOTHER)
        await machine.reaches(ANOTHER)


async def test_looking_again_changes_nothing_and_yet_another_address_is_tried_at_once(
    addresses: list[str],
) -> None:
    async with world() as ours:
        await ours.connect()
        machine = Machine(ours, addresses)
        await machine.theirs.close()
        machine.become(ANOTHER)
        machine.become(ANOTHER)
        assert len(machine.tasks) == 1
        machine.become(THIRD)
        await asyncio.wait(machine.tasks[:1])
        assert [each.cancelled() for each in machine.tasks] == [True, False]
        await machine.gathering.stop()


async def test_an_address_is_tried_as_soon_as_it_takes_sockets(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    """One of IPv6 takes none while others on the link are asked whether it is theirs."""
    tentative = True

    own = IceConnection.open_sockets

    async def open_those_that_are_ready(connection: IceConnection, wanted: Sequence[str]) -> None:
        await own(connection, [each for each in wanted if each != ANOTHER or not tentative])

    monkeypatch.setattr(IceConnection, "open_sockets", open_those_that_are_ready)
    async with world() as ours:
        await ours.connect()
        machine = Machine(ours, addresses)
        machine.become(ANOTHER, "192.0.2.1")
        await until(lambda: not machine.gathering._opening or machine.gathering._opening.done())
        assert ANOTHER not in machine.bound
        tentative = False
        machine.gathering.look()
        await machine.reaches(ANOTHER)


async def test_an_address_that_comes_back_ends_the_search(addresses: list[str]) -> None:
    async with world() as ours:
        await ours.connect()
        machine = Machine(ours, addresses)
        former = [each.host for each in ours.connection.local_candidates]
        path = machine.path
        machine.become(ANOTHER)
        machine.become(*former)
        await asyncio.wait(machine.tasks)
        assert machine.tasks[0].cancelled()
        assert machine.path == path


@pytest.mark.parametrize("new_loop", [asyncio.SelectorEventLoop, uvloop.new_event_loop])
def test_whenever_it_ends_no_socket_is_left(
    new_loop: Callable[[], asyncio.AbstractEventLoop], addresses: list[str]
) -> None:
    async def left() -> None:
        before = sockets()
        for steps in range(12):
            async with world() as ours:
                await ours.connect()
                machine = Machine(ours, addresses)
                machine.become(ANOTHER)
                for _ in range(steps):
                    await asyncio.sleep(0)
                await machine.gathering.stop()
            await until(lambda: sockets() == before)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(left())


async def test_where_addresses_cannot_be_listed_nothing_happens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with world() as ours:
        await ours.connect()
        machine = Machine(ours, [])

        def too_many() -> list[str]:
            raise OSError

        monkeypatch.setattr(continual_gathering, "own_addresses", too_many)
        machine.gathering.look()
        assert machine.tasks == []


async def test_the_way_to_a_relay_counts_too(addresses: list[str]) -> None:
    async with relayed(local_address()) as ours:
        machine = Machine(ours, addresses)
        machine.become(local_address(), ANOTHER)
        assert machine.tasks == []
        machine.become(ANOTHER)
        await until(lambda: ours.way == "host")
        assert machine.path[0] == ANOTHER


async def test_the_way_to_a_relay_on_this_machine_is_there() -> None:
    async with relayed("127.0.0.1") as ours:
        machine = Machine(ours, [])
        machine.gathering.look()
        assert machine.tasks == []


async def test_where_nothing_else_may_be_tried_nothing_is(addresses: list[str]) -> None:
    async with relayed(local_address()) as ours:
        machine = Machine(ours, addresses, relay_only=True)
        machine.become(ANOTHER)
        assert machine.tasks == []

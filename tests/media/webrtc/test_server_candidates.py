"""Candidates of STUN and TURN servers, which follow the offer; with the real aioice."""

import asyncio
import re
from collections.abc import Callable, Sequence

import pytest
import uvloop

from homecall_appliance.media.webrtc import server_asking, server_candidates
from homecall_appliance.media.webrtc.name_lookup import NameLookup
from homecall_appliance.media.webrtc.server_memory import ServerState
from tests.media.webrtc.gathering_world import states, world
from tests.media.webrtc.turn_server import PASSWORD, USERNAME, TurnServer, turn_server
from tests.support.address import local_address
from tests.support.connection import until
from tests.support.ice_servers import Server, options, silent, stun_server, taken
from tests.support.process import sockets

MAPPED = ("203.0.113.7", 4242)  # RFC 5737


@pytest.fixture(autouse=True)
def asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no server be asked again that was not there."""
    monkeypatch.setattr(server_asking, "KEEP_ASKING", 0.0)


def relay(server: TurnServer, transport: str = "udp") -> Server:
    url = f"turn:{server.address}:{server.port}?transport={transport}"
    return Server([url], USERNAME, PASSWORD)


async def test_a_stun_server_is_asked_once_and_its_answer_is_told() -> None:
    async with world() as ours, stun_server(MAPPED) as server:
        ice = options(Server([f"stun:{local_address()}:{server.port}"]))
        ours.ask(ice)
        await until(lambda: len(ours.told) > 1)
        line, end = ours.told
        own = [(each.host, each.port) for each in ours.connection.local_candidates]
        assert end is None
        assert len(server.sources) == 1
        assert server.sources[0] in own
        host, port = server.sources[0]
        assert line
        assert re.fullmatch(
            rf"candidate:srflx1 1 udp \d+ {MAPPED[0]} {MAPPED[1]} typ srflx raddr {host} "
            rf"rport {port}",
            line,
        )
        assert states(ice) == [ServerState.WORKS]


async def test_where_two_servers_see_the_same_address_it_is_told_once() -> None:
    async with world() as ours, stun_server(MAPPED) as one, stun_server(MAPPED) as other:
        urls = [f"stun:{local_address()}:{each.port}" for each in (one, other)]
        ours.ask(options(Server(urls)))
        await until(lambda: None in ours.told)
        assert len(ours.told) == 2


async def test_nothing_is_told_where_no_nat_is_between() -> None:
    async with world() as ours, stun_server(MAPPED) as server:
        base = next(each for each in ours.connection.local_candidates if ":" not in each.host)
        server.mapped = (base.host, base.port)
        ours.ask(options(Server([f"stun:{local_address()}:{server.port}"])))
        await until(lambda: ours.told)
        assert ours.told == [None]


async def test_a_server_gets_nothing_from_an_address_that_has_no_way_to_it() -> None:
    """As docker0 has none to the internet; here it is the loopback that none of ours leads to."""
    async with world() as ours, stun_server(MAPPED, "127.0.0.1") as server:
        ice = options(Server([f"stun:127.0.0.1:{server.port}"]))
        ours.ask(ice)
        await until(lambda: ours.told)
        assert (server.sources, ours.told) == ([], [None])
        assert states(ice) == [ServerState.UNREACHABLE]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("late", [False, True])
async def test_a_call_goes_through_a_relay(transport: str, late: bool) -> None:
    """`late`: the phone has answered before the relay is there."""
    async with turn_server(local_address(), transport) as server, world(host=False) as ours:
        if late:
            await ours.answer()
        ours.ask(options(relay(server, transport)))
        await until(lambda: None in ours.told)
        if late:
            await until(lambda: ours.ours.connection_state == "connected")
        else:
            await ours.connect()
        assert ours.way == "relay"
        line = ours.told[0]
        assert line
        assert re.search(
            r"candidate:relay1 1 udp \d+ \S+ \d+ typ relay raddr 0.0.0.0 rport 9", line
        )


async def test_the_second_of_two_servers_is_used_where_the_first_is_silent() -> None:
    async with turn_server(local_address(), "udp") as server, world(host=False) as ours:
        with silent() as (_, dead):
            ours.ask(options(Server([f"turn:{dead}"], USERNAME, PASSWORD), relay(server)))
            await until(lambda: ours.told)
            await ours.connect()
        assert ours.way == "relay"


async def test_a_server_that_was_silent_is_left_out_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_asking, "ANSWER_TIMEOUT", 0.2)
    async with turn_server(local_address(), "udp") as server, world() as ours:
        with silent() as (dead, where):
            ice = options(Server([f"turn:{where}"], USERNAME, PASSWORD), relay(server))
            ours.ask(ice)
            await until(lambda: None in ours.told)
            assert states(ice) == [ServerState.WORKS, ServerState.SILENT]
            assert taken(dead)
            ours.ask(ice)
            await until(lambda: ours.told.count(None) == 2)
            assert not taken(dead)


async def test_a_dead_dns_is_not_laid_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dead(NameLookup):
        async def addresses(self, host: str) -> Sequence[str]:
            await asyncio.get_running_loop().create_future()
            return ()

    monkeypatch.setattr(server_candidates, "LOOKUP_TIMEOUT", 0.1)
    monkeypatch.setattr(server_asking, "KEEP_ASKING", 0.0)
    async with world() as ours:
        ice = options(Server(["stun:stun.example"]), lookup=Dead())
        ours.ask(ice)
        await until(lambda: None in ours.told)
        [record] = ice.memory.records
    assert (record.state, record.reason) == (
        ServerState.UNREACHABLE,
        "the DNS does not tell its address",
    )


async def test_the_owner_is_told_once_why_a_server_is_of_no_use(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with turn_server(local_address(), "udp") as server, world() as ours:
        url = f"turn:{server.address}:{server.port}"
        ice = options(
            Server([url]), Server(["turn:nobody.invalid"], "a", "b"), Server(["turn:bad?x"], "a")
        )
        ours.ask(ice)
        await until(lambda: ours.told.count(None) == 1)
        ours.ask(ice)
        await until(lambda: ours.told.count(None) == 2)
        said = {each.url: (each.state, each.reason) for each in ice.memory.records}
    assert said == {
        url: (ServerState.REFUSES, "it refuses the credentials (401)"),
        "turn:nobody.invalid": (ServerState.UNREACHABLE, "its name is not known"),
    }
    warnings = sorted(each.getMessage() for each in caplog.records if each.levelname == "WARNING")
    assert warnings == sorted(
        [
            f"{url} gives no address: it refuses the credentials (401). Correct its secret, or its "
            "username and credential, in [[ice.turn]]; and look at the clock of this machine "
            "(timedatectl), for by a wrong one they have expired.",
            "turn:nobody.invalid gives no address: its name is not known. Correct its name in the "
            "section [ice] of the configuration, or look at this machine's way to the internet.",
        ]
    )


async def test_a_server_that_talks_nonsense_costs_no_call(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def nonsense(*_: object) -> None:
        raise IndexError

    monkeypatch.setattr(server_candidates, "_mapped_address", nonsense)
    async with world() as ours, stun_server(MAPPED) as server:
        ice = options(Server([f"stun:{local_address()}:{server.port}"]))
        ours.ask(ice)
        await until(lambda: ours.told)
        assert states(ice) == [ServerState.REFUSES]
        await ours.connect()


async def test_a_relay_that_is_not_needed_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_candidates, "SETTLED", 0.0)
    async with turn_server(local_address(), "udp") as server, world() as ours:
        candidates = ours.ask(options(relay(server)))
        await until(lambda: None in ours.told)
        await ours.connect()
        assert ours.way == "host"
        candidates.settle()
        await until(lambda: server.deleted)
        await asyncio.sleep(0.1)
        assert ours.ours.connection_state == "connected"


async def test_a_relay_that_comes_too_late_is_given_back_at_once() -> None:
    async with turn_server(local_address(), "udp") as server, world() as ours:
        await ours.connect()
        ours.ask(options(relay(server)))
        await until(lambda: server.deleted)
        await until(lambda: ours.told)
        assert ours.told == [None]


async def test_the_loss_of_a_relay_ends_a_call_that_goes_through_it() -> None:
    async with turn_server(local_address(), "tcp") as server, world(host=False) as ours:
        ours.ask(options(relay(server, "tcp")))
        await until(lambda: None in ours.told)
        await ours.connect()
        server.hang_up()
        await until(lambda: ours.ours.connection_state in {"failed", "closed"})


async def test_the_loss_of_another_relay_ends_no_call() -> None:
    async with turn_server(local_address(), "tcp") as server, world() as ours:
        ours.ask(options(relay(server, "tcp")))
        await until(lambda: None in ours.told)
        await ours.connect()
        assert ours.way == "host"
        server.hang_up()
        await asyncio.sleep(0.1)
        assert ours.ours.connection_state == "connected"


@pytest.mark.slow
@pytest.mark.parametrize("answers", [False, True])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("new_loop", [asyncio.SelectorEventLoop, uvloop.new_event_loop])
def test_whenever_it_ends_no_socket_is_left(
    new_loop: Callable[[], asyncio.AbstractEventLoop], transport: str, answers: bool
) -> None:
    async def left() -> None:
        async with turn_server(local_address(), transport) as server:
            server.answers = answers
            before = sockets()

            def nothing_is_left() -> bool:
                server.forget()
                return sockets() == before

            for steps in range(25):
                async with world() as ours:
                    ours.ask(options(relay(server, transport)))
                    for _ in range(steps):
                        await asyncio.sleep(0)
                await until(nothing_is_left)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(left())

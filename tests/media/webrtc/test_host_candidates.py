"""Which addresses and ports of this machine a phone gets, and which never."""

import contextlib
import random
import re
import socket
from ipaddress import ip_address

import pytest

from homecall_appliance.media.webrtc.ice_options import IceOptions
from homecall_appliance.media.webrtc.trickle import NO_CANDIDATE
from homecall_appliance.signaling.messages import Offer
from tests.media.webrtc.gathering_world import world
from tests.media.webrtc.turn_server import PASSWORD, USERNAME, turn_server
from tests.support.address import local_address
from tests.support.call_world import Phone, gathered, house, until
from tests.support.connection import until as reached
from tests.support.ice_servers import Server, options, stun_server

MAPPED = ("203.0.113.7", 4242)  # RFC 5737
CANDIDATE = re.compile(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ (\w+)")


def candidates(sdp: str) -> list[tuple[str, int, str]]:
    """The address, port and type of each candidate of a description."""
    return [(host, int(port), kind) for host, port, kind in CANDIDATE.findall(sdp)]


def first_section(sdp: str) -> str:
    return "m=".join(sdp.split("m=")[:2])


def free_ports(count: int) -> range:
    """UDP ports in a row, of those that the system gives to nobody who asks for any."""
    chance = random.Random()
    while True:
        ports = range(first := chance.randrange(20_000, 30_000), first + count)
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in ports:
                one = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                one.bind((local_address(), port))
            return ports


async def test_an_address_that_is_not_wanted_is_not_offered() -> None:
    wanted = ip_address(local_address())
    async with world(IceOptions(wanted=lambda: {wanted})) as ours:
        assert {each.host for each in ours.connection.local_candidates} == {str(wanted)}
        await ours.connect()


async def test_without_a_wanted_address_none_is_offered() -> None:
    async with world(IceOptions(wanted=tuple)) as ours:
        [none] = ours.connection.local_candidates
        assert none.foundation == NO_CANDIDATE


@pytest.mark.slow
async def test_through_a_relay_alone_no_other_address_leaves() -> None:
    """That a call comes about so is shown in test_server_candidates."""
    async with turn_server(local_address(), "udp") as turn, stun_server(MAPPED) as stun:
        ice = options(
            Server([f"stun:{local_address()}:{stun.port}"]),
            Server([f"turn:{turn.address}:{turn.port}"], USERNAME, PASSWORD),
            relay_only=True,
            public_address=MAPPED[0],
        )
        async with house(ice=ice) as home:
            await gathered()
            phone = Phone(home.hub, home.published.session_id)
            phone.attach()
            offer = await phone.offer()
            assert candidates(offer.sdp) == []
            assert local_address() not in offer.sdp
            await phone.answer(offer)
            await until(lambda: phone.messages.qsize() > 1)
            told = [phone.messages.get_nowait() for _ in range(phone.messages.qsize())]
            lines = [getattr(each, "candidate", None) for each in told]
            assert [each and each.candidate.split()[7] for each in lines] == ["relay", None]
            assert stun.sources == []
            assert [each.url for each in ice.memory.records] == [f"turn:{turn.address}:{turn.port}"]
            await phone.gone()


@pytest.mark.slow
async def test_each_call_has_a_port_of_its_own() -> None:
    ports = free_ports(4)

    def ports_of(offer: Offer) -> set[int]:
        return {port for _, port, _ in candidates(first_section(offer.sdp))}

    async with house(ice=IceOptions(ports=ports)) as home:
        taken: list[set[int]] = []
        phones = []
        for _ in range(2):
            await gathered()
            phone = Phone(home.hub, home.published.session_id)
            phone.attach()
            offer = await phone.offer()
            taken.append(ports_of(offer))
            await phone.answer(offer)
            phones.append(phone)
        calls = [each for each in home.calls if each.peer]
        await until(lambda: all(each.connected for each in calls))
        assert len(calls) == 2
        assert taken[0] | taken[1] <= {*ports}
        assert not taken[0] & taken[1]
        for phone in phones:
            await phone.gone()


async def test_where_all_ports_are_taken_a_call_takes_another(
    caplog: pytest.LogCaptureFixture,
) -> None:
    [first] = ports = free_ports(1)
    ice = IceOptions(ports=ports)
    async with world(ice) as one, world(ice) as other:
        chosen = [each.connection.local_candidates for each in (one, other)]
        assert {each.port for each in chosen[0]} == {first}
        assert first not in {each.port for each in chosen[1]}
        assert "No port from ice.port on is free" in caplog.text
        await other.connect()


async def test_a_public_address_is_told_with_the_port_that_is_forwarded() -> None:
    ice = IceOptions(ports=free_ports(4), public_address=MAPPED[0])
    async with world(ice) as ours:
        ours.ask(ice)
        await reached(lambda: None in ours.told)
        line, end = ours.told
        assert end is None
        assert line
        [base] = [each for each in ours.connection.local_candidates if each.host == line.split()[9]]
        assert line.split()[4:8] == [MAPPED[0], str(base.port), "typ", "srflx"]


async def test_a_public_address_is_not_told_with_a_port_that_is_not_forwarded() -> None:
    ice = IceOptions(ports=free_ports(1), public_address=MAPPED[0])
    async with world(ice), world(ice) as other:
        other.ask(ice)
        await reached(lambda: other.told)
        assert other.told == [None]


async def test_a_public_name_that_is_not_known_is_said(caplog: pytest.LogCaptureFixture) -> None:
    ice = IceOptions(public_address="nobody.invalid")
    async with world(ice) as ours:
        ours.ask(ice)
        await reached(lambda: ours.told)
        assert ours.told == [None]
    assert "ice.public_address" in caplog.text

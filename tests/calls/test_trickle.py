"""Calls with STUN and TURN servers: the offer waits for none of them, and its candidates follow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from homecall_appliance.calls.negotiation import CallState
from homecall_appliance.media.webrtc import server_candidates
from homecall_appliance.media.webrtc.ice_options import IceOptions
from homecall_appliance.signaling.messages import Candidate, Message, Offer
from tests.media.webrtc.turn_server import PASSWORD, USERNAME, turn_server
from tests.support.address import local_address
from tests.support.call_world import House, Phone, call, gathered, house, until
from tests.support.ice_servers import Server, options, silent, stun_server

pytestmark = pytest.mark.slow

MAPPED = ("203.0.113.7", 4242)  # RFC 5737


@asynccontextmanager
async def unanswered() -> AsyncIterator[IceOptions]:
    """A STUN server and TURN servers that never answer."""
    with silent() as (_, stun), silent() as (_, turn):
        urls = [f"turn:{turn}?transport=udp", f"turn:{turn}?transport=tcp", "turn:[2001:db8::1]"]
        yield options(Server([f"stun:{stun}"]), Server(urls, USERNAME, PASSWORD))


def attached(home: House) -> Phone:
    phone = Phone(home.hub, home.published.session_id)
    phone.attach()
    return phone


async def test_the_offer_waits_for_no_server() -> None:
    async with unanswered() as ice, house(ice=ice) as home:
        await gathered()
        phone = attached(home)
        await asyncio.sleep(0)
        assert isinstance(phone.messages.get_nowait(), Offer)
        await phone.gone()


async def test_a_call_waits_for_no_server() -> None:
    async with unanswered() as ice, house(ice=ice) as home:
        served, phone = await call(home)
        assert CallState.CONNECTED in served.history
        assert phone.messages.empty()  # not even the end of candidates has come
        await phone.gone()


async def test_a_call_waits_for_no_server_where_no_offer_was_made_ahead() -> None:
    async with unanswered() as ice, house(ice=ice, addresses=None) as home:
        served, phone = await call(home)
        assert CallState.CONNECTED in served.history
        assert phone.messages.empty()
        await phone.gone()


async def said(phone: Phone, count: int) -> list[Message]:
    await until(lambda: phone.messages.qsize() >= count)
    return [phone.messages.get_nowait() for _ in range(count)]


def kind(message: Message) -> str:
    match message:
        case Offer(sdp=sdp):
            assert "a=end-of-candidates" not in sdp
            return "offer"
        case Candidate(candidate=None):
            return "end"
        case Candidate(candidate=candidate):
            assert candidate
            assert (candidate.sdp_mid, candidate.sdp_m_line_index) == ("0", 0)
            assert candidate.username_fragment
            return candidate.candidate.split()[7]
    raise AssertionError(message)


async def test_candidates_follow_the_offer_and_come_again_with_it() -> None:
    async with stun_server(MAPPED) as stun, turn_server(local_address(), "udp") as turn:
        ice = options(
            Server([f"stun:{local_address()}:{stun.port}"]),
            Server([f"turn:{turn.address}:{turn.port}"], USERNAME, PASSWORD),
        )
        async with house(ice=ice) as home:
            await gathered()
            assert not stun.sources  # nobody has come yet
            phone = attached(home)
            first, *others, last = map(kind, await said(phone, 4))
            assert (first, sorted(others), last) == ("offer", ["relay", "srflx"], "end")
            phone.attach()
            assert [*map(kind, await said(phone, 4))] == [first, *others, last]
            await phone.gone()
        assert turn.deleted == 1


async def test_an_offer_without_servers_has_all_its_candidates() -> None:
    async with house() as home:
        phone = attached(home)
        offer = await phone.offer()
        assert "a=end-of-candidates" in offer.sdp
        await asyncio.sleep(0.1)
        assert phone.messages.empty()
        await phone.gone()


async def test_a_relay_is_given_back_while_the_call_goes_another_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_candidates, "SETTLED", 0.0)
    async with turn_server(local_address(), "udp") as turn:
        ice = options(Server([f"turn:{turn.address}:{turn.port}"], USERNAME, PASSWORD))
        async with house(ice=ice) as home:
            served, phone = await call(home)
            await until(lambda: turn.deleted == 1)
            assert served.history[-1] is CallState.CONNECTED
            await phone.gone()

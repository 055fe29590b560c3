"""Whole calls while a neighbour sends whatever comes to his mind (docs/protocol.md, section 10)."""

import asyncio
import logging
import os
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import pytest
from aioice.stun import Class, Message, Method

from homecall_appliance.calls.call import Call
from homecall_appliance.calls.negotiation import CallState
from homecall_appliance.media.webrtc.datagrams import Drop
from homecall_appliance.media.webrtc.peer import Peer
from tests.support.call_world import House, Phone, Unseen, call, gathered, house, until

pytestmark = pytest.mark.slow

LIVE = [CallState.PUBLISHED, CallState.OFFERED, CallState.ANSWERED, CallState.CONNECTED]


def record(kind: int, epoch: int, fragment: bytes) -> bytes:
    """Return a DTLS 1.2 record (RFC 6347, section 4.1)."""
    return bytes([kind, 0xFE, 0xFD, 0, epoch, *bytes(5), 1]) + len(fragment).to_bytes(2) + fragment


def request(username: str, size: int = 0) -> bytes:
    attributes = {"USERNAME": username.ljust(size, "a"), "PRIORITY": 1, "USE-CANDIDATE": None}
    return bytes(Message(Method.BINDING, Class.REQUEST, bytes(12), dict(attributes)))


KINDS = {
    "empty": b"",
    "one byte": b"\x80",
    "64 kB": bytes(65507),
    "64 kB of RTP": b"\x80" * 65507,
    "malformed STUN": bytes.fromhex("000300042112a442" + "78" * 12 + "000c0000"),
    "a malformed check": bytes.fromhex("000100042112a442" + "78" * 12 + "00250004"),
    "an unsigned check": request("user:phone"),
    "a long unsigned check": request("user:phone", 1300),
    "an unsigned success": bytes(Message(Method.BINDING, Class.RESPONSE, bytes(12))),
    "an indication": bytes(Message(Method.BINDING, Class.INDICATION, bytes(12))),
    "an allocation": bytes(Message(Method.ALLOCATE, Class.REQUEST, bytes(12))),
    "ChannelData": b"\x40\x00\x00\x10" + bytes(16),
    "ZRTP": b"\x10" + bytes(40),
    "QUIC": b"\xc0" + bytes(1200),
    "close_notify": record(21, 0, b"\x01\x00"),
    "a fatal alert": record(21, 0, b"\x02\x28"),
    "an alert of the next epoch": record(21, 1, b"\x02\x28".ljust(26, b"\0")),
    "application data": record(23, 1, bytes(100)),
    "a handshake message": record(22, 0, b"\x01" + bytes(60)),
    "change_cipher_spec": record(20, 0, b"\x01"),
    "RTP": b"\x80\x60\x00\x01" + bytes(160),
    "RTP with a header that lies": b"\x9f\x60\x00\x01" + bytes(10),
    "RTCP": b"\x81\xc9\x00\x07" + bytes(28),
    "a goodbye": b"\x81\xcb\x00\x01" + bytes(4),
    "DTLS that is none": b"\x16" * 200,
}


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing of what is sent gets into the journal."""
    with caplog.at_level(logging.WARNING):
        yield
    assert [record.getMessage() for record in caplog.records] == []


Send = Callable[[bytes], object]


@contextmanager
def stranger(sdp: str) -> Iterator[list[Send]]:
    """Ways to send from an address of somebody else, to each port of an offer."""
    lines = [line.split() for line in sdp.splitlines() if line.startswith("a=candidate")]
    with ExitStack() as stack:
        ways: list[Send] = []
        for address, port in sorted({(line[4], int(line[5])) for line in lines}):
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            one = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            one.connect((address, port))
            ways.append(one.send)
        yield ways


@contextmanager
def forger(phone: Phone) -> Iterator[list[Send]]:
    """A way to send with the phone's address as the source: by the phone's own socket."""
    transport: Any = phone.connection.getTransceivers()[0].receiver.transport.transport
    pair = transport._connection._nominated[1]
    own = pair.protocol.transport.get_extra_info("socket")
    with socket.socket(own.family, own.type, fileno=os.dup(own.fileno())) as forged:
        yield [lambda data: forged.sendto(data, pair.remote_addr)]


async def send(ways: Sequence[Send], times: int) -> int:
    """Send everything by all ways; returns how many datagrams that were.

    In each of its turns the event loop reads one datagram of each socket.
    """
    for _ in range(times):
        for data in KINDS.values():
            for way in ways:
                way(data)
            await asyncio.sleep(0)
    return times * len(KINDS) * len(ways)


async def goes_on(served: Call) -> None:
    """Wait until pictures and sound have come and gone for a while longer."""
    peer = served.peer
    assert peer
    frames, sounds, pictures = (
        peer.received.video_frames + 10,
        peer.received.sound.packets + 20,
        peer.sent.video_frames + 5,
    )
    await until(
        lambda: (
            peer.received.video_frames > frames
            and peer.received.sound.packets > sounds
            and peer.sent.video_frames > pictures
        )
    )
    assert served.peer is peer
    assert list(served.history) == LIVE


@asynccontextmanager
async def watched() -> AsyncIterator[tuple[House, Counter[Drop]]]:
    """A house, and what it has dropped."""
    dropped: Counter[Drop] = Counter()
    peer = partial(Peer, new_decoder=Unseen, on_drop=lambda why: dropped.update([why]))
    async with house(peer=peer) as home:
        yield home, dropped


@pytest.mark.usefixtures("quiet")
async def test_a_stranger_disturbs_neither_a_call_nor_the_next() -> None:
    async with watched() as (home, dropped):
        served = home.published
        phone = Phone(home.hub, served.session_id)
        phone.attach()
        offer = await phone.offer()
        await gathered()
        tasks = len(asyncio.all_tasks())
        with stranger(offer.sdp) as ways:
            sent = await send(ways, 10)
            await until(lambda: dropped.total() == sent)
            assert len(asyncio.all_tasks()) <= tasks
            await phone.answer(offer)
            await until(lambda: CallState.CONNECTED in served.history)
            dropped.clear()
        with stranger(offer.sdp) as ways:
            sent = await send(ways, 10)
            await goes_on(served)
            assert sent <= dropped.total() < sent + 10
        await phone.gone()
        _, following = await call(home)
        await following.gone()
        await gathered()


@pytest.mark.usefixtures("quiet")
async def test_who_forges_the_phones_address_disturbs_neither() -> None:
    async with watched() as (home, dropped):
        served, phone = await call(home)
        with forger(phone) as ways:
            await send(ways, 10)
            await goes_on(served)
        assert dropped[Drop.SIZE] >= 40
        assert dropped[Drop.SOURCE] == 0
        await phone.gone()
        _, following = await call(home)
        await following.gone()
        await gathered()

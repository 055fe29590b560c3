"""Two connections of the real aiortc, ours and a phone's, on this machine."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtp import RtpPacket


async def until(reached: Callable[[], Any]) -> None:
    """Wait for what has no event."""
    async with asyncio.timeout(10):
        while not reached():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)


def ice_agent(connection: RTCPeerConnection) -> Any:
    """Return aioice's connection below one of aiortc's with BUNDLE."""
    transport: Any = connection.getTransceivers()[0].receiver.transport.transport
    return transport._connection


@asynccontextmanager
async def two_connections() -> AsyncIterator[tuple[RTCPeerConnection, RTCPeerConnection]]:
    """Ours, which is to offer, and theirs."""
    ours, theirs = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    try:
        yield ours, theirs
    finally:
        await theirs.close()
        await ours.close()


async def negotiate(ours: RTCPeerConnection, theirs: RTCPeerConnection) -> list[RtpPacket]:
    """Offer and answer; return the list in which the RTP is noted that they get."""
    await ours.setLocalDescription(await ours.createOffer())
    await theirs.setRemoteDescription(ours.localDescription)
    await theirs.setLocalDescription(await theirs.createAnswer())
    got: list[RtpPacket] = []
    for receiver in theirs.getReceivers():
        tap(receiver, got)
    await ours.setRemoteDescription(theirs.localDescription)
    return got


def tap(receiver: Any, got: list[RtpPacket]) -> None:
    """Note the RTP that a receiver gets."""
    handle = receiver._handle_rtp_packet

    async def note(packet: RtpPacket, arrival_time_ms: int) -> None:
        got.append(packet)
        await handle(packet, arrival_time_ms)

    receiver._handle_rtp_packet = note

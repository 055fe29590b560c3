"""A connection of ours that asks servers for candidates, and a phone; with the real aioice."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

from homecall_appliance.media.webrtc.aiortc_compat import replace_connection
from homecall_appliance.media.webrtc.datagrams import Drop
from homecall_appliance.media.webrtc.ice_connection import IceConnection
from homecall_appliance.media.webrtc.ice_options import IceOptions
from homecall_appliance.media.webrtc.server_candidates import ServerCandidates
from homecall_appliance.media.webrtc.server_memory import ServerState
from tests.support.connection import until


class World:
    """A connection of ours that has gathered its sockets, and a phone's."""

    def __init__(self) -> None:
        self.ours, self.theirs = (
            RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2)
        )
        self.dropped: Counter[Drop] = Counter()
        self.told: list[str | None] = []
        self.candidates: list[ServerCandidates] = []

    async def gather(self, ice: IceOptions | None = None, *, host: bool = True) -> None:
        """`host`: with the addresses of this machine."""
        ice = ice or IceOptions()
        if not host:
            ice = replace(ice, relay_only=True)
        self.connection = IceConnection(
            ice, ice.ports, lambda reason: self.dropped.update([reason])
        )
        transport = self.ours.addTransceiver("audio").receiver.transport
        replace_connection(transport, self.connection)
        await self.ours.setLocalDescription(await self.ours.createOffer())

    def ask(self, ice: IceOptions) -> ServerCandidates:
        candidates = ServerCandidates(self.connection, ice, self.told.append)
        self.candidates.append(candidates)
        candidates.start()
        return candidates

    async def answer(self) -> None:
        await self.theirs.setRemoteDescription(self.ours.localDescription)
        await self.theirs.setLocalDescription(await self.theirs.createAnswer())
        # As in a peer: aiortc gives up at once where none of all candidates is of use, and some of
        # its versions take no check between the candidates of an answer and its password.
        sdp = self.theirs.localDescription.sdp
        without = re.sub(r"a=(candidate|end-of).*\r\n", "", sdp)
        await self.ours.setRemoteDescription(RTCSessionDescription(without, "answer"))
        for line in re.findall(r"a=candidate:(.*)\r\n", sdp):
            candidate = candidate_from_sdp(line)
            candidate.sdpMid = "0"
            await self.ours.addIceCandidate(candidate)

    async def connect(self) -> None:
        await self.answer()
        await until(lambda: self.ours.connectionState == "connected")
        await until(lambda: self.theirs.connectionState == "connected")

    @property
    def way(self) -> str:
        """The type of the candidate that carries the call."""
        assert self.connection.nominated
        return self.connection.nominated.local_candidate.type


@asynccontextmanager
async def world(ice: IceOptions | None = None, *, host: bool = True) -> AsyncIterator[World]:
    this = World()
    try:
        await this.gather(ice, host=host)
        yield this
    finally:
        for each in this.candidates:
            await each.stop()
        await this.theirs.close()
        await this.ours.close()
        for each in this.candidates:
            await each.give_back()


def states(ice: IceOptions) -> list[ServerState]:
    return [each.state for each in ice.memory.records]

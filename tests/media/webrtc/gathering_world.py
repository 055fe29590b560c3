"""A connection of ours that asks servers for candidates, and a phone; with the real aioice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from aioice import Candidate
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from homecall_appliance.media.webrtc.answer import read_answer
from homecall_appliance.media.webrtc.datagrams import Drop
from homecall_appliance.media.webrtc.ice_connection import IceConnection
from homecall_appliance.media.webrtc.ice_options import IceOptions
from homecall_appliance.media.webrtc.peer_connection import PeerConnection
from homecall_appliance.media.webrtc.server_candidates import ServerCandidates
from homecall_appliance.media.webrtc.server_memory import ServerState
from tests.support.connection import until
from tests.support.offered import OFFER


class World:
    """A connection of ours that has gathered its sockets, and a phone's."""

    connection: IceConnection
    ours: PeerConnection

    def __init__(self) -> None:
        self.theirs = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.dropped: Counter[Drop] = Counter()
        self.told: list[str | None] = []
        self.candidates: list[ServerCandidates] = []
        self._connecting: asyncio.Task[None] | None = None

    async def gather(self, ice: IceOptions | None = None, *, host: bool = True) -> None:
        """`host`: with the addresses of this machine."""
        ice = ice or IceOptions()
        if not host:
            ice = replace(ice, relay_only=True)
        self.connection = IceConnection(
            ice, ice.ports, lambda reason: self.dropped.update([reason])
        )
        self.ours = PeerConnection(self.connection, lambda _: None)
        await self.ours.gather()

    def ask(self, ice: IceOptions) -> ServerCandidates:
        candidates = ServerCandidates(self.connection, ice, self.told.append)
        self.candidates.append(candidates)
        candidates.start()
        return candidates

    async def answer(self) -> None:
        """Let the phone answer, and connect to it."""
        gathered = self.connection.local_candidates
        offer = replace(
            OFFER,
            ufrag=self.connection.local_username,
            password=self.connection.local_password,
            fingerprint=self.ours.fingerprint,
            candidates=[
                # Also the one that stands for none: with none at all aioice as the phone gives up.
                *(each.to_sdp() for each in gathered),
                *(line.removeprefix("candidate:") for line in self.told if line),
            ],
        )
        await self.theirs.setRemoteDescription(RTCSessionDescription(offer.written(), "offer"))
        await self.theirs.setLocalDescription(await self.theirs.createAnswer())
        answer = read_answer(offer, self.theirs.localDescription.sdp)
        self._connecting = asyncio.create_task(
            self.ours.connect(answer.transport, is_lite=answer.is_lite)
        )
        for each in answer.candidates:
            await self.connection.add_remote_candidate(Candidate.from_sdp(each.candidate))

    async def connect(self) -> None:
        await self.answer()
        await until(lambda: self.ours.connection_state == "connected")
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

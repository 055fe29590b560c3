"""A phone that is no browser: it takes the link of a daemon that runs, and calls."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientSession, ClientWebSocketResponse
from aiortc import MediaStreamTrack, RTCPeerConnection
from yarl import URL

from tests.protocol.appliance_world import Phone
from tests.protocol.wire import hangup, read
from tests.support.appliance import Appliance


@dataclass
class Caller:
    """A phone that has answered the appliance's offer."""

    socket: ClientWebSocketResponse
    session_id: str
    connection: RTCPeerConnection

    def track(self, kind: str) -> MediaStreamTrack:
        """What it gets: "audio" or "video"."""
        (found,) = (
            each.receiver.track for each in self.connection.getTransceivers() if each.kind == kind
        )
        return found

    async def frames(self, kind: str, count: int) -> None:
        """Wait until it has so many more frames, decoded."""
        for _ in range(count):
            await self.track(kind).recv()

    async def hang_up(self) -> None:
        """End the call from its side."""
        await self.socket.send_str(hangup(self.session_id))


@asynccontextmanager
async def calling(appliance: Appliance) -> AsyncIterator[Caller]:
    """Take the link of the moment, and answer the offer; the phone is gone in the end."""
    trust = await asyncio.to_thread(ssl.create_default_context, cafile=str(appliance.ca))
    session_id = URL(await appliance.link()).query["session"]
    url = f"wss://{appliance.host}:{appliance.https_port}/signal?sessionId={session_id}&from=phone"
    async with ClientSession() as http, http.ws_connect(url, ssl=trust) as socket:
        phone = Phone(socket, session_id, await read(socket))
        async with phone.answered() as connection:
            yield Caller(socket, session_id, connection)

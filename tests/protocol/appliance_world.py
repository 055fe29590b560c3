"""The appliance behind the endpoint, and phones that call it: its reception, software devices."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientWebSocketResponse
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from homecall_appliance.calls.answering import Answering
from homecall_appliance.calls.negotiation import Patience
from homecall_appliance.calls.reception import Reception
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.tone import Tone
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc.addresses import own_addresses
from homecall_appliance.media.webrtc.ice_options import IceOptions
from homecall_appliance.media.webrtc.inbound import NewDecoder
from homecall_appliance.media.webrtc.peer import Peer
from homecall_appliance.web.channel import SocketLimits
from tests.protocol.wire import answer, read, until
from tests.support.call_world import TEST_PATTERN, Announced
from tests.support.limits import hub_limits, patience
from tests.support.ports_world import Ports, open_ports


@dataclass
class Appliance:
    """The appliance as a participant, with its devices."""

    ports: Ports
    camera: SharedCamera
    audio: SharedAudio
    reception: Reception
    receiving: "asyncio.Task[None]"
    """The reception's work: ends as the daemon stops."""

    @property
    def link(self) -> str:
        """The session of the link that the QR code shows."""
        assert self.reception.published is not None
        return self.reception.published.session_id

    @property
    def open_devices(self) -> list[bool]:
        return [self.camera.open, self.audio.open]

    async def take_link(self, label: str = "phone", **headers: str) -> "Phone":
        """Open the link on a phone, as far as the first message that it gets."""
        link = self.link
        socket = await self.ports.attach(f"?sessionId={link}&from={label}", **headers)
        return Phone(socket, link, await read(socket))


@asynccontextmanager
async def appliance(
    folder: Path,
    *,
    max_calls: int = 2,
    max_duration: float = 60,
    patience: Patience = patience(),  # noqa: B008 - it cannot change
    answering: Answering = Answering(),  # noqa: B008
    new_decoder: NewDecoder | None = None,
) -> AsyncIterator[Appliance]:
    """Serve both ports, with the appliance as a participant."""
    limits = SocketLimits(
        message_bytes=1 << 16, unacknowledged_bytes=1 << 20, first_message_timeout=5
    )
    async with open_ports(folder, hub=hub_limits(), sockets=limits) as ports:
        camera, audio = SharedCamera(TEST_PATTERN), SharedAudio(Tone(), Off(), volume=80)
        reception = Reception(
            ports.hub,
            lambda on_state, on_failure: Peer(
                camera,
                audio,
                IceOptions(),
                on_state,
                on_failure=on_failure,
                new_decoder=new_decoder,
            ),
            addresses=own_addresses,
            max_calls=max_calls,
            max_duration=max_duration,
            renew_after=600,
            on_change=lambda: None,
            announcers=[Announced()],
            patience=patience,
            answering=answering,
        )
        async with asyncio.TaskGroup() as group:
            devices = [group.create_task(part) for part in (camera.run(), audio.run())]
            receiving = group.create_task(reception.run())
            await until(lambda: reception.published is not None)
            yield Appliance(ports, camera, audio, reception, receiving)
            reception.hang_up()
            await until(lambda: not reception.calls)
            for part in (*devices, receiving):
                part.cancel()


@dataclass
class Phone:
    """A phone that has opened the link."""

    socket: ClientWebSocketResponse
    session_id: str
    offer: dict[str, Any]
    """The first message, which is an error if there is no offer for it."""

    @asynccontextmanager
    async def answered(
        self, change: Callable[[str], str] = lambda sdp: sdp
    ) -> AsyncIterator[RTCPeerConnection]:
        """Answer the offer with a connection of our own, which is closed in the end.

        `change` has the last word about the answer.
        """
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        for track in (AudioStreamTrack(), VideoStreamTrack()):
            connection.addTrack(track)
        await connection.setRemoteDescription(RTCSessionDescription(self.offer["sdp"], "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        sdp = change(connection.localDescription.sdp)
        await self.socket.send_str(answer(self.session_id, sdp))
        try:
            yield connection
        finally:
            await connection.close()

"""An appliance without a web server, and phones made of aiortc."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from homecall_appliance.calls.answering import Answering
from homecall_appliance.calls.call import Announcer, Call
from homecall_appliance.calls.call_event import CallEvent
from homecall_appliance.calls.negotiation import Patience
from homecall_appliance.calls.offers import Addresses
from homecall_appliance.calls.reception import Reception
from homecall_appliance.config.model import Camera
from homecall_appliance.faults.containment import OnFailure
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.tone import Tone
from homecall_appliance.media.video.picture import Picture
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc.ice_options import IceOptions
from homecall_appliance.media.webrtc.peer import Peer
from homecall_appliance.signaling.hub import Hub
from homecall_appliance.signaling.mailbox import Letter
from homecall_appliance.signaling.messages import Answer, Candidate, Hangup, Message, Offer
from homecall_appliance.signaling.session import CloseCode, Limits
from tests.support.limits import hub_limits, patience

TEST_PATTERN = Camera(backend="test-pattern", width=320, height=180, framerate=10)


class Announced:
    """The people at the appliance: what they were told, and when the devices were let go."""

    def __init__(self) -> None:
        self.history: list[str] = []
        self.rings = 0

    @contextmanager
    def coming(self) -> Iterator[None]:
        self.history.append("coming")
        yield
        self.history.append("settled")

    def ring(self) -> None:
        self.rings += 1

    def ended(self, *, accepted: bool) -> None:
        self.history.append("ended" if accepted else "not let in")


class Unseen:
    """A `PictureDecoder` of what nobody looks at: takes each picture for decoded."""

    def __init__(self, decoded: Callable[[int, int], None], _spoilt: object) -> None:
        self._decoded = decoded

    def put(self, _picture: Picture) -> bool:
        self._decoded(320, 180)
        return True

    async def run(self) -> None:
        await asyncio.Event().wait()


class NewPeer(Protocol):
    """Makes a `Peer`, from what its own constructor takes."""

    def __call__(
        self,
        camera: SharedCamera,
        audio: SharedAudio,
        ice: IceOptions,
        on_state: Callable[[str], None],
        /,
        *,
        on_failure: OnFailure,
    ) -> Peer: ...


@dataclass
class House:
    """An appliance without a web server."""

    hub: Hub
    camera: SharedCamera
    audio: SharedAudio
    reception: Reception
    calls: list[Call] = field(default_factory=list)

    @property
    def published(self) -> Call:
        assert self.reception.published is not None
        return self.reception.published


@asynccontextmanager
async def house(
    limits: Limits | None = None,
    *,
    max_calls: int = 2,
    renew_after: float = 600,
    patience: Patience = patience(),  # noqa: B008 - it cannot change
    addresses: Addresses | None = tuple,
    announcer: Announcer | None = None,
    on_event: Callable[[CallEvent], None] = lambda _: None,
    answering: Answering = Answering(),  # noqa: B008
    peer: NewPeer = partial(Peer, new_decoder=Unseen),  # noqa: B008 - nor can this
    ice: IceOptions | None = None,
) -> AsyncIterator[House]:
    """`addresses` are those of the machine, the same again and again by default."""
    hub = Hub(hub_limits(limits))
    camera = SharedCamera(TEST_PATTERN)
    audio = SharedAudio(Tone(), Off(), volume=80)

    def notice() -> None:
        published = reception.published
        if published is not None and published not in this.calls:
            this.calls.append(published)

    reception = Reception(
        hub,
        lambda on_state, on_failure: peer(
            camera, audio, ice or IceOptions(), on_state, on_failure=on_failure
        ),
        addresses=addresses,
        max_calls=max_calls,
        max_duration=60,
        renew_after=renew_after,
        on_change=notice,
        on_event=on_event,
        announcers=[announcer or Announced()],
        patience=patience,
        answering=answering,
    )
    this = House(hub, camera, audio, reception)
    async with asyncio.TaskGroup() as group:
        parts = [group.create_task(part) for part in (camera.run(), audio.run(), reception.run())]
        await until(lambda: reception.published is not None)
        yield this
        for part in parts:
            part.cancel()
    hub.close()


class Phone:
    """A phone's side of signaling and media."""

    def __init__(self, hub: Hub, session_id: str) -> None:
        self.session_id = session_id
        self.messages: asyncio.Queue[Message] = asyncio.Queue()
        self.closed: list[CloseCode] = []
        self.sink = MediaBlackhole()
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connection.add_listener("track", self.sink.addTrack)
        self._hub = hub

    def send(self, message: Message, size: int) -> None:
        self.messages.put_nowait(message)

    def close(self, code: CloseCode) -> None:
        self.closed.append(code)

    def peer_attached(self, returned: bool) -> None:
        pass

    def ping(self, answered: Callable[[], None]) -> None:
        answered()

    def undelivered(self) -> list[Letter]:
        return []

    def attach(self, label: str = "phone") -> None:
        self._hub.attach(self, self.session_id, label)

    async def offer(self) -> Offer:
        async with asyncio.timeout(10):
            message = await self.messages.get()
        assert isinstance(message, Offer)
        return message

    async def answer(self, offer: Offer) -> None:
        self.connection.addTrack(AudioStreamTrack())
        self.connection.addTrack(VideoStreamTrack())
        await self.connection.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        await self.sink.start()
        self.say(Answer(self.session_id, self.connection.localDescription.sdp))

    def say(self, message: Answer | Candidate | Hangup) -> None:
        self._hub.receive(self, message, 0)

    async def gone(self) -> None:
        await self.sink.stop()
        await self.connection.close()


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not reached():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


async def gathered() -> None:
    """Wait until nothing is being made in the background: an offer, or the camera's process."""
    making = {"offer", "camera process"}
    await until(lambda: not making & {task.get_name() for task in asyncio.all_tasks()})


async def call(home: House, *, seen: bool = True) -> tuple[Call, Phone]:
    """Make a call in which media flow both ways; `seen`: with the phone's picture."""
    served = home.published
    phone = Phone(home.hub, served.session_id)
    phone.attach()
    await phone.answer(await phone.offer())
    await until(
        lambda: (
            served.peer is not None
            and (served.peer.received.video_frames > 2 or not seen)
            and served.peer.received.sound.packets > 5
            and served.peer.sent.video_frames > 2
            and served.peer.sent.audio_frames > 2
        )
    )
    return served, phone

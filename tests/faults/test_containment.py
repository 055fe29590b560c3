"""Two calls, and something of one of them that raises: it ends that call, and nothing else.

Each case makes another shared part call into the failing call: the camera's supervisor, the sound
card's thread, the screen, the reception, the hub, the tasks of aiortc.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from itertools import pairwise
from typing import Any, NoReturn

import pytest
from aiortc.rtp import RtpPacket

from homecall_appliance.calls.call import Call
from homecall_appliance.calls.negotiation import CallState
from homecall_appliance.display.pixels import Channel, FrameFormat, Mode
from homecall_appliance.display.ports import Frame, FrameSource
from homecall_appliance.display.screen import Screen
from homecall_appliance.display.view import LinkView, View
from homecall_appliance.faults.containment import OnFailure
from homecall_appliance.media import shared
from homecall_appliance.media.audio.voice import Voice
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block
from homecall_appliance.media.video.picture import Picture
from homecall_appliance.media.video.shared_camera import Viewer
from homecall_appliance.media.webrtc.peer import Peer
from homecall_appliance.signaling.hub import Hub
from homecall_appliance.signaling.messages import (
    Candidate,
    Code,
    Error,
    Hangup,
    Message,
)
from homecall_appliance.signaling.session import CloseCode
from tests.support.call_world import Announced, House, Phone, Unseen, call, gathered, house, until
from tests.support.connection import tap
from tests.support.limits import hub_limits

pytestmark = pytest.mark.slow

SENT = "candidate:1 1 UDP 1 192.0.2.77 4711 typ host"
"""What a stranger sent, and a library puts into the text of its exception."""


class Fault(Exception):
    """Whatever a library may raise."""

    def __init__(self) -> None:
        super().__init__(f"cannot parse {SENT}")


def fail(*_: object, **__: object) -> NoReturn:
    raise Fault


def peer_of(served: Call) -> Peer:
    assert served.peer is not None
    return served.peer


def voice_of(served: Call) -> Voice:
    voice = peer_of(served)._media._voice
    assert voice is not None
    return voice


def viewer_of(served: Call) -> Viewer:
    picture = peer_of(served)._media._picture
    assert picture is not None
    assert picture.viewer is not None
    return picture.viewer


class Innocent:
    """The other call, and all that its phone and its loudspeaker get from now on."""

    def __init__(self, home: House, served: Call, phone: Phone, published: list[Picture]) -> None:
        """`published` is what the camera gives meanwhile."""
        self.served = served
        self._home = home
        self._published = published
        self._seen: list[RtpPacket] = []
        self._heard: list[RtpPacket] = []
        self._played = 0
        for receiver in phone.connection.getReceivers():
            tap(receiver, self._seen if receiver.track.kind == "video" else self._heard)
        playout = voice_of(served).playout
        take = playout.take

        def count_and_take(now: float) -> Block | None:
            self._played += 1
            return take(now)

        playout.take = count_and_take  # type: ignore[method-assign]

    async def goes_on(self) -> None:
        """Wait until much more has come and gone."""
        received = peer_of(self.served).received
        before = len(self._pictures), len(self._heard), self._played, received.video_frames
        await until(
            lambda: (
                len(self._pictures) > before[0] + 5
                and len(self._heard) > before[1] + 25
                and self._played > before[2] + 25
                and received.video_frames > before[3] + 5
            )
        )

    def has_all(self) -> None:
        """It goes on, and has every picture that the camera gave, and every sound."""
        assert self.served in self._home.reception.calls
        assert self.served.history[-1] is CallState.CONNECTED
        assert {*steps([packet.timestamp for packet in self._heard])} == {BLOCK_SAMPLES}
        pictures, published = (
            steps(self._pictures),
            steps([each.timestamp for each in self._published]),
        )
        starts = range(len(published))
        assert pictures in [published[start : start + len(pictures)] for start in starts]

    @property
    def _pictures(self) -> list[int]:
        return [*dict.fromkeys(packet.timestamp for packet in self._seen)]


def steps(timestamps: list[int]) -> list[int]:
    return [after - before & 0xFFFFFFFF for before, after in pairwise(timestamps)]


def camera_feed(served: Call) -> None:
    viewer_of(served).feed._take = fail


def sent_picture(served: Call) -> None:
    media: Any = peer_of(served)._media
    media._picture.stream._sender.packetize = fail


def sent_sound(served: Call) -> None:
    media: Any = peer_of(served)._media
    media._sounds._sender.packetize = fail


def paced_picture(served: Call) -> None:
    transport: Any = peer_of(served)._transport
    transport._pacer.due = fail


def reporting(served: Call) -> None:
    transport: Any = peer_of(served)._transport
    transport.session.reports = fail


def congestion_control(served: Call) -> None:
    transport: Any = peer_of(served)._transport
    transport._pacer.rate = None
    transport._congestion = None


def steering(served: Call) -> None:
    viewer_of(served).feed.skip = fail  # type: ignore[method-assign]


def report(served: Call) -> None:
    viewer: Any = viewer_of(served)
    viewer._rate = None


def play_out(served: Call) -> None:
    voice_of(served).playout.take = fail  # type: ignore[method-assign]


def received_sound(served: Call) -> None:
    media: Any = peer_of(served)._media
    media._sound_receiver.take = fail


def received_picture(served: Call) -> None:
    media: Any = peer_of(served)._media
    media._picture_receiver._assembly = None


def decoder(served: Call) -> None:
    media: Any = peer_of(served)._media
    media._picture_receiver._decoder.put = fail


def decoded_picture(served: Call) -> None:
    media: Any = peer_of(served)._media
    media.received = None


def task(served: Call) -> None:
    async def work() -> None:
        fail()

    peer_of(served)._start(work())


@asynccontextmanager
async def two_calls(
    home: House, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[tuple[Call, Phone, Innocent]]:
    served, phone = await call(home)
    other_served, other_phone = await call(home)
    codec = peer_of(other_served).sent.video_codec
    assert codec is not None
    with home.camera.watch(codec) as witness:
        published: list[Picture] = []

        def note(picture: Picture) -> bool:
            published.append(picture)
            return True

        witness.feed.begin(note)
        await until(lambda: bool(published))
        innocent = Innocent(home, other_served, other_phone, published)
        await innocent.goes_on()
        caplog.clear()
        yield served, phone, innocent
        await innocent.goes_on()
        innocent.has_all()
    await over(home, phone, other_phone)


async def over(home: House, *phones: Phone) -> None:
    """End all calls, without another offer to a phone that is gone."""
    home.reception.hang_up()
    await until(lambda: not home.reception.calls)
    for phone in phones:
        await phone.gone()
    await gathered()


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """The complaints in the journal: whose, and what. Those of devices, which a busy machine does
    not serve in time, do not count."""
    complaints = [
        each
        for each in caplog.records
        if each.levelno >= logging.WARNING and each.name != shared.__name__
    ]
    for each in complaints:
        assert SENT not in each.getMessage()
        assert "\n" not in each.getMessage()
        assert not each.exc_info
    return [(getattr(each, "SESSION_ID", ""), each.getMessage()) for each in complaints]


async def messages_of(phone: Phone) -> list[Message]:
    await until(lambda: bool(phone.closed))
    return [phone.messages.get_nowait() for _ in range(phone.messages.qsize())]


@pytest.mark.parametrize(
    "break_part",
    [
        camera_feed,
        sent_picture,
        sent_sound,
        paced_picture,
        reporting,
        congestion_control,
        steering,
        report,
        play_out,
        received_sound,
        received_picture,
        decoder,
        decoded_picture,
        task,
    ],
)
async def test_what_a_part_of_a_call_raises_ends_that_call_alone(
    break_part: Callable[[Call], None], caplog: pytest.LogCaptureFixture
) -> None:
    async with house() as home, two_calls(home, caplog) as (served, phone, innocent):
        break_part(served)
        await until(lambda: served not in home.reception.calls)
        await innocent.goes_on()
        [(session_id, line)] = told(caplog)
        assert session_id == served.session_id
        assert re.fullmatch(r"The call failed: \w+ in \S+\.py:\d+( by \S+\.py:\d+)?\.", line)
        assert await messages_of(phone) == [Error(served.session_id, Code.INTERNAL)]
        assert phone.closed == [CloseCode.ENDED]


FORMAT = FrameFormat(Mode(2, 1, 32, 8, 0, *[Channel(0, 8)] * 3), 0)


class Lending(Unseen):
    """A `PictureDecoder`, and a `FrameSource` that has a frame for each picture."""

    def __init__(
        self,
        show: Callable[[FrameSource], None],
        decoded: Callable[[int, int], None],
        spoilt: Callable[[], None],
    ) -> None:
        super().__init__(decoded, spoilt)
        self._show = show

    def put(self, picture: Picture) -> bool:
        self._show(self)
        return super().put(picture)

    @contextmanager
    def newest(self) -> Iterator[Frame | None]:
        yield Frame(FORMAT, memoryview(bytes(8)))


class Panel:
    """A display on which a picture may fail."""

    where = "a test"
    hidden = ""
    frame_format: FrameFormat | None = FORMAT
    targets = None

    def __init__(self) -> None:
        self.fails = False
        self.shown: list[object] = []

    def show(self, view: View) -> None:
        self.shown.append(view)

    def show_picture(self, frame: Frame, view: View) -> None:
        if self.fails:
            self.fails = False
            fail()
        self.shown.append(frame)

    def close(self) -> None:
        pass


async def test_a_picture_that_cannot_be_drawn_ends_its_call_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    panel = Panel()
    screen = Screen(lambda: panel, lambda: LinkView("link"), lambda: None)

    def peer(*parts: Any, on_failure: OnFailure) -> Peer:
        decoder = partial(Lending, screen.visitor(on_failure))
        return Peer(*parts, on_failure=on_failure, new_decoder=decoder)

    async with house(peer=peer) as home:
        showing = asyncio.create_task(screen.run())
        async with two_calls(home, caplog) as (served, phone, innocent):
            assert any(isinstance(each, Frame) for each in panel.shown)
            panel.fails = True
            await until(lambda: served not in home.reception.calls)
            panel.shown.clear()
            await until(lambda: any(isinstance(each, Frame) for each in panel.shown))
            [(session_id, _)] = told(caplog)
            assert session_id == served.session_id
            assert await messages_of(phone) == [Error(served.session_id, Code.INTERNAL)]
            assert innocent.served in home.reception.calls
        assert not showing.done()
        showing.cancel()
        await asyncio.wait([showing])


class Talkative(Announced):
    """One that fails where it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.fails_at = ""

    @contextmanager
    def coming(self) -> Iterator[None]:
        self._say("coming")
        yield
        self._say("settled")

    def ended(self, *, accepted: bool) -> None:
        self._say("ended" if accepted else "not let in")

    def _say(self, what: str) -> None:
        self.history.append(what)
        if what == self.fails_at:
            self.fails_at = ""
            fail()


@pytest.mark.parametrize("moment", ["coming", "settled", "ended"])
async def test_what_an_announcer_raises_ends_the_call_that_it_tells_of(
    moment: str, caplog: pytest.LogCaptureFixture
) -> None:
    people = Talkative()
    async with house(announcer=people) as home:
        _, other_phone = await call(home)
        caplog.clear()
        people.history.clear()
        people.fails_at = moment
        served = home.published
        phone = Phone(home.hub, served.session_id)
        phone.attach()
        if moment != "coming":
            await phone.answer(await phone.offer())
            await until(lambda: CallState.CONNECTED in served.history)
            home.hub.receive(phone, Hangup(served.session_id), 0)
        await until(lambda: served.history[-1] is CallState.ENDED)
        await until(lambda: len(home.reception.calls) == 1)
        [(session_id, _)] = told(caplog)
        assert session_id == served.session_id
        assert people.history == ["coming", "settled", "ended"][: 1 if moment == "coming" else 3]
        assert other_phone.closed == []
        third, third_phone = await call(home)
        assert third.history[-1] is CallState.CONNECTED
        await over(home, phone, other_phone, third_phone)


def fail_in_the_end(peer: Peer, error: BaseException) -> None:
    """Let the closing of its connection raise this, once it is done."""
    close = peer._connection.close

    async def close_and_fail() -> None:
        await close()
        raise error

    peer._connection.close = close_and_fail  # type: ignore[method-assign]


async def test_closing_a_connection_takes_each_step_whatever_another_raises(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with house() as home, two_calls(home, caplog) as (served, phone, _):
        peer = peer_of(served)
        tasks = [*peer._tasks]
        assert tasks
        peer._media.devices.callback(fail)
        transport: Any = peer._transport
        transport.close = fail
        fail_in_the_end(peer, Fault())
        phone.say(Hangup(served.session_id))
        await until(lambda: served not in home.reception.calls)
        await until(lambda: all(task.done() for task in tasks))
        assert peer._connection.connection_state == "closed"
        assert [session_id for session_id, _ in told(caplog)] == [""] * 3
        caplog.clear()


async def test_a_closing_that_is_cancelled_does_not_cancel_who_waits_for_it() -> None:
    async with house() as home:
        served, phone = await call(home)
        fail_in_the_end(peer_of(served), asyncio.CancelledError())
        phone.say(Hangup(served.session_id))
        await until(lambda: not home.reception.calls)
        await phone.gone()
        again, phone = await call(home)
        assert again.history[-1] is CallState.CONNECTED
        await over(home, phone)


@pytest.mark.parametrize("reason", ["the addresses have changed", "the link is old", "it is taken"])
async def test_closing_an_unused_connection_does_not_end_the_reception(
    reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    addresses, made = ["192.0.2.1"], list[Peer]()

    def peer(*parts: Any, on_failure: OnFailure) -> Peer:
        made.append(Peer(*parts, on_failure=on_failure))
        if len(made) == 1:
            fail_in_the_end(made[0], Fault())
        return made[-1]

    renew_after = 0.5 if reason == "the link is old" else 600
    async with house(
        peer=peer, addresses=lambda: tuple(addresses), renew_after=renew_after
    ) as home:
        await gathered()
        addresses[0] = "192.0.2.2"
        if reason == "the addresses have changed":
            await home.reception.look_at_addresses()
        if reason == "it is taken":
            phone = Phone(home.hub, home.published.session_id)
            phone.attach()
            await phone.offer()
            await over(home, phone)
        await until(lambda: bool(told(caplog)))
        [(_, line)] = told(caplog)
        assert line.startswith("A part of a call has failed: Fault in ")
        await gathered()


class BrokenPhone(Phone):
    """A channel of the hub that raises."""

    broken = False

    def send(self, message: Message, size: int) -> None:
        if self.broken:
            fail()
        super().send(message, size)


async def test_what_a_channel_raises_ends_its_session_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with house() as home, two_calls(home, caplog) as (_, phone, _innocent):
        third, ours = "0b2f1a36-40c5-4c3c-9a3b-6a1d2f3e4c5d", []
        for name in ("ann", "bob"):
            ours.append(BrokenPhone(home.hub, third))
            ours[-1].attach(name)
        ann, bob = ours
        ann.broken = True
        bob.say(Candidate(third, None))
        assert [session_id for session_id, _ in told(caplog)] == [third]
        assert (ann.closed, bob.closed) == ([CloseCode.INTERNAL], [CloseCode.ENDED])
        assert await messages_of(bob) == [Error(third, Code.INTERNAL)]
        assert phone.closed == []
        for each in ours:
            await each.gone()
        caplog.clear()


async def test_the_hub_ends_all_sessions_though_a_channel_raises() -> None:
    hub = Hub(hub_limits())
    phones = [BrokenPhone(hub, f"0b2f1a36-40c5-4c3c-9a3b-6a1d2f3e4c5{n}") for n in range(3)]
    for each in phones:
        each.attach()
    phones[0].broken = True
    hub.close()
    assert hub.counts() == {"waiting": 0, "active": 0}
    assert [each.closed for each in phones] == [
        [CloseCode.INTERNAL],
        [CloseCode.ENDED],
        [CloseCode.ENDED],
    ]
    for each in phones:
        await each.gone()


async def test_a_library_that_waits_in_vain_is_not_the_longest_duration(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    class Slow(Peer):
        async def accept(self, sdp: str) -> None:
            await super().accept(sdp)
            raise TimeoutError

    async with house(peer=Slow) as home:
        served, phone = home.published, Phone(home.hub, home.published.session_id)
        phone.attach()
        await phone.answer(await phone.offer())
        await until(lambda: not home.reception.calls and bool(phone.closed))
        [(session_id, line)] = told(caplog)
        assert (session_id, "TimeoutError" in line) == (served.session_id, True)
        assert "longest duration" not in caplog.text
        await over(home, phone)

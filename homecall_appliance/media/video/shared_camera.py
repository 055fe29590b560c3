"""The camera as the calls share it: one camera, one encoder for each codec, many viewers."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import NoReturn

from homecall_appliance.config.model import Camera
from homecall_appliance.faults.containment import OnFailure, reported
from homecall_appliance.media.ports import DeviceError
from homecall_appliance.media.shared import Shared
from homecall_appliance.media.subscribers import Subscribers
from homecall_appliance.media.video.bitrate_control import RateControl
from homecall_appliance.media.video.feed import PictureFeed
from homecall_appliance.media.video.ipc import Wish
from homecall_appliance.media.video.picture import Codec, Picture
from homecall_appliance.media.video.process import CameraProcess

FIRST_PICTURE_TIMEOUT = 10.0
"""Seconds that the camera may take to open: libcamera takes one or two on a Raspberry Pi."""

STALL_TIMEOUT = 2.0
"""Seconds without a picture after which the camera counts as hung."""

STEERING_INTERVAL = 1.0
"""Seconds between two looks at the bitrate; what a phone reports is looked at when it comes."""

KEYFRAME_INTERVAL = 0.5
"""Seconds between two key frames that are asked for: each is as large as ten other pictures."""


class SharedCamera(Shared):
    """One camera for every call.

    Its process is started before it is needed, since its imports take longer than a camera. It is
    used for the calls of one opening, and replaced after them.
    """

    def __init__(
        self,
        settings: Camera,
        *,
        first_picture_timeout: float = FIRST_PICTURE_TIMEOUT,
        stall_timeout: float = STALL_TIMEOUT,
    ) -> None:
        super().__init__("camera")
        self._settings = settings
        self._first_picture_timeout = first_picture_timeout
        self._stall_timeout = stall_timeout
        self._viewers: Subscribers[Viewer] = Subscribers()
        self._off = False
        self._spare: asyncio.Task[CameraProcess] | None = None
        self._process: CameraProcess | None = None
        self._released = asyncio.Event()
        self._keyframes: Counter[Codec] = Counter()
        self._asked_at: dict[Codec, float] = {}
        self._asking: dict[Codec, asyncio.TimerHandle] = {}
        self._rate = RateControl(settings.bitrate)
        self._bitrate = self._rate.decide(self._loop.time()).bits_per_second

    @property
    def bitrate(self) -> int:
        """What each encoder gives at most, in bit/s; 0 while the camera is closed."""
        return self._bitrate if self.open else 0

    @property
    def most_bitrate(self) -> int:
        """What each encoder gives at most, in bit/s, however good the paths are."""
        return self._settings.bitrate

    @property
    def pid(self) -> int | None:
        """The process that has the camera."""
        return self._process.pid if self._process else None

    async def run(self) -> None:
        """See Shared.run."""
        self._prepare()
        try:
            await super().run()
        finally:
            await self._end_spare()

    @contextlib.contextmanager
    def watch(self, codec: Codec, on_failure: OnFailure = reported) -> Iterator["Viewer"]:
        """Open the camera, or join it; `on_failure` is told what the viewer's own parts raise."""
        viewer = Viewer(self, self._rate, codec)
        self._viewers.add(viewer, on_failure)
        self._rate.join(viewer)
        self._join()
        self._order()
        try:
            yield viewer
        finally:
            self._viewers.discard(viewer)
            self._off = self._off and bool(self._viewers)
            self._rate.leave(viewer)
            self._want(bool(self._viewers))
            self._order()

    @property
    def off(self) -> bool:
        """Whether the calls of the moment get no picture; never so when a first call begins."""
        return self._off

    def turn_off(self, off: bool) -> None:
        """Close the camera for the calls of the moment, or open it again."""
        self._off = off and bool(self._viewers)
        self._want(bool(self._viewers))

    def want_keyframe(self, codec: Codec) -> None:
        """Have the next picture made a key frame; soon, if there was one just now."""
        if codec in self._asking:
            return
        wait = self._asked_at.get(codec, 0.0) + KEYFRAME_INTERVAL - self._loop.time()
        if wait > 0:
            self._asking[codec] = self._loop.call_later(wait, self._ask_for_keyframe, codec)
        else:
            self._ask_for_keyframe(codec)

    def steer(self) -> None:
        """Let the bitrate follow what the phones have reported."""
        decision = self._rate.decide(self._loop.time())
        self._viewers.each(lambda viewer: viewer.feed.skip(viewer in decision.skipping))
        if decision.bits_per_second != self._bitrate:
            self._bitrate = decision.bits_per_second
            self._order()

    def _ask_for_keyframe(self, codec: Codec) -> None:
        self._asking.pop(codec, None)
        self._asked_at[codec] = self._loop.time()
        self._keyframes[codec] += 1
        self._order()

    def _want(self, wanted: bool) -> None:
        wanted = wanted and not self._off
        super()._want(wanted)
        if wanted:
            self._released.clear()
        else:
            self._released.set()

    async def _use(self) -> None:
        process = await self._take_spare()
        try:
            await self._watch(process)
        except DeviceError:
            self._prepare()
            raise
        else:
            self._prepare()
        finally:
            self._process = None
            await process.end()

    async def _watch(self, process: CameraProcess) -> None:
        self._process = process
        process.open(self._settings, self._wish())
        parts = [
            asyncio.create_task(part)
            for part in (self._read(process), self._steer(), self._released.wait())
        ]
        try:
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in done:
                part.result()
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)

    async def _read(self, process: CameraProcess) -> None:
        await process.ready()
        patience = self._first_picture_timeout
        while True:
            try:
                async with asyncio.timeout(patience):
                    picture = await process.read()
            except TimeoutError as error:
                raise DeviceError(
                    "The camera hangs; it is opened again. If that does not help, unplug it or "
                    "switch the Raspberry Pi off, and check its cable."
                ) from error
            patience = self._stall_timeout
            self._publish(picture)

    async def _steer(self) -> NoReturn:
        while True:
            await asyncio.sleep(STEERING_INTERVAL)
            self.steer()

    def _publish(self, picture: Picture) -> None:
        self._opened()
        self._viewers.each(lambda viewer: viewer.feed.put(picture))

    def _wish(self) -> Wish:
        codecs = set(self._viewers.each(lambda viewer: viewer.feed.codec))
        return Wish(self._bitrate, {codec: self._keyframes[codec] for codec in codecs})

    def _order(self) -> None:
        if self._process is not None:
            self._process.order(self._wish())

    def _prepare(self) -> "asyncio.Task[CameraProcess]":
        self._spare = asyncio.create_task(CameraProcess.start(), name="camera process")
        return self._spare

    async def _take_spare(self) -> CameraProcess:
        try:
            # A start that was broken off would leave a process behind: it stays for _end_spare().
            process = await asyncio.shield(self._spare or self._prepare())
        except DeviceError:
            self._spare = None
            raise
        self._spare = None
        return process

    async def _end_spare(self) -> None:
        if self._spare is not None:
            with contextlib.suppress(DeviceError):
                process = await self._take_spare()
                await process.end()


class Viewer:
    """One call's share of the camera."""

    def __init__(self, camera: SharedCamera, rate: RateControl, codec: Codec) -> None:
        self.feed = PictureFeed(codec, self.keyframe_wanted)
        self.loss = 0.0
        """The part of the packets that was lost of late, by the phone's last report."""

        self.round_trip: float | None = None
        """Seconds to the phone and back; None until it is known."""

        self.keyframes_wanted = 0
        """How often nothing but a key frame was of use."""

        self._camera = camera
        self._rate = rate

    def keyframe_wanted(self) -> None:
        """The phone cannot go on without a key frame."""
        self.keyframes_wanted += 1
        self._camera.want_keyframe(self.feed.codec)

    def target_estimated(self, bits_per_second: int) -> None:
        """Take note of how much the phone can get, by the congestion control of its path."""
        self._rate.target_estimated(self, bits_per_second)
        self._camera.steer()

    def path_reported(self, fraction: float, round_trip: float | None) -> None:
        """Take note of the part of the packets that was lost of late, and of the round trip in
        seconds."""
        self.loss, self.round_trip = fraction, round_trip

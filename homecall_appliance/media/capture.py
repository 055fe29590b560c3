"""The devices as the calls share them: opened for the first call, released after the last.

`run()` is the supervisor of a device. It opens it while somebody wants it, opens it again with
growing pauses when it fails, and never runs twice at a time. The device itself works in a thread
of its own, so that a stuck driver cannot hold up signaling.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

import numpy as np
from av import VideoFrame

from homecall_appliance.media.ports import (
    BLOCK_SAMPLES,
    AudioDevice,
    Block,
    DeviceError,
    VideoSource,
)
from homecall_appliance.media.thread import in_thread

log = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_PAUSE = 1.0
"""Seconds before a failed device is opened again; doubled after each failure."""

LONGEST_PAUSE = 30.0
"""Seconds."""

RELEASE_TIMEOUT = 3.0
"""Seconds that a device may take to close when the appliance stops."""

SOUND_AGE = 2.0
"""Seconds without a block after which a sound device counts as lost."""


class Feed(Generic[T]):
    """What one call gets of a device: bounded, the oldest goes first, losses are counted."""

    def __init__(self, size: int) -> None:
        self.dropped = 0
        self._items: deque[T] = deque(maxlen=size)
        self._filled = asyncio.Event()

    def put(self, item: T) -> None:
        """Add an item; event loop's thread only."""
        self.dropped += len(self._items) == self._items.maxlen
        self._items.append(item)
        self._filled.set()

    async def get(self) -> T:
        """Wait for the oldest item."""
        while not self._items:
            self._filled.clear()
            await self._filled.wait()
        return self._items.popleft()


class Shared:
    """Opens a device while it is wanted."""

    def __init__(self, name: str) -> None:
        self.problem: str | None = None
        self.open = False
        self.name = name
        self._loop = asyncio.get_running_loop()
        self._wanted = asyncio.Event()
        self._stop = threading.Event()
        self._working = False
        self._alive = 0.0

    @property
    def wanted(self) -> bool:
        """Whether a call is using it, or trying to."""
        return self._wanted.is_set()

    @property
    def silent(self) -> float:
        """Seconds since the device's thread last showed that it does not hang in a driver."""
        return time.monotonic() - self._alive if self._working else 0.0

    def looked_at(self, problem: str | None) -> None:
        """Learn what a look at the closed device has found; what an open one shows counts more."""
        if self.wanted:
            return
        if problem:
            self._note(problem)
        elif self.problem:
            log.info("The %s is there.", self.name)
            self.problem = None

    async def run(self) -> None:
        """Supervise the device for as long as the appliance runs."""
        while True:
            await self._wanted.wait()
            pause = FIRST_PAUSE
            while self._wanted.is_set():
                started = self._loop.time()
                self._stop.clear()
                try:
                    await self._until_released(in_thread(self.name, self._work))
                except DeviceError as error:
                    self._note(str(error))
                    if self._loop.time() - started > LONGEST_PAUSE:
                        pause = FIRST_PAUSE
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
                finally:
                    self.open = False

    async def _until_released(self, working: asyncio.Future[None]) -> None:
        self._working, self._alive = True, time.monotonic()
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            self._stop.set()
            await asyncio.wait([working], timeout=RELEASE_TIMEOUT)
            raise
        finally:
            self._working = False

    def _work(self) -> None:
        """Use the device until `_stop` is set; runs in the device's thread."""
        raise NotImplementedError

    def _want(self, wanted: bool) -> None:
        if wanted:
            self._wanted.set()
        else:
            self._wanted.clear()
            self._stop.set()

    def _opened(self) -> None:
        self.open = True
        self.problem = None

    def _note(self, problem: str) -> None:
        if problem != self.problem:
            log.warning("%s", problem)
        self.problem = problem


class SharedCamera(Shared):
    """One camera for every call."""

    def __init__(self, source: VideoSource) -> None:
        super().__init__("camera")
        self._source = source
        self._feeds: set[Feed[VideoFrame]] = set()

    @contextlib.contextmanager
    def watch(self) -> Iterator[Feed[VideoFrame]]:
        """Open the camera, or join it, and give its newest frame; frames are shared, read only."""
        feed: Feed[VideoFrame] = Feed(size=1)
        self._feeds.add(feed)
        self._want(True)
        try:
            yield feed
        finally:
            self._feeds.discard(feed)
            self._want(bool(self._feeds))

    def _work(self) -> None:
        with contextlib.closing(self._source.frames()) as frames:
            for frame in frames:
                self._alive = time.monotonic()
                if self._stop.is_set():
                    return
                self._loop.call_soon_threadsafe(self._publish, frame)

    def _publish(self, frame: VideoFrame) -> None:
        if self._wanted.is_set():
            self._opened()
        for feed in self._feeds:
            feed.put(frame)


class Voice:
    """One call's share of the sound device."""

    def __init__(self) -> None:
        self.captured: Feed[Block] = Feed(size=5)
        self.played: deque[Block] = deque(maxlen=10)

    def play(self, block: Block) -> None:
        """Queue a block for the loudspeaker; beyond 200 ms the oldest is dropped."""
        self.played.append(block)


class SharedAudio(Shared):
    """One microphone and loudspeaker for every call."""

    def __init__(self, device: AudioDevice, volume: int) -> None:
        """`volume` is the loudness of the loudspeaker in per cent."""
        super().__init__("audio")
        self._device = device
        self._gain = volume / 100
        self._voices: frozenset[Voice] = frozenset()
        self._last_block = 0.0

    @contextlib.contextmanager
    def talk(self) -> Iterator[Voice]:
        """Open the sound device, or join it."""
        voice = Voice()
        self._voices |= {voice}
        self._want(True)
        try:
            yield voice
        finally:
            self._voices -= {voice}
            self._want(bool(self._voices))

    def _work(self) -> None:
        self._last_block = time.monotonic()
        with self._device.open(self._exchange):
            while not self._stop.wait(SOUND_AGE / 4):
                self._alive = time.monotonic()
                if time.monotonic() - self._last_block > SOUND_AGE:
                    break
        if not self._stop.is_set():
            raise DeviceError("The sound device has stopped. Check its plug.")

    def _exchange(self, captured: Block) -> Block:
        """Share out what was captured and mix what is to be played; in the device's thread."""
        self._last_block = time.monotonic()
        voices = self._voices
        self._loop.call_soon_threadsafe(self._publish, captured, voices)
        mixed = np.zeros(BLOCK_SAMPLES, np.float32)
        for voice in voices:
            if voice.played:
                mixed += voice.played.popleft()
        mixed *= self._gain
        return np.clip(mixed, -32768, 32767).astype(np.int16)

    def _publish(self, captured: Block, voices: frozenset[Voice]) -> None:
        if self._wanted.is_set():
            self._opened()
        for voice in voices:
            voice.captured.put(captured)

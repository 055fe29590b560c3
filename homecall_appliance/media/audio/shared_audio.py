"""The microphone and the loudspeaker as the calls share them.

The device works in a thread of its own, so that a stuck driver cannot hold up signaling.
"""

import asyncio
import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np

from homecall_appliance.faults.containment import OnFailure, reported
from homecall_appliance.media.audio.chimes import Chime
from homecall_appliance.media.audio.mixer import mix
from homecall_appliance.media.audio.opus import OpusEncoder, Sound
from homecall_appliance.media.audio.opus_settings import OpusSettings
from homecall_appliance.media.audio.playout import Decoder
from homecall_appliance.media.audio.voice import Voice
from homecall_appliance.media.ports import (
    BLOCK_SAMPLES,
    SAMPLE_RATE,
    AudioDevice,
    Block,
    DeviceError,
    DeviceStuckError,
    EchoCanceller,
    EchoFigures,
    SoundFigures,
    SoundProblems,
)
from homecall_appliance.media.shared import Shared
from homecall_appliance.media.subscribers import Subscribers
from homecall_appliance.media.thread import in_thread

RELEASE_TIMEOUT = 3.0
"""Seconds that the device may take to close when the appliance stops."""

SOUND_AGE = 2.0
"""Seconds without a block after which a sound device counts as lost."""

LATE = 2.0
"""Seconds within which a chime must begin: later it would tell of what is past."""

SLACK = 0.1
"""Seconds that an open device may be late."""

SILENCE: Block = np.zeros(BLOCK_SAMPLES, np.int16)

SWALLOWED: Chime = (SILENCE,) * 20
"""Played before a chime for which the device is opened: 0.4 s. Amplifiers swallow so much, and it
takes the microphone and the loudspeaker to be in step."""


class Ringing:
    """A chime on its way to the loudspeaker."""

    def __init__(self, blocks: Iterable[Block], begin_by: float) -> None:
        self._blocks = iter(blocks)
        self._begin_by = begin_by

    def take(self, now: float) -> Block | None:
        """Return its next block; None after the last one, and to one who comes too late."""
        if now > self._begin_by:
            return None
        self._begin_by = math.inf
        return next(self._blocks, None)


@dataclass(frozen=True)
class _Exchange:
    """A `media.ports.Exchange` of two functions."""

    play: Callable[[], Block]
    hear: Callable[[Block, Block, float], None]


class SharedAudio(Shared):
    """One microphone and loudspeaker for every call."""

    def __init__(self, device: AudioDevice, canceller: EchoCanceller, volume: int) -> None:
        """`volume` is the loudness of the loudspeaker in per cent."""
        super().__init__("audio")
        self._device = device
        self._canceller = canceller
        self._stop = threading.Event()
        self._working = False
        self._failed = False
        """Whether the last attempt to open it has failed."""

        self.stuck = False
        """Whether the last attempt to open it has shown that only another process may get it."""

        self._alive = 0.0
        self._gain = volume / 100
        self._encoder: OpusEncoder | None = None
        self._voices: Subscribers[Voice] = Subscribers()
        self._ringing: frozenset[Ringing] = frozenset()
        self._alerting: frozenset[Ringing] = frozenset()
        self._ready = 0
        """How many calls are about to begin."""

        self._captures = False
        """Whether the device was last opened with the microphone."""

        self._muted = False
        self._last_block = 0.0

    @contextlib.contextmanager
    def talk(
        self, make_decoder: Callable[[], Decoder], on_failure: OnFailure = reported
    ) -> Iterator[Voice]:
        """Open the sound device, or join it; `make_decoder` is for what the phone sends, and
        `on_failure` is told what the voice's own parts raise."""
        voice = Voice(make_decoder)
        self._voices.add(voice, on_failure)
        self._join()
        try:
            yield voice
        finally:
            self._voices.discard(voice)
            self._muted = self._muted and bool(self._voices)
            self._look_whether_wanted()

    @property
    def talking(self) -> bool:
        """Whether a call has the microphone and the loudspeaker."""
        return bool(self._voices)

    @property
    def muted(self) -> bool:
        """Whether calls get silence in place of what the microphone hears; never so when a first
        call begins."""
        return self._muted

    def mute(self, muted: bool) -> None:
        """Give the calls of the moment silence, or what the microphone hears."""
        self._muted = muted and self.talking

    @contextlib.contextmanager
    def alert(self, cadence: Callable[[], Chime]) -> Iterator[None]:
        """Play what `cadence` returns, again and again until left; the microphone stays closed,
        unless a call has it. `cadence` is called in the device's thread."""
        first = () if self.open else SWALLOWED
        alerting = Ringing(chain(first, chain.from_iterable(iter(cadence, None))), math.inf)
        self._alerting |= {alerting}
        self._join()
        try:
            yield
        finally:
            self._alerting -= {alerting}
            self._look_whether_wanted()

    def ring(self, chime: Chime) -> None:
        """Play a chime, over what the calls play; without a device: nothing."""
        begins_within = SLACK
        if not self.open:
            begins_within = LATE
            chime = SWALLOWED + chime
        seconds = len(chime) * BLOCK_SAMPLES / SAMPLE_RATE
        ringing = Ringing(chime, time.monotonic() + LATE)
        if not self._failed:
            self._ringing |= {ringing}
            self._look_whether_wanted()
        self._loop.call_later(begins_within + seconds, self._leave, ringing)

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
        """Keep the device open for a call that is about to begin; one that does not open is left
        for the call to try."""
        self._ready += 1
        self._look_whether_wanted()
        try:
            yield
        finally:
            self._ready -= 1
            self._look_whether_wanted()

    def _leave(self, ringing: Ringing) -> None:
        self._ringing -= {ringing}
        self._look_whether_wanted()

    def _look_whether_wanted(self) -> None:
        briefly = (self._ready or self._ringing) and not self._failed
        self._want(bool(self._voices or self._alerting or briefly))

    def _is_to_capture(self) -> bool:
        """Whether the microphone is wanted; a chime alone leaves it as it is."""
        calls = bool(self._voices or self._ready)
        return calls or (self._captures and not self._alerting)

    @property
    def silent(self) -> float:
        """Seconds since the device's thread last showed that it does not hang in a driver."""
        return time.monotonic() - self._alive if self._working else 0.0

    @property
    def figures(self) -> SoundFigures:
        """How well the device keeps pace."""
        return self._device.figures

    @property
    def problems(self) -> SoundProblems:
        """What the device lacks, as far as it is open in spite of the problem, or was."""
        problems = self._device.problems
        return problems if self.problem == problems.sentence else SoundProblems()

    def looked_at(self, problem: str | None) -> None:
        """See `Shared.looked_at`."""
        super().looked_at(problem)
        self._failed = self._failed and self.wanted

    @property
    def echo(self) -> EchoFigures:
        """What the echo canceller knows."""
        return self._canceller.figures

    async def _use(self) -> None:
        self._stop.clear()
        self._working, self._alive = True, time.monotonic()
        self._captures = self._is_to_capture()
        working = in_thread(self.name, self._work)
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            self._stop.set()
            await asyncio.wait([working], timeout=RELEASE_TIMEOUT)
            raise
        except DeviceError as error:
            self._failed = True
            self.stuck = isinstance(error, DeviceStuckError)
            self._ringing = frozenset()
            self._look_whether_wanted()
            raise
        finally:
            self._working = self._captures = False

    def _want(self, wanted: bool) -> None:
        super()._want(wanted)
        if not wanted or (self._working and self._captures != self._is_to_capture()):
            self._stop.set()  # where it is wanted, it is opened again

    def _work(self) -> None:
        self._last_block = time.monotonic()
        # The same for all openings: a call's sound goes on where it was.
        self._encoder = encoder = self._encoder or OpusEncoder()
        exchange = _Exchange(self._play, partial(self._hear, encoder))
        with self._device.open(exchange, capture=self._captures):
            while not self._stop.wait(SOUND_AGE / 4):
                self._alive = time.monotonic()
                if time.monotonic() - self._last_block > SOUND_AGE:
                    break
        if not self._stop.is_set():
            raise DeviceError("The sound device has stopped. Check its plug.")

    def _play(self) -> Block:
        """Mix what is to be played next; in the device's thread."""
        now = time.monotonic()
        spoken = self._voices.each(lambda voice: voice.playout.take(now))
        spoken += [each.take(now) for each in self._ringing | self._alerting]
        return mix([block for block in spoken if block is not None], self._gain)

    def _hear(self, encoder: OpusEncoder, captured: Block, played: Block, skipped: float) -> None:
        """Share out what was captured; in the device's thread."""
        self._last_block = time.monotonic()
        sound = None
        if self._captures:
            spoken = self._canceller.process(captured, played, skipped)
            wanted = self._voices.each(lambda voice: voice.wanted_settings)
            encoder.apply(OpusSettings.shared(wanted))
            sound = encoder.encode(SILENCE if self._muted else spoken)
            if self.open and not sound.is_sent:
                return  # there is nothing to wake the event loop for
        self._loop.call_soon_threadsafe(self._publish, sound)

    def _publish(self, sound: Sound | None) -> None:
        if self._wanted.is_set():
            # Without the microphone nothing new is known of it.
            self._opened(self._device.problems.sentence if sound else self.problem)
            self._failed = self.stuck = False
        if sound and sound.is_sent:
            self._voices.each(lambda voice: voice.put(sound))

"""What the calls need of the hardware: a camera and a sound device.

Both ports are synchronous. The code that owns them runs the camera in a process of its own
(`media.video`) and the sound in a thread (`media.audio`), and opens them again with a growing pause
when they fail (`media.shared`). A backend only opens, yields and closes.
"""

from collections.abc import Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

SAMPLE_RATE = 48_000
"""Samples per second of every sound block in the appliance."""

BLOCK_SAMPLES = 960
"""Samples in one sound block: 20 ms, an Opus frame (RFC 6716, section 2.1.4)."""

Block = NDArray[np.int16]
"""One sound block: shape (BLOCK_SAMPLES,), mono, 48 kHz, signed 16 bit."""


class Exchange(Protocol):
    """Whom a sound device serves: a block in each direction every 20 ms. Neither method blocks."""

    def play(self) -> Block:
        """Return the next block for the loudspeaker."""
        ...

    def hear(self, captured: Block, played: Block, skipped: float) -> None:
        """Take the next block of the microphone, which is the callee's to keep.

        `played` is what was given to the loudspeaker just before, by the microphone's clock: its
        echo is in later blocks. Where that is another clock, `skipped` are the samples by which the
        block was compressed (below 0: stretched) to keep pace.
        """
        ...


class DeviceError(Exception):
    """A device could not be opened, or was lost; `str()` is a sentence for the owner."""


class DeviceStuckError(DeviceError):
    """A device was lost, and its driver does not let go of it: only another process may get it."""


class VideoSource(Protocol):
    """A camera."""

    def frames(self) -> Generator[VideoFrame, None, None]:
        """Open the camera and yield its frames as they are captured, at the device's own pace.

        Every frame carries `pts` and `time_base` of the device's clock, starting anywhere and
        increasing, in a format that libswscale reads. Its size is the camera's own, which need not
        be the configured one. Each frame is a new object: the caller may keep it and pass it on.
        Closing the generator, in the thread that runs it, releases the camera.
        Blocks between frames; raises DeviceError when the camera is missing or lost.
        """
        ...


@dataclass(frozen=True)
class SoundFigures:
    """How well a sound device has kept pace, in all its openings."""

    xruns: int = 0
    """How often the sound system has said that blocks came too late, or were lost."""

    concealed: int = 0
    """Blocks of what was played that the echo canceller did not get in time, or not wholly, where
    the microphone and the loudspeaker have a clock each."""

    drift: float = 0.0
    """By how many millionths the microphone's clock is faster than the loudspeaker's, where each
    has its own."""


@dataclass(frozen=True)
class SoundProblems:
    """What an open sound device has to do without, a sentence for the owner each."""

    microphone: str | None = None
    loudspeaker: str | None = None

    muted: bool = False
    """Whether the microphone is there and gives nothing but digital silence."""

    @property
    def sentence(self) -> str | None:
        """Both, or None."""
        return " ".join(filter(None, (self.microphone, self.loudspeaker))) or None


class AudioDevice(Protocol):
    """A microphone and a loudspeaker."""

    @property
    def figures(self) -> SoundFigures:
        """What it has counted so far; any thread may ask."""
        ...

    @property
    def problems(self) -> SoundProblems:
        """What it lacks, or lacked when it was last open; any thread may ask."""
        ...

    def open(self, exchange: Exchange, *, capture: bool = True) -> AbstractContextManager[None]:
        """Let `exchange` play and hear every 20 ms, until left.

        Without `capture` the microphone stays closed, and silence is heard.
        Both are called from threads of the device's own, which may be two. A direction that the
        device does not have is silence. A device that was lost calls no more: the owner, who sees
        that, leaves.
        Raises DeviceError when the device is missing, and on leaving when it was lost meanwhile.
        An exception in `exchange` ends the calls, too, and is raised on leaving.
        """
        ...


@dataclass(frozen=True)
class EchoFigures:
    """What an echo canceller tells of itself."""

    name: str
    """Which one it is."""

    delay: float | None = None
    """Milliseconds after which the microphone hears what is played; None: not known yet."""

    drift: int | None = None
    """How much faster the loudspeaker's clock is than the microphone's, in parts per million."""


class EchoCanceller(Protocol):
    """Takes what the loudspeaker plays out of what the microphone hears.

    For one thread at a time: that of the sound device. Any thread may look at the figures.
    """

    @property
    def figures(self) -> EchoFigures:
        """What it knows by now."""
        ...

    def process(self, captured: Block, played: Block, skipped: float = 0.0) -> Block:
        """Return what was said into the microphone; called once for each block; never raises.

        `played` and `skipped` are what `Exchange.hear` is told: its echo is in later blocks. What
        is returned is late by a constant time of 20 ms at most.
        """
        ...

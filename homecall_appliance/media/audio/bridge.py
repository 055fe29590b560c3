"""What happens in PortAudio's threads: between its buffers and `exchange`."""

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from homecall_appliance.media.audio.channel import MicrophoneChannel
from homecall_appliance.media.audio.drift import Drift
from homecall_appliance.media.audio.fade import joined
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block, Exchange

STALE_SECONDS = 1.0
"""A sound card that has been silent for so long is lost."""

_BLOCKS_PER_LOOK = 50
"""Once a second."""


class Line:
    """The callback of one PortAudio stream, and whether that stream lives."""

    def __init__(self, bridge: "Bridge", step: Callable[..., None]) -> None:
        self.finished = threading.Event()
        """To be set when PortAudio has ended the stream."""

        self._bridge = bridge
        self._step = step
        self._called = time.monotonic()

    def __call__(self, *arguments: Any) -> None:
        """Take the arguments that the raw streams of `sounddevice` give: the microphone's buffer,
        the loudspeaker's, or both, interleaved int16; frames, time and status."""
        self._called = time.monotonic()
        *buffers, _frames, _time, status = arguments
        self._bridge.xruns += bool(status)
        try:
            self._step(*buffers, status)
        finally:
            # It aborts the stream, and is raised where that is left.
            self._bridge.error = self._bridge.error or sys.exc_info()[1]

    def is_lost(self) -> bool:
        """Whether PortAudio has ended the stream, or calls no more."""
        return self.finished.is_set() or time.monotonic() - self._called > STALE_SECONDS


class Bridge:
    """One opening of a microphone and a loudspeaker, of one clock or of two."""

    def __init__(self, exchange: Exchange, outdated: Callable[[], bool]) -> None:
        """`outdated` tells whether the devices are to be chosen anew: then it is left alone."""
        self._exchange = exchange
        self._outdated = outdated
        self._lines: list[Line] = []
        self._blocks = 0
        self._last = 0
        self.drift = Drift()
        self.microphone = MicrophoneChannel()
        self.xruns = 0
        self.is_outdated = False
        self.error: BaseException | None = None

    def duplex(self) -> Line:
        """The callback of a stream with both."""
        return self._line(self._both)

    def capture(self) -> Line:
        """The callback of a microphone where there is no loudspeaker."""
        return self._line(self._hear)

    def play(self) -> Line:
        """The callback of a loudspeaker where there is no microphone."""
        return self._line(self._play)

    def own_clocks(self) -> tuple[Line, Line]:
        """The callbacks of a microphone and a loudspeaker that have a clock each."""
        return self._line(self._hear_by_own_clock), self._line(self._play_by_own_clock)

    def is_lost(self) -> bool:
        """Whether a stream does not live any more."""
        return any(line.is_lost() for line in self._lines)

    def _line(self, step: Callable[..., None]) -> Line:
        line = Line(self, step)
        self._lines.append(line)
        return line

    def _both(self, captured: Any, played: Any, status: Any) -> None:
        block = self._next()
        _say(block, played, status)
        self._take(self.microphone.take(captured), block, status)

    def _hear(self, captured: Any, status: Any) -> None:
        self._take(self.microphone.take(captured), self._next(), status)

    def _play(self, played: Any, status: Any) -> None:
        block = self._next()
        _say(block, played, status)
        self._take(_silence(), block, status)

    def _hear_by_own_clock(self, captured: Any, status: Any) -> None:
        played = self.drift.pull(time.monotonic())
        self._take(self.microphone.take(captured), played, status, self.drift.skipped)

    def _play_by_own_clock(self, played: Any, status: Any) -> None:
        block = self._next()
        self.drift.push(block, time.monotonic())
        _say(block, played, status)

    def _next(self) -> Block:
        """What is to be played."""
        return _silence() if self._is_over() else self._exchange.play().reshape(BLOCK_SAMPLES)

    def _take(self, block: Block, played: Block, status: Any, skipped: float = 0.0) -> None:
        """Hand over what was heard."""
        self._blocks += 1
        if self._blocks % _BLOCKS_PER_LOOK == 0:
            self.is_outdated = self.is_outdated or self._outdated()
        if status.input_overflow:
            block = joined(block, before=self._last)
        self._last = int(block[-1])
        if not self._is_over():
            self._exchange.hear(block, played, skipped)

    def _is_over(self) -> bool:
        """The owner sees that nothing is called any more: of two streams one may go on."""
        return self.is_outdated or self.is_lost()


def _say(block: Block, played: Any, status: Any) -> None:
    """Give a block to all channels of the loudspeaker."""
    if status.output_underflow:
        block = joined(block)
    np.frombuffer(played, np.int16).reshape(BLOCK_SAMPLES, -1).T[:] = block


def _silence() -> Block:
    return np.zeros(BLOCK_SAMPLES, np.int16)

"""Plays on a sound device, and listens."""

import threading

import numpy as np

from homecall_appliance.media.ports import (
    BLOCK_SAMPLES,
    SAMPLE_RATE,
    AudioDevice,
    Block,
    DeviceError,
)

PATIENCE = 5.0
"""Seconds that it may take longer than it sounds."""


_SILENCE: Block = np.zeros(BLOCK_SAMPLES, np.int16)


def hear(device: AudioDevice, played: Block) -> Block:
    """Return what is captured while all is played: shape (n,), whole blocks. Raises DeviceError."""
    listener = _Listener(played)
    with device.open(listener):
        listener.done.wait(len(played) / SAMPLE_RATE + PATIENCE)
    if not listener.captured:
        raise DeviceError(
            "The sound card does not start. Plug it in again, or restart the Raspberry Pi."
        )
    if not listener.done.is_set():
        raise DeviceError("The sound card has stopped. Check its plug, and try again.")
    return np.concatenate(listener.captured)


class _Listener:
    """A `media.ports.Exchange` that begins to play when both directions work."""

    def __init__(self, played: Block) -> None:
        self.captured: list[Block] = []
        self.done = threading.Event()
        self._count = len(played) // BLOCK_SAMPLES
        self._playing = iter(played.reshape(self._count, BLOCK_SAMPLES))
        self._begun = False

    def play(self) -> Block:
        """See `Exchange.play`."""
        return next(self._playing, _SILENCE) if self._begun else _SILENCE

    def hear(self, captured: Block, _played: Block, _skipped: float) -> None:
        """See `Exchange.hear`."""
        if len(self.captured) == self._count:
            self.done.set()
        elif self._begun:
            self.captured.append(captured)
        self._begun = True

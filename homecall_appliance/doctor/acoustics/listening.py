"""Plays on a sound device, and listens."""

import threading
from collections.abc import Iterator

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


def hear(device: AudioDevice, played: Block) -> Block:
    """Return what is captured while all is played: shape (n,), whole blocks. Raises DeviceError."""
    count = len(played) // BLOCK_SAMPLES
    playing: Iterator[Block] = iter(played.reshape(count, BLOCK_SAMPLES))
    captured: list[Block] = []
    done = threading.Event()

    def exchange(block: Block) -> Block:
        if len(captured) == count:
            done.set()
            return np.zeros(BLOCK_SAMPLES, np.int16)
        captured.append(block)
        return next(playing)

    with device.open(exchange):
        done.wait(len(played) / SAMPLE_RATE + PATIENCE)
    if not done.is_set():
        raise DeviceError("The sound card has stopped. Check its plug, and try again.")
    return np.concatenate(captured)

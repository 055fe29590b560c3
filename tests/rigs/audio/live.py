"""The room of room.py while it happens: what the loudspeaker plays comes back to the microphone.

Its own buffers make the echo some 100 ms later than the room's delay says.
"""

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import numpy as np

from rigs.audio.room import TAPS, Room, read
from rigs.audio.tones import RATE, Sound

BLOCK = RATE // 50

_FORMAT = ("--raw", "--format=s16le", f"--rate={RATE}", "--channels=1", "--latency-msec=20")


class LiveRoom:
    """A room, block by block."""

    def __init__(self, room: Room) -> None:
        self._room = room
        response = room.response()
        self._parts = np.fft.rfft(response.reshape(-1, BLOCK), 2 * BLOCK)
        self._spectra = np.zeros_like(self._parts)
        self._driven = np.zeros(BLOCK)
        self._lag = room.delay * RATE
        longest = round(self._lag) + BLOCK + 2 * TAPS
        self._echo = np.zeros(-(-longest // BLOCK) * BLOCK)
        self._noise = np.random.default_rng(3)

    def hear(self, played: Sound) -> Sound:
        """Return what the microphone hears while this is played: shape (BLOCK,) both."""
        room = self._room
        driven = played / 32768.0
        if room.drive:
            driven = np.tanh(room.drive * driven) / room.drive
        both = np.concatenate([self._driven, driven])
        self._driven = driven
        self._spectra = np.roll(self._spectra, 1, axis=0)
        self._spectra[0] = np.fft.rfft(both)
        echo = np.fft.irfft((self._spectra * self._parts).sum(axis=0))[BLOCK:]
        self._echo = np.concatenate([self._echo[BLOCK:], echo])
        creep = room.drift * 1e-6
        places = len(self._echo) - BLOCK + np.arange(BLOCK) * (1 + creep) - self._lag
        self._lag -= BLOCK * creep
        heard = read(self._echo, places) + self._noise.standard_normal(BLOCK) * 10 ** (
            room.noise / 20
        )
        return np.rint(np.clip(heard * 32768, -32768, 32767)).astype(np.int16)


@contextmanager
def echoing(environment: Mapping[str, str], room: Room) -> Iterator[None]:
    """Put the rig's microphone and loudspeaker into a room, until left."""
    with ExitStack() as stack:
        sounding = stack.enter_context(
            subprocess.Popen(
                ["pacat", "--playback", "--device=micin", *_FORMAT],
                stdin=subprocess.PIPE,
                env={**os.environ, **environment},
            )
        )
        stack.callback(sounding.terminate)
        listening = stack.enter_context(
            subprocess.Popen(
                ["parec", "--device=spk.monitor", *_FORMAT],
                stdout=subprocess.PIPE,
                env={**os.environ, **environment},
            )
        )
        live = LiveRoom(room)

        def carry() -> None:
            assert listening.stdout
            assert sounding.stdin
            while len(block := listening.stdout.read(2 * BLOCK)) == 2 * BLOCK:
                sounding.stdin.write(live.hear(np.frombuffer(block, np.int16)).tobytes())
                sounding.stdin.flush()

        thread = threading.Thread(target=carry, daemon=True)
        thread.start()
        stack.callback(thread.join)
        stack.callback(listening.terminate)
        yield

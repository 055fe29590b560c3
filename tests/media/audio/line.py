"""A sender, a network, and a listener's sound card, in simulated time."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count, cycle, islice

import numpy as np
from numpy.typing import NDArray

from homecall_appliance.media.audio.opus import OpusDecoder, OpusEncoder, Sound
from homecall_appliance.media.audio.opus_settings import OpusSettings
from homecall_appliance.media.audio.playout import Packet, Playout
from homecall_appliance.media.audio.stats import Played
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block
from tests.support.speech import VISITOR, speech

SECONDS = 0.02
LATE = 0.060
"""Seconds that sound waits at most on a LAN."""

Delay = Callable[[float, np.random.Generator], float | None]
"""Seconds that a packet sent at that time takes, None for a lost one."""


def lan(_time: float, random: np.random.Generator) -> float:
    return 0.001 + float(random.exponential(0.001))


def encoded(samples: NDArray[np.int16], settings: OpusSettings) -> list[Sound]:
    """Return what a sender makes of it."""
    encoder = OpusEncoder()
    encoder.apply(settings)
    return [encoder.encode(block) for block in samples.reshape(-1, BLOCK_SAMPLES)]


@cache
def spoken() -> list[Sound]:
    """Speech, encoded against losses, with all of its pauses."""
    return encoded(speech(VISITOR), OpusSettings(dtx=False, expected_loss=5))


@dataclass
class Line:
    """A sender, a network, and a listener's sound card."""

    delay: Delay = lan
    sender_ppm: float = 0.0
    card_ppm: float = 0.0
    card: Callable[[int], float] = lambda _number: 0.0
    """Seconds that the card's calls are late."""

    sounds: Sequence[Sound] = field(default_factory=spoken)
    """What is said, again and again."""

    first_sequence_number: int = 65_500
    first_timestamp: int = 2**32 - 40_000
    heard: list[Block] = field(default_factory=list)
    course: list[tuple[float, Played]] = field(default_factory=list)
    played: Played = field(default_factory=Played)

    def run(self, seconds: float) -> "Line":
        """Speak, and listen, for so long."""
        playout = Playout(OpusDecoder)
        self.played = playout.played
        sent = islice(self._packets(), int(seconds / SECONDS))
        packets = iter(sorted(sent))
        coming = next(packets)
        for number in range(int(seconds / SECONDS)):
            now = number * SECONDS * (1 + self.card_ppm * 1e-6) + self.card(number)
            while coming[0] <= now:
                playout.put(coming[1], coming[0])
                coming = next(packets, (math.inf, coming[1]))
            block = playout.take(now)
            self.heard.append(np.zeros(BLOCK_SAMPLES, np.int16) if block is None else block)
            self.course.append((now, Played(**vars(playout.played))))
        return self

    def at(self, time: float) -> Played:
        """The figures at that time."""
        return next(played for now, played in self.course if now >= time)

    def sound(self, start: float, end: float) -> NDArray[np.int16]:
        return np.concatenate(self.heard[round(start / SECONDS) : round(end / SECONDS)])

    def _packets(self) -> Iterator[tuple[float, Packet]]:
        random = np.random.default_rng(7)
        sequence_numbers = count(self.first_sequence_number)
        for number, sound in enumerate(cycle(self.sounds)):
            if not sound.is_sent:
                continue
            sent = number * SECONDS * (1 + self.sender_ppm * 1e-6)
            sequence_number = next(sequence_numbers) & 0xFFFF
            delay = self.delay(sent, random)
            if delay is not None:
                timestamp = (self.first_timestamp + number * BLOCK_SAMPLES) & 0xFFFFFFFF
                yield sent + delay, Packet(sequence_number, timestamp, sound.data)

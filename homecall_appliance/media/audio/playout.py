"""The sound of one sender, played evenly although it comes unevenly (a jitter buffer). PURE.

The sender's sound has a time line, its timestamps. A device that plays takes the next 20 ms of it
every 20 ms. How far that is behind what arrives follows the network (`Jitter`): by leaving out or
repeating a period of the voice now and then, so that nobody hears it, and whatever the reason:
jitter that comes and goes, or two clocks that drift apart for hours. What is missing is made up by
the decoder.

A sender that is silent may send nothing (RFC 7587, section 3.1.3): it has said so by a packet
without a frame, or its next packet shows that none was lost, by its sequence number (RFC 3551,
section 4.1). Meanwhile comfort noise is played, and the delay is brought to what the network needs
without anything to be stretched.
"""

import math
from collections import deque
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np

from homecall_appliance.media.audio.counter import Unwrapped
from homecall_appliance.media.audio.dtx import is_frameless
from homecall_appliance.media.audio.jitter import Jitter
from homecall_appliance.media.audio.mixer import level
from homecall_appliance.media.audio.opus import OpusError
from homecall_appliance.media.audio.stats import Played
from homecall_appliance.media.audio.stretch import LENGTH, lengthen, shorten
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block

MOST_PACKETS = 100
"""That wait: two seconds of the usual. Of more the oldest are dropped."""

SLACK = 0.015
"""Seconds that the delay may be off before the sound is stretched."""

FAR = 0.080
"""Seconds off from which on it is stretched all the time, and not once in a while."""

TOO_FAR = 0.500
"""Seconds off from which on sound is left out."""

SELDOM = 5
"""Blocks between two stretches where there is no hurry."""

PATIENCE = 0.100
"""Seconds longer than needed for which it is waited for a late packet, before its time is over."""

SILENCE = 1.0
"""Seconds without a packet after which the sender counts as away."""

COMFORT = 5.0
"""The same in seconds for a sender that has said that it is silent. libopus sends what the room
sounds like every 400 ms, but nothing demands that."""

STALL = 0.100
"""Seconds that a device calls too late from which on it counts as one that was stopped."""


class Packet(NamedTuple):
    """What an RTP packet brings (RFC 3550, section 5.1)."""

    sequence_number: int
    timestamp: int
    payload: bytes


class Decoder(Protocol):
    """Turns payloads into sound, in their order."""

    def decode(self, packet: bytes) -> Block:
        """Return the samples of a packet. Raises OpusError."""
        ...

    def recover(self, following: bytes, samples: int) -> Block:
        """Return what is known of a lost packet by the one that follows it. Raises OpusError."""
        ...

    def conceal(self, samples: int) -> Block:
        """Return what may stand for samples that did not come: lost, or left out in a silence."""
        ...


class Playout:
    """`put()` and `take()` may be called in two threads."""

    def __init__(self, make_decoder: Callable[[], Decoder]) -> None:
        """`make_decoder` is called by `take()`, once."""
        self.played = Played()
        self._make_decoder = make_decoder
        self._arrived: deque[tuple[Packet, float]] = deque(maxlen=MOST_PACKETS)
        self._steps, self._taken = Jitter(), 0
        self._sequence = Unwrapped(16)
        self._time = Unwrapped(32)
        self._restart()

    @cached_property
    def _decoder(self) -> Decoder:
        return self._make_decoder()

    def _restart(self) -> None:
        self._jitter = Jitter()
        self._waiting: dict[int, tuple[int, bytes]] = {}
        self._heard = -math.inf
        self._playing = False
        self._position = 0
        """The timestamp of the next sample that is to be decoded."""

        self._last_sequence = 0
        self._last_length = BLOCK_SAMPLES
        """Samples of the packet that was decoded last."""

        self._said = 0
        """The timestamp of what followed it at once."""

        self._silent = False
        """Whether the sender has left out what is at the position."""

        self._unexplained = 0
        """Blocks made up since the last packet, without it being known why it was the last."""

        self._decoded: Block = np.zeros(0, np.int16)
        self._since_stretch = 0

    def put(self, packet: Packet, now: float) -> None:
        """Take a packet that has just come."""
        self.played.packets += 1
        self._arrived.append((packet, now))

    def take(self, now: float) -> Block | None:
        """Return the next block; None while the sender is away. Raises what the decoder does."""
        self._accept()
        if now - self._heard > (COMFORT if self._silent else SILENCE):
            self._playing = False
            self._waiting.clear()
            self.played.concealed += self._unexplained
            self._unexplained = 0
        now = self._evenly(now)
        if not self._playing:
            self._begin(now)
        if not self._playing:
            return None
        self._keep_up(now)
        while len(self._decoded) < BLOCK_SAMPLES:
            self._decoded = np.concatenate([self._decoded, self._next(now)])
        block, self._decoded = self._decoded[:BLOCK_SAMPLES], self._decoded[BLOCK_SAMPLES:]
        self.played.level = level(block)
        return block

    def _evenly(self, now: float) -> float:
        """Return when the device would have called if it did so in even steps, and never late."""
        excess = self._steps.arrived(self._taken * BLOCK_SAMPLES, now)
        self._taken += 1
        if excess > STALL:
            self._steps, self._taken = Jitter(), 0
            return now
        return now - excess

    def _accept(self) -> None:
        """Sort in what has come."""
        while self._arrived:
            packet, now = self._arrived.popleft()
            number = self._sequence.unwrapped(packet.sequence_number)
            timestamp = self._time.unwrapped(packet.timestamp)
            if abs(timestamp - self._jitter.newest(now)) > MOST_PACKETS * BLOCK_SAMPLES:
                self._restart()  # the sender has begun again, or was away
            self._jitter.arrived(timestamp, now)
            self._heard = now
            if self._silent and number > self._last_sequence and timestamp >= self._said:
                # Of its time nothing but comfort noise was played.
                self._position = min(self._position, timestamp)
            if timestamp in self._waiting or (self._playing and timestamp < self._position):
                self.played.late += 1
                continue
            self._waiting[timestamp] = (number, packet.payload)
            if len(self._waiting) > MOST_PACKETS:
                del self._waiting[min(self._waiting)]
                self.played.left_out += 1

    def _begin(self, now: float) -> None:
        """Begin to play once the oldest sound has waited for long enough."""
        wait = self._jitter.wait * SAMPLE_RATE
        due = [each for each in self._waiting if self._jitter.newest(now) - each >= wait]
        if not due:
            return
        start = max(due)
        for skipped in due:
            if skipped != start:
                del self._waiting[skipped]
                self.played.left_out += 1
        self._playing = True
        self._position = self._said = start
        self._silent = False
        self._last_sequence = self._waiting[start][0] - 1
        self._decoded = np.zeros(0, np.int16)

    def _behind(self, now: float) -> float:
        """Seconds from what the fastest packet would bring now to what is played now."""
        playing = self._position - len(self._decoded)
        return (self._jitter.newest(now) - playing) / SAMPLE_RATE

    def _keep_up(self, now: float) -> None:
        """Bring the delay nearer to what the network needs."""
        wanted = self._jitter.wait
        self.played.delay, self.played.wanted_delay = self._behind(now), wanted
        off = self.played.delay - wanted
        if off > TOO_FAR:
            self._leave_out(off)
            return
        self._since_stretch += 1
        hurry = 1 if abs(off) > FAR else SELDOM
        if abs(off) < SLACK or self._since_stretch < hurry or not self._waiting:
            return
        while len(self._decoded) < LENGTH:
            self._decoded = np.concatenate([self._decoded, self._next(now)])
        before = len(self._decoded)
        self._decoded = shorten(self._decoded) if off > 0 else lengthen(self._decoded)
        if len(self._decoded) != before:
            self._since_stretch = 0
            self.played.stretched += 1

    def _leave_out(self, seconds: float) -> None:
        self._position += round(seconds * SAMPLE_RATE)
        self._drop_past()
        if self._waiting:
            self._position = min(self._waiting)

    def _drop_past(self) -> None:
        for past in [each for each in self._waiting if each < self._position]:
            del self._waiting[past]
            self.played.left_out += 1

    def _next(self, now: float) -> Block:
        """Return the next piece of the sender's sound, whatever its length."""
        self._drop_past()
        if not self._waiting:
            return self._without_packets(now)
        following = min(self._waiting)
        number, payload = self._waiting[following]
        lost = number - self._last_sequence - 1
        self._settle(following - self._said, lost)
        gap = following - self._position
        if not gap:
            del self._waiting[following]
            return self._decode(number, payload)
        missing = min(gap, BLOCK_SAMPLES)
        if gap > lost * self._last_length:
            return self._comfort(now, missing, gap)
        self._position += missing
        if self._position == following:
            return self._recover(payload, missing)
        return self._conceal(missing)

    def _without_packets(self, now: float) -> Block:
        """Return a block of a silence, or of what is lost, late or left out: nobody knows yet."""
        if self._silent:
            return self._comfort(now, BLOCK_SAMPLES, math.inf)
        if self._behind(now) > self._jitter.wait + PATIENCE:
            self._position += BLOCK_SAMPLES
        self._unexplained += 1
        return self._decoder.conceal(BLOCK_SAMPLES)

    def _settle(self, gap: int, lost: int) -> None:
        """Count what was made up before a packet came that shows for what: of a gap of so many
        samples, so many packets were lost."""
        made_up, self._unexplained = self._unexplained, 0
        missing = max(lost, 0) * self._last_length
        concealed = min(made_up, missing // BLOCK_SAMPLES) if gap > missing else made_up
        self.played.concealed += concealed
        self.played.comfort += made_up - concealed

    def _comfort(self, now: float, samples: int, gap: float) -> Block:
        """Return so much comfort noise, in a silence that goes on for `gap` samples.

        Where the delay is not as it is wanted the noise stands for more of the silence, or less.
        """
        self._silent = True
        self.played.comfort += 1
        off = self._behind(now) - self._jitter.wait
        more = round(off * SAMPLE_RATE) if abs(off) > SLACK else 0
        self._position += int(min(max(samples + more, 0), gap))
        return self._decoder.conceal(samples)

    def _decode(self, number: int, payload: bytes) -> Block:
        self._last_sequence, self._silent = number, is_frameless(payload)
        try:
            samples = self._decoder.decode(payload)
        except OpusError:
            samples = self._conceal(BLOCK_SAMPLES)
        self._last_length = len(samples)
        self._position += len(samples)
        self._said = self._position
        return samples

    def _recover(self, following: bytes, samples: int) -> Block:
        try:
            recovered = self._decoder.recover(following, samples)
        except OpusError:
            return self._conceal(samples)
        self.played.recovered += 1
        return recovered

    def _conceal(self, samples: int) -> Block:
        self.played.concealed += 1
        return self._decoder.conceal(samples)

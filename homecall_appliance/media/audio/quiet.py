"""What of a room may be left out as silence, by its level. PURE.

What is silence is decided by libopus, whose detector of voice activity looks for voices. A steady
tone is none to it, however loud: an alarm would not be heard. And in a room of -60 dBFS a block
that was 6 dB louder has been left out, at the beginning of a quiet word. So what is loud, or stands
out from the room, is sent in any case.
"""

LOUD = -45.0
"""Level in dB relative to full scale from which on nothing is left out: between the noise of a loud
room and a voice at its other end."""

RISE = 5.0
"""Decibels above the level of the room from which on a block stands out: its own noise is never
that uneven."""

FAINT = -70.0
"""Level in dB relative to full scale up to which nothing stands out: nobody would hear it."""

_SLOWLY, _QUICKLY = 0.04, 0.3
"""The parts of the difference by which the level of the room follows a louder block, and a quieter
one: half a second after a fan was switched on it is a part of the room, and 60 ms after a word the
room is known again."""


class QuietDetector:
    """Follows the level of a room, block by block of 20 ms."""

    def __init__(self) -> None:
        self._room = FAINT

    def is_quiet(self, level: float) -> bool:
        """Whether the next block, of this level in dB relative to full scale, may be left out."""
        rise = level - self._room
        self._room += rise * (_SLOWLY if rise > 0 else _QUICKLY)
        return level <= FAINT or (level < LOUD and rise <= RISE)

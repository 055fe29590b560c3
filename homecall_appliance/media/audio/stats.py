"""What became of a phone's sound so far. PURE."""

from dataclasses import dataclass

SILENCE_DBFS = -100.0
"""The level of digital silence, in dB relative to full scale."""


@dataclass
class Played:
    """What became of the phone's sound so far. Blocks are of 20 ms."""

    packets: int = 0
    """That have come."""

    late: int = 0
    """Packets that came after their time, or twice."""

    recovered: int = 0
    """Lost packets whose copy was in the next one."""

    concealed: int = 0
    """Blocks that the decoder has made up for what was lost, or late."""

    comfort: int = 0
    """Blocks of comfort noise, while the phone sent nothing in a silence."""

    stretched: int = 0
    """Blocks that were made longer or shorter."""

    left_out: int = 0
    """Packets that were not played, in order not to be late."""

    delay: float = 0.0
    """Seconds of the last block since the fastest packet would have brought it."""

    wanted_delay: float = 0.0
    """Seconds that it ought to be."""

    level: float = SILENCE_DBFS
    """Of the last block: RMS in dB relative to full scale."""

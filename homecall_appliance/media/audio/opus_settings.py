"""What one encoder of Opus is set to for all who get its packets. PURE."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class OpusPreferences:
    """What a receiver has said of its decoder (RFC 7587, section 6.1)."""

    dtx: bool = True
    """Whether a silence may be left out: it has not said "usedtx=0"."""

    fec: bool = False
    """Whether it can use copies of lost packets: it has said "useinbandfec=1"."""


@dataclass(frozen=True)
class OpusSettings:
    """What is to be done with a silence, and against losses."""

    dtx: bool = True
    """Whether a silence is left out (RFC 7587, section 3.1.3)."""

    expected_loss: int = 0
    """Per cent of the packets for whose loss each carries a copy of the one before (in-band FEC);
    0: none does."""

    @classmethod
    def shared(cls, wanted: Iterable[Self]) -> Self:
        """Return what suits everybody: whoever loses most, and whoever wants no pause."""
        each = [*wanted]
        return cls(
            all(one.dtx for one in each), max((one.expected_loss for one in each), default=0)
        )

"""Whether a receiver needs copies of lost packets of Opus (in-band FEC: RFC 6716, section 2.1.7).
PURE.

The copies take bits from the sound itself, and a fifth of the encoder's time: only where packets
are lost they are worth it.
"""

BEGIN, END = 0.02, 0.005
"""The smoothed parts of the packets lost from which on there are copies, and below which there are
none any more: losses fewer than that are concealed without being noticed."""

MOST = 0.25
"""More does not change what libopus does (decide_fec)."""

_RISING, _FALLING = 0.5, 0.15
"""The weights of a report, worse than what is known and better: reports of sound come every one to
five seconds, and losses in bursts."""


class LossProtection:
    """Follows the reports of one receiver."""

    def __init__(self) -> None:
        self._lost = 0.0
        self._protects = False

    def report(self, fraction: float) -> None:
        """Take the part of the packets lost since the last report, 0 to 1 (RFC 3550, section
        6.4.1)."""
        change = fraction - self._lost
        self._lost += change * (_RISING if change > 0 else _FALLING)
        self._protects = self._lost >= (END if self._protects else BEGIN)

    @property
    def expected_loss(self) -> int:
        """Per cent of the packets that are expected to be lost; 0: there are to be no copies."""
        return max(1, round(100 * min(self._lost, MOST))) if self._protects else 0

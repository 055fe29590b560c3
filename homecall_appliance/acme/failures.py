"""What goes wrong between the appliance and an authority or a DNS provider."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pauses:
    """How long to wait after a failure, in seconds."""

    first: float
    """After the first one; the pause doubles with each."""

    longest: float
    """To which it grows."""


USUAL = Pauses(300.0, 6 * 3600.0)
"""Authorities allow few refused names in an hour: Let's Encrypt five, and one more every twelve
minutes. A certificate of six days has twelve attempts in the half of its life that is left when it
is due."""

NETWORK = Pauses(15.0, 3600.0)
"""Where nobody was reached: that costs nobody anything, and neither a network that comes late after
a power cut, nor one that was away for days, is to be waited for."""


class AcmeError(Exception):
    """Something could not be had; `str()` is a sentence for the owner that says what to do."""

    def __init__(
        self,
        sentence: str,
        *,
        retry_after: float | None = None,
        pauses: Pauses = USUAL,
    ) -> None:
        """`retry_after` is what the other side has demanded, in seconds from now; `pauses` is how
        long to wait where it has not."""
        super().__init__(sentence)
        self.retry_after = retry_after
        self.pauses = pauses


class ProviderError(AcmeError):
    """A DNS provider did not do what it was asked for."""

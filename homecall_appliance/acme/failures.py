"""What goes wrong between the appliance and an authority or a DNS provider."""

FIRST_PAUSE = 300.0
"""Seconds after a first failure. Authorities allow few refused names in an hour: Let's Encrypt
five, and one more every twelve minutes."""

NETWORK_PAUSE = 15.0
"""The same where nobody was reached: that costs nobody anything, and a network that comes late
after a power cut is not to be waited for."""


class AcmeError(Exception):
    """Something could not be had; `str()` is a sentence for the owner that says what to do."""

    def __init__(
        self,
        sentence: str,
        *,
        retry_after: float | None = None,
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        """`retry_after` is what the other side has demanded, in seconds from now; `first_pause` is
        how long to wait after the first such failure, in seconds."""
        super().__init__(sentence)
        self.retry_after = retry_after
        self.first_pause = first_pause


class ProviderError(AcmeError):
    """A DNS provider did not do what it was asked for."""

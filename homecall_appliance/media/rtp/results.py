"""What became of the packets of a transport."""

from typing import NamedTuple


class PacketResult(NamedTuple):
    """A packet that was sent, by the feedback on it."""

    number: int
    """Among all of the transport, beyond 16 bits."""

    size: int
    """Bytes of RTP, with its header."""

    sent: float
    """When it left, in seconds of time.monotonic()."""

    arrived: float | None
    """When it came, in seconds of the receiver's clock; None: it is lost, or late."""

    probe: int | None
    """The probe cluster that it was part of."""

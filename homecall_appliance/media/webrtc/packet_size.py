"""How large the packets of a picture are on the way to one phone. PURE.

No path through the internet need carry more than 1,280 bytes of IPv6 (RFC 8200, section 5), and
what PAYLOAD_BYTES comes to fits into that. A tunnel may carry less all the same and say nothing
(RFC 8899, section 1.1): small pictures arrive then and sound does, but never a key frame.
"""

import logging
from collections.abc import Sequence

from homecall_appliance.media.video.packetizer import PAYLOAD_BYTES
from homecall_appliance.media.video.picture import Picture

log = logging.getLogger(__name__)

HALF = PAYLOAD_BYTES // 2
"""Bytes of a payload where full ones do not arrive: with all headers it fits into the 576 that
every host of IPv4 takes (RFC 1122, section 3.3.3), and then some."""

COMPLAINTS = 3
"""Requests for a key frame after which packets are halved, where no full one is known to have
arrived. Loss alone asks for one or two, and its reports are without a loss in between."""

APART = 1.0
"""Seconds from one request that counts to the next: by then its key frame could have arrived."""

CLEAN_REPORTS = 2
"""Reports without a loss, one after the other, that show a full packet to have arrived: the first
may have left the phone before it."""


class PacketSize:
    """The size of one phone's packets: full, or half of that from a point on."""

    def __init__(self) -> None:
        self.halved = False
        self._proven = False
        self._clean: int | None = None
        """Reports without a loss since a full packet left; None: none has left since a loss."""
        self._complaints = 0
        self._complained = float("-inf")

    def cut(self, picture: Picture) -> Sequence[bytes]:
        """Return what the packets of a picture carry, which is sent now."""
        payloads = picture.cut(HALF) if self.halved else picture.payloads
        if len(payloads) > 1 and self._clean is None:
            self._clean = 0
        return payloads

    def loss_reported(self, fraction: float) -> None:
        """Take a report of the phone: `fraction` was lost since the last one, in [0, 1)."""
        if fraction:
            self._clean = None
        elif self._clean is not None:
            self._clean += 1
            self._proven |= self._clean >= CLEAN_REPORTS

    def keyframe_wanted(self, now: float) -> None:
        """Take a request for a key frame at `now`, in seconds of any clock that goes on."""
        if self._proven or self.halved or now - self._complained < APART:
            return
        self._complained = now
        self._complaints += 1
        self.halved = self._complaints >= COMPLAINTS
        if self.halved:
            log.info("No full packet of the picture seems to arrive at the phone: they are halved.")

"""The clock of aiortc and aioice without jumps.

A machine without a clock chip learns the time of day from the network, and they reckon with it:
rate counters count each millisecond of a jump; the jitter no longer fits the receiver report (32
bits, RFC 3550, section 6.4.1), which ends the reports and leaves a receiver that never stops; and
a relay's channel is not refreshed.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

from homecall_appliance.media.webrtc.aiortc_compat import replaced_clock


@contextmanager
def steady_clock() -> Iterator[None]:
    """Let their time be the time of day at the entry plus the monotonic seconds since.

    Sender reports may count from any clock that goes on (RFC 3550, section 6.4.1). The dates of a
    DTLS certificate stay those of the time of day. What is not known stays as it is.
    """
    start = time.time() - time.monotonic()

    def now() -> float:
        return start + time.monotonic()

    steady_time = SimpleNamespace(**vars(time) | {"time": now})
    with replaced_clock(lambda: datetime.fromtimestamp(now(), UTC), steady_time):
        yield

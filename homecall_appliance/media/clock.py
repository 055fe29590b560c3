"""The clock of aiortc and aioice without jumps.

A machine without a clock chip learns the time of day from the network, and they reckon with it:
rate counters count each millisecond of a jump; the jitter no longer fits the receiver report (32
bits, RFC 3550, section 6.4.1), which ends the reports and leaves a receiver that never stops; and
a relay's channel is not refreshed.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

from aioice import turn
from aiortc import clock, mediastreams, rtcrtpreceiver, rtcrtpsender, rtcsctptransport


@contextmanager
def steady_clock() -> Iterator[None]:
    """Let their time be the time of day at the entry plus the monotonic seconds since.

    Sender reports may count from any clock that goes on (RFC 3550, section 6.4.1). The dates of a
    DTLS certificate stay those of the time of day.
    """
    start = time.time() - time.monotonic()

    def now() -> float:
        return start + time.monotonic()

    steady_time = SimpleNamespace(**vars(time) | {"time": now})
    seams = [
        (clock, "current_datetime", lambda: datetime.fromtimestamp(now(), UTC)),
        *(
            (module, "time", steady_time)
            for module in (mediastreams, rtcrtpreceiver, rtcrtpsender, rtcsctptransport, turn)
        ),
    ]
    with ExitStack() as stack:
        for module, name, ours in seams:
            stack.callback(setattr, module, name, getattr(module, name))
            setattr(module, name, ours)
        yield

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
from importlib import import_module
from types import ModuleType, SimpleNamespace

from homecall_appliance.media.webrtc.aiortc_compat import UnknownAiortc, has, if_known

_MODULES = (
    "aiortc.mediastreams",
    "aiortc.rtcrtpreceiver",
    "aiortc.rtcrtpsender",
    "aiortc.rtcsctptransport",
    "aioice.turn",
)
"""Those that ask the module `time`."""


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
    seams = [
        ("aiortc.clock", "current_datetime", lambda: datetime.fromtimestamp(now(), UTC)),
        *((module, "time", steady_time) for module in _MODULES),
    ]
    with ExitStack() as stack:
        for path, name, ours in seams:
            with if_known("calls suffer where the time of day is set"):
                module = _module(path, name)
                stack.callback(setattr, module, name, getattr(module, name))
                setattr(module, name, ours)
        yield


def _module(path: str, name: str) -> ModuleType:
    """Return a module that has this name; raises UnknownAiortc."""
    try:
        module = import_module(path)
    except ImportError as error:
        raise UnknownAiortc("takes the time") from error
    if not has(module, name):
        raise UnknownAiortc("takes the time")
    return module

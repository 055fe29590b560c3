"""When to ask the authority for a certificate, and when for its advice: PURE.

There are two clocks. `now` is the time of day, an aware datetime, by which certificates are judged;
it may be wrong, and jumps when it is set right. `uptime` is in seconds and never jumps; pauses are
measured by it. What looks random follows from the certificate, so that a choice is made once, and
is the same after a restart.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from homecall_appliance.acme.failures import Pauses

SHORT_LIVED = timedelta(days=10)
"""Certificates that are valid for less are renewed at half of their lifetime, others when a third
is left: what Let's Encrypt advises where there is no renewal information."""

SPREAD = 30
"""The part of the lifetime (one in so many) over which renewals without advice are spread, to the
earlier side, so that an authority's clients do not come all at once."""

RESERVE = 12
"""The part of the lifetime (one in so many) that is always left for a renewal, whatever the
authority advises. After a success, no further order is made for as long either."""

LEAST_RESERVE = timedelta(days=1)
"""No more than this is kept from another order after a success."""

TOLERANCE = timedelta(hours=1)
"""By how much this machine's clock and that of an authority may differ without a word."""

SHORTEST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds after which the time of day is looked at again: it may have been set right."""

LONGEST_RETRY_AFTER = 8 * 86400.0
"""Seconds beyond which no Retry-After is kept: Let's Encrypt counts over seven days."""

ADVICE_INTERVAL = 6 * 3600.0
"""Seconds between two requests for renewal information where the authority names none, and after
one that has failed (RFC 9773, section 4.3.3)."""

SHORTEST_ADVICE_INTERVAL, LONGEST_ADVICE_INTERVAL = 60.0, 86400.0
"""Seconds; what an authority names beyond is not kept (RFC 9773, section 4.3.1)."""


@dataclass(frozen=True)
class Validity:
    """What of a certificate decides when it is renewed."""

    serial: int
    begin: datetime
    end: datetime

    @property
    def lifetime(self) -> timedelta:
        """How long it is valid."""
        return self.end - self.begin


@dataclass(frozen=True)
class Window:
    """When the authority wants a certificate renewed (RFC 9773, section 4.2: suggestedWindow)."""

    start: datetime
    end: datetime


def renewal_moment(certificate: Validity, window: Window | None) -> datetime:
    """Return when a certificate is to be renewed: a moment in the window that is the same at each
    call, or one that follows from its lifetime where there is no window."""
    if window is None:
        share = 2 if certificate.lifetime < SHORT_LIVED else 3
        early = fraction(certificate.serial) * certificate.lifetime / SPREAD
        return certificate.end - certificate.lifetime / share - early
    width = window.end - window.start
    moment = window.start + fraction(certificate.serial, window.start, window.end) * width
    return min(moment, certificate.end - certificate.lifetime / RESERVE)


def fraction(*seed: object) -> float:
    """Return a number from 0 to 1 that looks random and is the same for the same seed."""
    digest = hashlib.sha256(repr(seed).encode()).digest()
    return int.from_bytes(digest[:7]) / (1 << 56)


@dataclass(frozen=True)
class Attempts:
    """What came of the latest orders, as far as it decides when the next one may be made."""

    failures: int = 0
    """How many have failed since the last success."""

    until: float = 0.0
    """The uptime before which no order is made."""

    demanded: bool = False
    """Whether that is what a server has demanded (RFC 9110, section 10.2.3: Retry-After)."""

    reason: str = ""
    """Why the last one has failed: sentences for the owner."""

    def failed(
        self, uptime: float, pauses: Pauses, retry_after: float | None = None, reason: str = ""
    ) -> "Attempts":
        """What there is after one more failure; a Retry-After that is longer than the pause counts
        in its place."""
        failures = self.failures + 1
        grown = min(pauses.first * 2.0 ** min(failures - 1, 30), pauses.longest)
        pause = grown * (0.8 + 0.4 * fraction(failures, uptime))
        asked = min(retry_after or 0.0, LONGEST_RETRY_AFTER)
        return Attempts(failures, uptime + max(pause, asked), asked > pause, reason)

    @staticmethod
    def succeeded(uptime: float, certificate: Validity) -> "Attempts":
        """What there is after a success. A clock that is far ahead makes each new certificate look
        due, and may cost no more than one order in this time."""
        reserve = min(LEAST_RESERVE, certificate.lifetime / RESERVE)
        return Attempts(until=uptime + reserve.total_seconds())


def recalled(former: Attempts, since: datetime, *, now: datetime, uptime: float) -> Attempts:
    """What a former run of the daemon has left, `until` counted from when it was written, `since`.

    Where the clock has gone back since, the whole pause is kept, counted from now.
    """
    elapsed = max(0.0, (now - since).total_seconds())
    left = min(max(0.0, former.until - elapsed), LONGEST_RETRY_AFTER)
    return replace(former, until=uptime + left)


class Task(Enum):
    """What may be due."""

    ORDER = auto()
    """A certificate."""

    ADVICE = auto()
    """The authority's renewal information for the certificate that there is."""

    CLOCK = auto()
    """Nothing before the clock is set right: it shows a time that has been."""

    PAUSE = auto()
    """A certificate, but not yet: the last order was not long ago."""

    NOTHING = auto()


@dataclass(frozen=True)
class Step:
    """What is due, and after how many seconds to look again where nothing can be done now."""

    task: Task
    wait: float = 0.0


def next_step(
    certificate: Validity | None,
    window: Window | None,
    attempts: Attempts,
    *,
    advice_at: float,
    now: datetime,
    uptime: float,
    earliest: datetime,
) -> Step:
    """Return what is due.

    `advice_at` is the uptime at which the authority is asked for its window again, and `earliest`
    a time of day that has been: no earlier one is believed.
    """
    if now < earliest or (certificate and now < certificate.begin - TOLERANCE):
        return Step(Task.CLOCK, LONGEST_WAIT)
    # Of a certificate that has ended, the authority is not asked (RFC 9773, section 4.3).
    if certificate and now < certificate.end:
        if uptime >= advice_at:
            return Step(Task.ADVICE)
        early = (renewal_moment(certificate, window) - now).total_seconds()
        if early > 0:
            return Step(Task.NOTHING, _wait(early, advice_at - uptime))
    # An owner who has removed the certificate wants another one.
    if uptime < attempts.until and (certificate or attempts.failures):
        return Step(Task.PAUSE, _wait(attempts.until - uptime))
    return Step(Task.ORDER)


def _wait(*until: float) -> float:
    return max(SHORTEST_WAIT, min(*until, LONGEST_WAIT))


def advice_interval(retry_after: float | None) -> float:
    """Return after how many seconds to ask for renewal information again."""
    if retry_after is None:
        return ADVICE_INTERVAL
    return min(max(retry_after, SHORTEST_ADVICE_INTERVAL), LONGEST_ADVICE_INTERVAL)

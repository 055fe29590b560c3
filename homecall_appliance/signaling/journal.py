"""What the journal tells of signaling (protocol.md, section 9): every message, but no flood."""

import logging
from collections import Counter
from collections.abc import Callable

from homecall_appliance.signaling.rate_limit import Pace

log = logging.getLogger(__name__)

SESSION_BURST, SESSION_RATE = 400, 1.0
"""Entries that a session may write at once, and again a second. A call has about a hundred."""

STRANGER_BURST, STRANGER_RATE = 20, 0.1
"""The same for everything that belongs to no session, all together."""


class Journal:
    """Writes an entry for each message. Those beyond the bounds are counted and summed up."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` returns monotonic seconds."""
        self._clock = clock
        self._sessions = Pace(SESSION_RATE, SESSION_BURST)
        self._strangers = Pace(STRANGER_RATE, STRANGER_BURST)
        self._left_out: Counter[str | None] = Counter()

    def message(
        self,
        session_id: str | None,
        kind: str,
        direction: str,
        outcome: str,
        size: int,
        *,
        live: bool,
    ) -> None:
        """Tell of a message; `live`: the session exists, so that its id is not a stranger's."""
        source = session_id if live else None
        if not self._has_room(source):
            return
        log.info(
            "Signaling: %s %s, %s.",
            direction,
            kind,
            outcome,
            extra={
                "SESSION_ID": session_id or "",
                "SIGNAL_TYPE": kind,
                "SIGNAL_DIRECTION": direction,
                "SIGNAL_OUTCOME": str(outcome),
                "SIGNAL_BYTES": size,
            },
        )

    def attached(self, session_id: str) -> None:
        """Tell of a participant that has come, or come back."""
        if self._has_room(session_id):
            log.info("A participant is connected.", extra={"SESSION_ID": session_id})

    def lost(self, session_id: str) -> None:
        """Tell of a participant that may come back."""
        if self._has_room(session_id):
            log.info(
                "A participant has lost its connection; its place is kept for a while.",
                extra={"SESSION_ID": session_id},
            )

    def ended(self, session_id: str) -> None:
        """Tell of the end of a session."""
        self._sum_up(session_id)
        log.info("The session has ended.", extra={"SESSION_ID": session_id})

    def _has_room(self, source: str | None) -> bool:
        pace = self._strangers if source is None else self._sessions
        if not pace.allows(source, self._clock()):
            self._left_out[source] += 1
            return False
        self._sum_up(source)
        return True

    def _sum_up(self, source: str | None) -> None:
        if left_out := self._left_out.pop(source, 0):
            log.info(
                "Signaling: %d more messages, not told one by one.",
                left_out,
                extra={"SESSION_ID": source or ""},
            )

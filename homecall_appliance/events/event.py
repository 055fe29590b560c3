"""What happens at the door, as programs outside of the appliance are told it. PURE."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What has happened. The values are fixed: owners' programs compare them."""

    RINGING = "ringing"
    """A visitor waits to be answered."""

    ANSWERED = "answered"
    """Someone inside has accepted the call, or it was accepted by itself (call.answer)."""

    DECLINED = "declined"
    """Someone inside has declined the call."""

    MISSED = "missed"
    """Nobody has answered in time, or the visitor has left before."""

    ENDED = "ended"
    """A call that was answered is over."""

    OPENED = "opened"
    """Someone inside has opened the door."""


@dataclass(frozen=True)
class Event:
    """One thing that has happened. It has no address, no name and no session id: who may read it
    learns nothing by which a call could be found or joined."""

    kind: Kind

    call: int
    """The number of the call, which grows from 1 on at each start of the daemon."""

    time: datetime
    """When it has happened; a time with a time zone."""

    duration: float | None = None
    """Seconds from the answer to the end, for ENDED alone."""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values: `{"kind": "ended", "call": 3,
        "time": "2026-12-01T18:02:11.250Z", "duration": 41.5}`; `time` is in UTC (RFC 3339)."""
        time = self.time.astimezone(UTC).isoformat(timespec="milliseconds")
        told = {"kind": str(self.kind), "call": self.call, "time": time.replace("+00:00", "Z")}
        return told if self.duration is None else {**told, "duration": round(self.duration, 1)}

    def encoded(self) -> bytes:
        """Return it as one line of JSON (RFC 8259), in ASCII, with an end of line."""
        return json.dumps(self.to_json()).encode() + b"\n"

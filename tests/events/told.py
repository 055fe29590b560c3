"""Events for tests."""

from datetime import UTC, datetime, timedelta

from homecall_appliance.events.event import Event, Kind

NOON = datetime(2026, 12, 1, 12, 0, 0, 250_000, UTC)


def event(kind: Kind = Kind.RINGING, call: int = 1, after: float = 0.0) -> Event:
    """One of a call, so many seconds after noon."""
    duration = 41.52 if kind is Kind.ENDED else None
    return Event(kind, call, NOON + timedelta(seconds=after), duration)

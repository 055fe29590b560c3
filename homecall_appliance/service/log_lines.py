"""Log records as lines of text, where no journal keeps their fields."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

FIELDS = (
    "SESSION_ID",
    "SIGNAL_TYPE",
    "SIGNAL_DIRECTION",
    "SIGNAL_OUTCOME",
    "SIGNAL_BYTES",
    "CALL_STATE",
)
"""The structured fields, given to the logging functions by `extra`."""


class KeyValueFormatter(logging.Formatter):
    """`2026-11-22T12:00:00Z info The message. SESSION_ID=…`; an empty field is left out."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
        line = f"{_time(record, 'seconds')} {record.levelname.lower()} {record.getMessage()}"
        return line + "".join(f" {name}={value}" for name, value in _fields(record))


class JsonFormatter(logging.Formatter):
    """`{"time": "2026-11-22T12:00:00.123Z", "level": "info", "message": …, "SESSION_ID": …}` in
    ASCII; an empty field is left out, and a number stays one."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
        entry = {
            "time": _time(record, "milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        return json.dumps({**entry, **dict(_fields(record))})


def _time(record: logging.LogRecord, precision: str) -> str:
    """When it was made, in UTC (RFC 3339)."""
    made = datetime.fromtimestamp(record.created, UTC)
    return made.isoformat(timespec=precision).replace("+00:00", "Z")


def _fields(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    for name in FIELDS:
        if (value := getattr(record, name, "")) != "":
            yield name, value

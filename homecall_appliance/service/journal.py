"""Logging: to the systemd journal with its structured fields, elsewhere to stderr as lines."""

import logging
import os
import sys
from collections.abc import Mapping
from typing import TextIO

from homecall_appliance.faults.containment import described
from homecall_appliance.service.log_lines import JsonFormatter, KeyValueFormatter

_TELL_ADDRESSES = ("aioice", "aiortc")
"""Libraries that log addresses of participants below WARNING, and from there on tracebacks and
texts of exceptions in their messages (protocol.md, section 9)."""

_FORMATTERS: Mapping[str, type[logging.Formatter]] = {
    "auto": KeyValueFormatter,
    "json": JsonFormatter,
}
"""By `log.format`."""


def set_up(level: str, line_format: str, environ: Mapping[str, str]) -> None:
    """Send everything from `level` up to the journal, or to stderr where no journal reads it:
    there a line is "auto" or "json", as `log.format` tells."""
    handler = _journal() if reads(sys.stderr, environ) else None
    if handler is None:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_FORMATTERS[line_format]())
    handler.addFilter(without_exception_texts)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for library in _TELL_ADDRESSES:
        logging.getLogger(library).setLevel(logging.WARNING)


def without_exception_texts(record: logging.LogRecord) -> bool:
    """Have a record tell of an exception by its type and place, in one line (see `described`).

    To be used as a handler's filter, while the record is being made.
    """
    error = record.exc_info[1] if record.exc_info else None
    if record.name.split(".", maxsplit=1)[0] in _TELL_ADDRESSES:
        # Its text is made of what it was handling: only where that was, or the plain template.
        error = error or sys.exc_info()[1]
        record.msg = record.name if error else f"{record.name}: {str(record.msg).splitlines()[0]}"
        record.args = None
    if error is not None:
        record.msg, record.args = f"{record.getMessage()}: {described(error)}", None
    record.exc_info = record.exc_text = None
    return True


def reads(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether the journal does: by $JOURNAL_STREAM, as systemd.exec(5) tells."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _journal() -> logging.Handler | None:
    try:
        from systemd.journal import JournalHandler  # noqa: PLC0415 - only on a systemd machine
    except ImportError:
        return None
    handler: logging.Handler = JournalHandler(SYSLOG_IDENTIFIER="homecall-appliance")
    return handler

"""What the daemon would write to its journal, in a test."""

import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from homecall_appliance.service import journal


@contextmanager
def journal_in_memory(level: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Log from `level` up as the daemon does outside systemd; yields the file that it writes to."""
    root, file = logging.getLogger(), io.StringIO()
    handlers, former = list(root.handlers), root.level
    monkeypatch.setattr(sys, "stderr", file)
    journal.set_up(level, "auto", {})
    yield file
    root.handlers[:] = handlers
    root.setLevel(former)  # and not level alone, which loggers have cached

"""For how long something has been so, counted over restarts."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from homecall_appliance.storage.atomic import replace_file

KEPT_EVERY = 600.0
"""Seconds: so much of the count a restart may lose; a flash disk is not to be written to more
often."""

_MODE = 0o600


class Elapsed:
    """Seconds of running, with a file for them that is there only while the count is not zero.

    Where the file cannot be read or written, it is counted since the start.
    """

    def __init__(self, file: Path, uptime: Callable[[], float]) -> None:
        """Read the file, if there is one. `uptime` is in seconds, and never jumps."""
        self._file = file
        self._uptime = uptime
        self._seconds = self._kept = self._read()
        self._looked: float | None = None

    def count(self, *, so: bool) -> float:
        """Return for how many seconds it has been so, from look to look; 0 where it is not. Blocks
        for the disk."""
        if not so:
            self._looked = None
            if self._seconds:
                with suppress(OSError):
                    self._file.unlink(missing_ok=True)
            self._seconds = self._kept = 0.0
            return 0.0
        now = self._uptime()
        if self._looked is not None:
            self._seconds += now - self._looked
        self._looked = now
        if self._seconds - self._kept >= KEPT_EVERY:
            self._keep()
        return self._seconds

    def _keep(self) -> None:
        self._kept = self._seconds
        with suppress(OSError):
            replace_file(self._file, b"%d\n" % self._seconds, _MODE)

    def _read(self) -> float:
        try:
            return max(0.0, float(int(self._file.read_bytes())))
        except (OSError, ValueError, OverflowError):
            return 0.0

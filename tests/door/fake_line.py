"""The processes that hold a line, with a file in place of a GPIO chip: `python -m
tests.door.fake_line JSON`, as holder.py is called.

The chip is the path of the file, which gets a line of text whenever the line is set, by whoever
does it: `12.345 operator 1`. Like some drivers, it does nothing when who holds it dies: the line
stays as the file's last line of text has it. A file beside it, `accident`, says what happens at
which step: `operator before 1: KILL`.
"""

import errno
import os
import signal
import time
from pathlib import Path

from homecall_appliance.door import holder
from homecall_appliance.door.ports import DoorError


class FakeLine:
    """Writes down what the line does."""

    def __init__(self, record: Path) -> None:
        self._record = record
        self._operator = os.getpid()
        self._write("request", active=False)

    def set(self, active: bool) -> None:
        """Write it down; what is to happen before or after that happens."""
        who = "operator" if os.getpid() == self._operator else "guard"
        self._pass(f"{who} before {active:d}")
        self._write(who, active)
        self._pass(f"{who} after {active:d}")

    def _write(self, who: str, active: bool) -> None:
        with self._record.open("a") as file:
            file.write(f"{time.monotonic():.6f} {who} {active:d}\n")

    def _pass(self, step: str) -> None:
        accident = self._record.with_name("accident")
        if not accident.exists():
            return
        where, _, what = accident.read_text().partition(": ")
        if step == "operator before 0" and where.startswith("guard"):
            while accident.exists():  # both wait for the same moment: the guard is to be the first
                time.sleep(0.001)
        if where != step:
            return
        accident.unlink()
        if what == "ERROR":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if what == "KILL BOTH":
            os.killpg(0, signal.SIGKILL)
        os.kill(os.getpid(), signal.Signals[f"SIG{what}"])


def request(held: holder.HeldLine) -> FakeLine:
    """Take the line, unless the file's folder is not there."""
    record = Path(held.chip)
    if not record.parent.is_dir():
        raise DoorError(f'There is no GPIO chip "{held.chip}".')
    return FakeLine(record)


if __name__ == "__main__":
    holder.main(request)

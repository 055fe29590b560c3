"""What the daemon takes of its machine, as proc(5) counts it."""

import os
import re
from dataclasses import astuple, dataclass
from pathlib import Path

from tests.support.machine.appliance import Appliance


@dataclass(frozen=True)
class Usage:
    """Counted since the daemon's start, but for the memory; or the difference of two."""

    written: int
    """Bytes that it has caused to be written to a disk."""

    journal: int
    """The same of the journal's daemon, which writes for everybody."""

    switches: int
    """How often its threads have been woken up or interrupted."""

    processor: float
    """Seconds."""

    resident: int
    """Bytes of memory."""

    @classmethod
    def of(cls, appliance: Appliance) -> "Usage":
        """Of this moment."""
        daemon = Path(f"/proc/{appliance.main_pid}")
        shown = appliance.machine.run(
            "systemctl", "show", "systemd-journald", "--value", "-p", "MainPID"
        )
        journald = Path(f"/proc/{appliance.machine.host_pid(int(shown))}")
        fields = (daemon / "stat").read_text().rpartition(")")[2].split()
        return cls(
            written=_number(daemon / "io", "write_bytes"),
            journal=_number(journald / "io", "write_bytes"),
            switches=sum(
                _number(task / "status", f"{kind}_ctxt_switches")
                for task in (daemon / "task").iterdir()
                for kind in ("voluntary", "nonvoluntary")
            ),
            processor=(int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
            resident=_number(daemon / "status", "VmRSS") * 1024,
        )

    def __sub__(self, before: "Usage") -> "Usage":
        return Usage(
            *(now - then for now, then in zip(astuple(self), astuple(before), strict=True))
        )


def _number(file: Path, name: str) -> int:
    found = re.search(rf"^{name}:\s*(\d+)", file.read_text(), re.MULTILINE)
    return int(found[1]) if found else 0

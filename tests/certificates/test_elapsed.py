"""For how long something has been so, over restarts and whatever the disk does."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from homecall_appliance.certificates.elapsed import KEPT_EVERY, Elapsed


@dataclass
class Machine:
    """One that is restarted."""

    file: Path
    uptime: float = 20.0

    def start(self) -> Elapsed:
        self.uptime = 20.0
        return Elapsed(self.file, lambda: self.uptime)

    def count(self, elapsed: Elapsed, minutes: int) -> float:
        """Let it be so for these minutes; return the count."""
        elapsed.count(so=True)
        for _ in range(minutes):
            self.uptime += 60.0
            elapsed.count(so=True)
        return elapsed.count(so=True)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "count")


def test_it_is_counted_over_restarts(machine: Machine) -> None:
    assert machine.count(machine.start(), 30) == 1800.0
    assert machine.count(machine.start(), 25) == 3300.0
    assert machine.file.read_bytes() == b"3000\n"
    assert machine.count(machine.start(), 0) == 3300.0 - 3300.0 % KEPT_EVERY


def test_it_begins_anew_where_it_is_not_so_for_a_moment(machine: Machine) -> None:
    elapsed = machine.start()
    machine.count(elapsed, 30)
    assert elapsed.count(so=False) == 0.0
    assert not machine.file.exists()
    machine.uptime += 3600.0
    assert machine.count(elapsed, 5) == 300.0
    assert machine.start().count(so=True) == 0.0


def test_what_was_so_before_a_restart_and_is_not_any_more(machine: Machine) -> None:
    machine.count(machine.start(), 30)
    assert machine.start().count(so=False) == 0.0
    assert not machine.file.exists()


def test_it_is_written_rarely(machine: Machine) -> None:
    elapsed = machine.start()
    written = set()
    for _ in range(60):
        machine.count(elapsed, 1)
        written.add(machine.file.exists() and machine.file.stat().st_ino)
    assert len(written) <= 1 + 3600 / KEPT_EVERY


@pytest.mark.parametrize("content", [b"", b"soon", b"\xff", b"1.5", b"nan", b"-86400", b"9" * 400])
def test_a_damaged_file_counts_for_nothing(machine: Machine, content: bytes) -> None:
    machine.file.write_bytes(content)
    assert machine.count(machine.start(), 15) == 900.0


def test_without_a_disk_it_is_counted_since_the_start(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "none" / "count")
    assert machine.count(machine.start(), 60) == 3600.0
    assert machine.count(machine.start(), 60) == 3600.0
    assert machine.start().count(so=False) == 0.0

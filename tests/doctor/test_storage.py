"""Whether the appliance's keys outlive the next start: mounts as machines have them."""

import os
from pathlib import Path

import pytest

from homecall_appliance.doctor.probes.storage import is_volatile

BOOTED = 1_700_000_000

SD_CARD = "25 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw"
MEMORY = "26 25 0:22 / {} rw,nosuid shared:2 - tmpfs tmpfs rw,size=64k"
DISK = "27 25 8:1 / {} rw - ext4 /dev/sda1 rw"
ROOT_RW = "30 25 0:30 / /media/root-rw rw - tmpfs tmpfs-root rw"
OVERLAYROOT = (
    "25 1 0:31 / / rw,noatime - overlay overlayroot "
    "rw,lowerdir=/media/root-ro,upperdir=/media/root-rw/overlay,workdir=/media/root-rw/overlay-workdir"
)
HIDDEN_LAYER = (
    "25 1 0:31 / / rw,noatime - overlay overlay "
    "rw,lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work"
)


def machine(folder: Path, mounts: list[str], cmdline: str = "") -> Path:
    proc = folder / "proc"
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "mountinfo").write_text("".join(f"{each}\n" for each in mounts))
    (proc / "cmdline").write_text(f"console=tty1 {cmdline} rootwait\n")
    (proc / "stat").write_text(f"cpu  1 2 3\nbtime {BOOTED}\nprocesses 9\n")
    return proc


def state(folder: Path, made: int | None = BOOTED + 60) -> Path:
    """A folder with a key of that time, or without one."""
    (place := folder / "tls").mkdir()
    if made is not None:
        (place / "authority.pem").touch()
        os.utime(place / "authority.pem", (made, made))
    return place


@pytest.mark.parametrize(
    ("mounts", "cmdline", "volatile"),
    [
        ([SD_CARD], "", False),
        ([SD_CARD, MEMORY.format("{parent}")], "", True),
        ([SD_CARD, MEMORY.format("/elsewhere")], "", False),
        ([SD_CARD, MEMORY.format("{parent}"), DISK.format("{place}")], "", False),
        ([SD_CARD, DISK.format("{place}"), MEMORY.format("{place}")], "", True),
        ([OVERLAYROOT, ROOT_RW], "overlayroot=tmpfs", True),
        ([OVERLAYROOT, ROOT_RW], "", True),
        ([OVERLAYROOT, DISK.format("/media/root-rw")], "", False),
        ([HIDDEN_LAYER], "boot=overlay", True),
        ([HIDDEN_LAYER], "overlayroot=tmpfs", True),
        # A container: its upper layer is the host's, and on a disk.
        ([HIDDEN_LAYER], "", False),
        ([], "", False),
    ],
)
def test_what_the_mounts_tell(
    tmp_path: Path, mounts: list[str], cmdline: str, volatile: bool
) -> None:
    place = state(tmp_path)
    lines = [each.format(parent=tmp_path, place=place) for each in mounts]
    assert is_volatile(place, machine(tmp_path, lines, cmdline)) is volatile


@pytest.mark.parametrize(("made", "volatile"), [(BOOTED - 1, False), (BOOTED, True), (None, True)])
def test_keys_from_before_the_start_come_back_each_time(
    tmp_path: Path, made: int | None, volatile: bool
) -> None:
    """The overlay was switched on after the appliance had made them."""
    place = state(tmp_path, made)
    proc = machine(tmp_path, [OVERLAYROOT, ROOT_RW], "overlayroot=tmpfs")
    assert is_volatile(place, proc) is volatile


def test_a_folder_that_is_not_made_yet(tmp_path: Path) -> None:
    proc = machine(tmp_path, [SD_CARD, MEMORY.format(tmp_path)])
    assert is_volatile(tmp_path / "none" / "tls", proc)


def test_the_mounts_of_this_machine_are_understood() -> None:
    assert not is_volatile(Path("/proc/self"))

"""Calls go on, whatever the disk does: a small one that gets full, or cannot be written to.

Needs root, as whoever mounts a disk.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography import x509

from homecall_appliance.certificates.local_ca import LocalAuthority
from homecall_appliance.certificates.tls import TlsError
from tests.support.tls_world import MOVED, World, connect, cut, make_outdated, told

pytestmark = pytest.mark.apt  # only root may mount a disk

NOBODY = 65534
ROOM = os.sysconf("SC_PAGE_SIZE")
"""Bytes that each file takes there, however small it is."""


@dataclass
class Disk:
    """A small disk, and an appliance whose state is on it."""

    path: Path
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.world = World(self.path / "state" / "tls", now=datetime.now(UTC))

    def mount(self, *options: str) -> None:
        settings = ",".join(("size=1m", "mode=755", *options))
        subprocess.run(["mount", "-t", "tmpfs", "-o", settings, "tmpfs", self.path], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", self.path], check=True)

    def fill(self, *, but: int = 0) -> None:
        """Leave room for so many files."""
        free = os.statvfs(self.path).f_bavail * ROOM
        (self.path / "filling").write_bytes(bytes(free - but * ROOM))

    def lock(self) -> None:
        self._remount("ro")

    def unlock(self) -> None:
        self._remount("rw")

    def mend(self) -> None:
        self.unlock()
        (self.path / "filling").unlink(missing_ok=True)

    def _remount(self, option: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{option}", self.path], check=True)


@pytest.fixture
def disk() -> Iterator[Disk]:
    with TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        made = Disk(Path(parent) / "disk")
        made.path.mkdir()
        made.mount()
        try:
            yield made
        finally:
            made.unmount()


full_or_locked = pytest.mark.parametrize(
    ("accident", "reason", "advice"),
    [
        (Disk.fill, "No space left on device", "Make room on the disk."),
        (Disk.lock, "Read-only file system", "Make the disk writable"),
    ],
    ids=["full", "read-only"],
)


async def served(certificates: LocalAuthority, host: str = "pi") -> x509.Certificate:
    return (await connect(certificates, certificates.authority_pem, host)).certificate


def files(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in directory.iterdir()}


@full_or_locked
async def test_a_new_address_is_served_at_once_and_kept_later(
    disk: Disk,
    accident: Callable[[Disk], None],
    reason: str,
    advice: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    certificates = disk.world.authority()
    before = files(disk.world.directory)
    assert told(certificates) == ""
    accident(disk)
    disk.world.names = MOVED
    assert [certificates.refresh() for _ in range(3)] == [True, False, False]
    problem = told(certificates)
    assert f"({reason}): calls work all the same. {advice}" in problem
    assert [record.getMessage() for record in caplog.records] == [problem]
    assert files(disk.world.directory) == before
    shown = await served(certificates, "10.9.9.9")

    disk.mend()
    assert [certificates.refresh() for _ in range(2)] == [False, False]
    assert told(certificates) == ""
    assert disk.world.leaf == shown == await served(disk.world.authority(), "10.9.9.9")
    assert certificates.authority_pem == before["ca.crt"]
    assert len(caplog.records) == 1

    disk.lock()
    assert certificates.refresh() is False
    assert told(certificates) == "", "what is kept is not written again"


@full_or_locked
async def test_the_address_may_change_before_a_start(
    disk: Disk, accident: Callable[[Disk], None], reason: str, advice: str
) -> None:
    before = disk.world.authority()
    accident(disk)
    disk.world.names = MOVED
    certificates = disk.world.authority()
    assert certificates.authority_pem == before.authority_pem
    assert advice in told(certificates)
    shown = await served(certificates, "10.9.9.9")
    disk.mend()
    assert certificates.refresh() is False
    assert disk.world.leaf == shown


@full_or_locked
async def test_a_first_start_makes_an_authority_that_is_kept_later(
    disk: Disk,
    accident: Callable[[Disk], None],
    reason: str,
    advice: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    accident(disk)
    certificates = disk.world.authority()
    shown = await served(certificates)
    assert certificates.refresh() is False
    assert reason in told(certificates)
    assert "after a restart every phone must be asked to trust" in told(certificates)
    assert [record.getMessage() for record in caplog.records] == [told(certificates)]

    disk.mend()
    assert certificates.refresh() is False
    assert told(certificates) == ""
    modes = {file.name: file.stat().st_mode & 0o777 for file in disk.world.directory.iterdir()}
    assert modes == {
        "authority.pem": 0o600,
        "ca.crt": 0o644,
        "server.crt": 0o644,
        "server.key": 0o600,
    }
    assert disk.world.directory.stat().st_mode & 0o777 == 0o700
    restarted = disk.world.authority()
    assert restarted.authority_pem == certificates.authority_pem
    assert disk.world.leaf == shown == await served(restarted)


async def test_the_newest_of_several_certificates_is_kept(disk: Disk) -> None:
    disk.lock()
    certificates = disk.world.authority()
    disk.world.names = MOVED
    assert certificates.refresh() is True
    disk.mend()
    assert certificates.refresh() is False
    assert disk.world.leaf == await served(certificates, "10.9.9.9")


@pytest.mark.parametrize("room", [0, 1, 2, 3])
async def test_a_first_start_that_ends_half_kept_is_no_obstacle(disk: Disk, room: int) -> None:
    disk.world.directory.mkdir(parents=True)
    disk.fill(but=room)
    before = disk.world.authority()
    kept = ["authority.pem", "ca.crt", "server.key"][:room]
    assert set(files(disk.world.directory)) == set(kept)
    disk.mend()
    after = disk.world.authority()
    assert told(after) == ""
    assert (after.authority_pem == before.authority_pem) == ("authority.pem" in kept)
    assert await served(after) == disk.world.leaf


@pytest.mark.parametrize("room", [1, 2, 3])
async def test_room_for_a_part_is_used_and_the_rest_follows(disk: Disk, room: int) -> None:
    disk.world.directory.mkdir(parents=True)
    disk.fill(but=room)
    certificates = disk.world.authority()
    shown = await served(certificates)
    assert told(certificates)
    disk.mend()
    assert certificates.refresh() is False
    assert set(files(disk.world.directory)) == {
        "authority.pem",
        "ca.crt",
        "server.key",
        "server.crt",
    }
    assert disk.world.authority().authority_pem == certificates.authority_pem
    assert disk.world.leaf == shown


async def test_a_renewal_that_ends_half_kept_costs_a_leaf_and_no_authority(disk: Disk) -> None:
    certificates = disk.world.authority()
    old = files(disk.world.directory)
    obstacle = disk.world.file("server.crt.new")
    obstacle.mkdir()
    disk.world.names = MOVED
    assert certificates.refresh() is True
    obstacle.rmdir()
    half = files(disk.world.directory)
    assert [name for name in old if half[name] != old[name]] == ["server.key"]
    restarted = disk.world.authority()
    assert restarted.authority_pem == certificates.authority_pem
    await served(restarted, "10.9.9.9")


async def test_a_damaged_authority_stays_until_it_can_be_put_aside(disk: Disk) -> None:
    before = disk.world.authority()
    cut(disk.world.file("authority.pem"))
    disk.fill()
    disk.lock()
    damaged = files(disk.world.directory)
    certificates = disk.world.authority()
    await served(certificates)
    assert certificates.authority_pem != before.authority_pem
    assert files(disk.world.directory) == damaged
    disk.unlock()
    certificates.refresh()
    assert told(certificates)
    with pytest.raises(FileNotFoundError):
        disk.world.file("authority.pem").read_bytes()
    disk.mend()
    certificates.refresh()
    assert told(certificates) == ""
    assert disk.world.file("authority.pem.damaged").read_bytes() == damaged["authority.pem"]
    assert disk.world.file("ca.crt").read_bytes() == certificates.authority_pem
    assert disk.world.authority().authority_pem == certificates.authority_pem


async def test_an_authority_on_a_disk_that_was_mounted_late_is_not_replaced(
    disk: Disk, tmp_path: Path
) -> None:
    trusted = disk.world.authority().authority_pem
    shutil.copytree(disk.path / "state", tmp_path / "state")
    disk.unmount()
    disk.mount("ro")
    certificates = disk.world.authority()
    disk.mend()
    shutil.copytree(tmp_path / "state", disk.path / "state")
    before = files(disk.world.directory)
    assert certificates.refresh() is False
    assert "Restart the appliance" in told(certificates)
    await served(certificates)
    assert files(disk.world.directory) == before
    assert disk.world.authority().authority_pem == trusted


@full_or_locked
async def test_an_outdated_authority_is_replaced_as_soon_as_the_new_one_can_be_kept(
    disk: Disk, accident: Callable[[Disk], None], reason: str, advice: str
) -> None:
    """Its key stays until then: where nothing can be written, nothing can be destroyed either."""
    old = make_outdated(disk.world.directory)
    accident(disk)
    outdated = files(disk.world.directory)
    certificates = disk.world.authority()
    await served(certificates)
    assert certificates.authority_pem != old.certificate_pem
    assert reason in told(certificates)
    assert "after a restart every phone must be asked to trust" in told(certificates)
    assert files(disk.world.directory) == outdated
    disk.mend()
    assert certificates.refresh() is False
    assert told(certificates) == ""
    kept = files(disk.world.directory)
    assert "ca.key" not in kept
    assert kept["ca.crt"] == certificates.authority_pem
    assert kept["ca.crt.replaced"] == old.certificate_pem
    assert disk.world.authority().authority_pem == certificates.authority_pem


async def test_the_old_key_is_destroyed_also_where_there_is_room_for_the_new_one_only(
    disk: Disk,
) -> None:
    make_outdated(disk.world.directory)
    disk.fill(but=1)
    certificates = disk.world.authority()
    assert "No space left on device" in told(certificates)
    disk.mend()
    assert certificates.refresh() is False
    assert told(certificates) == ""
    assert "ca.key" not in files(disk.world.directory)


def test_an_outdated_authority_of_another_user_is_a_sentence_and_stays(disk: Disk) -> None:
    make_outdated(disk.world.directory)
    outdated = files(disk.world.directory)
    disk.world.directory.chmod(0o700)
    with nobody(), pytest.raises(TlsError, match="Give the directory to the user that runs"):
        disk.world.authority()
    assert files(disk.world.directory) == outdated


@pytest.mark.parametrize("name", ["server.crt", "server.key"])
async def test_a_leaf_that_cannot_be_read_or_replaced_is_no_obstacle(disk: Disk, name: str) -> None:
    disk.world.authority()
    disk.world.file(name).unlink()
    disk.world.file(name).mkdir()
    certificates = disk.world.authority()
    await served(certificates)
    assert "Is a directory" in told(certificates)
    disk.world.file(name).rmdir()
    assert certificates.refresh() is False
    assert told(certificates) == ""


def make_unreadable(file: Path) -> None:
    """Give EIO to whoever reads it, as a failing disk does."""
    file.unlink()
    file.symlink_to("/proc/self/mem")


def test_an_authority_on_a_failing_disk_is_a_sentence_and_stays(disk: Disk) -> None:
    disk.world.authority()
    make_unreadable(disk.world.file("authority.pem"))
    with pytest.raises(TlsError, match=r"\(Input/output error\)\. The disk is failing"):
        disk.world.authority()
    assert disk.world.file("authority.pem").is_symlink()


async def test_a_copy_of_the_root_on_a_failing_disk_ends_no_call(disk: Disk) -> None:
    trusted = disk.world.authority().authority_pem
    make_unreadable(disk.world.file("ca.crt"))
    certificates = disk.world.authority()
    assert certificates.authority_pem == trusted
    assert "(Input/output error): calls work all the same." in told(certificates)
    await served(certificates)


@pytest.mark.parametrize("name", ["server.crt", "server.key"])
async def test_a_leaf_on_a_failing_disk_is_issued_again(disk: Disk, name: str) -> None:
    trusted = disk.world.authority().authority_pem
    make_unreadable(disk.world.file(name))
    certificates = disk.world.authority()
    assert (certificates.authority_pem, told(certificates)) == (trusted, "")
    assert await served(certificates) == disk.world.leaf


@contextmanager
def nobody() -> Iterator[None]:
    """Be a user whom the permissions bind."""
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def give(path: Path) -> None:
    """To nobody."""
    for each in (path, *path.rglob("*")):
        os.chown(each, NOBODY, NOBODY)


def of_another_user(state: Path) -> None:
    os.chown(state / "tls", 0, 0)


def of_another_user_open_to_all(state: Path) -> None:
    os.chown(state / "tls", 0, 0)
    (state / "tls").chmod(0o755)


def in_a_directory_of_another_user(state: Path) -> None:
    shutil.rmtree(state / "tls")
    os.chown(state, 0, 0)


def with_a_key_of_another_user(state: Path) -> None:
    os.chown(state / "tls" / "authority.pem", 0, 0)


@pytest.mark.parametrize(
    "fault",
    [
        of_another_user,
        of_another_user_open_to_all,
        in_a_directory_of_another_user,
        with_a_key_of_another_user,
    ],
)
def test_what_belongs_to_another_user_is_a_sentence_and_stays(
    disk: Disk, fault: Callable[[Path], None]
) -> None:
    state = disk.path / "state"
    disk.world.authority()
    give(state)
    fault(state)
    before = {file: file.read_bytes() for file in state.rglob("*.*")}
    with nobody(), pytest.raises(TlsError, match="Give the directory to the user that runs"):
        disk.world.authority()
    assert {file: file.read_bytes() for file in state.rglob("*.*")} == before


async def test_a_leaf_of_another_user_is_replaced(disk: Disk) -> None:
    trusted = disk.world.authority().authority_pem
    before = disk.world.leaf
    give(disk.path / "state")
    os.chown(disk.world.file("server.key"), 0, 0)
    with nobody():
        certificates = disk.world.authority()
    assert told(certificates) == ""
    assert certificates.authority_pem == trusted
    assert disk.world.leaf == await served(certificates) != before


async def test_a_directory_that_is_taken_away_later_ends_no_call(disk: Disk) -> None:
    disk.world.authority()
    give(disk.path / "state")
    with nobody():
        certificates = disk.world.authority()
    os.chown(disk.world.directory, 0, 0)
    disk.world.names = MOVED
    with nobody():
        assert certificates.refresh() is True
    assert "Give the directory to the user that runs" in told(certificates)
    await served(certificates, "10.9.9.9")


def test_no_file_in_memory_outlives_its_use(disk: Disk) -> None:
    disk.lock()
    certificates = disk.world.authority()
    links = [str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    assert told(certificates)
    assert links
    assert not [link for link in links if "memfd:certificate" in link]

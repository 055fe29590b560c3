"""`make apt-repo`: an archive that apt trusts by its key alone, and upgrades from."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from subprocess import run
from tempfile import mkdtemp

import pytest

from tests.packaging.disk import Disk, debian_disk
from tests.support.machine.package import newer
from tests.support.rigs.packages import DEBIAN, ECHO, PROGRAM, built, package, print_run

# The two Debian roots are built the first time: two minutes each.
pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

SOURCE = """\
Types: deb
URIs: file:/srv/apt
Suites: stable
Components: main
Signed-By: /srv/apt/homecall-archive-keyring.pgp
"""


@pytest.fixture(scope="module")
def debs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.getbasetemp())


@pytest.fixture
def disk(debs: Path) -> Iterator[Disk]:
    with debian_disk(package(debs, PROGRAM, "all")) as disk:
        for file in debs.glob("*.deb"):
            shutil.copy(file, disk.shared)
        source = disk.shared / "homecall.sources"
        source.write_text(SOURCE)
        disk.run("cp", "/srv/homecall.sources", "/etc/apt/sources.list.d/")
        yield disk


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An owner's gpg, with a key that is thrown away."""
    # A socket's path is short, so this is not in the test's own folder.
    home = Path(mkdtemp(prefix="gpg-"))
    monkeypatch.setenv("GNUPGHOME", str(home))
    owner = ("owner@home.example", "ed25519", "sign", "never")
    print_run("gpg", "--batch", "--passphrase", "", "--quick-generate-key", *owner)
    yield
    run(["gpgconf", "--kill", "all"], check=False)
    shutil.rmtree(home)


def publish(disk: Disk, key: str = "owner@home.example") -> None:
    print(print_run(str(DEBIAN / "repository" / "build.sh"), str(disk.shared), key))


@pytest.mark.usefixtures("keyring")
def test_apt_installs_from_it_and_upgrades(disk: Disk, debs: Path, tmp_path: Path) -> None:
    publish(disk)
    disk.run("apt-get", "update", "--error-on=any")
    print(disk.run("apt-get", "install", "--yes", PROGRAM, ECHO))
    assert disk.run("dpkg-query", "-Wf${Status}", ECHO) == "install ok installed"

    shutil.copy(newer(package(debs, PROGRAM, "all"), tmp_path), disk.shared)
    publish(disk)
    disk.run("apt-get", "update", "--error-on=any")
    print(disk.run("apt-get", "upgrade", "--yes"))
    assert disk.run("dpkg-query", "-Wf${Version}", PROGRAM).endswith("+newer")


@pytest.mark.usefixtures("keyring")
def test_apt_refuses_what_the_owner_did_not_sign(disk: Disk) -> None:
    publish(disk)
    packages = next((disk.shared / "apt").rglob("Packages.gz"))
    for file in (disk.shared / "apt").rglob("Packages*"):
        file.write_bytes(packages.read_bytes()[:-1] + b"?")
    with pytest.raises(AssertionError, match=r"Hash Sum mismatch|unexpected size|not signed"):
        disk.run("apt-get", "update", "--error-on=any")


@pytest.mark.usefixtures("keyring")
def test_it_says_what_is_missing(tmp_path: Path) -> None:
    build = str(DEBIAN / "repository" / "build.sh")
    with pytest.raises(AssertionError, match=r"make apt-repo KEY="):
        print_run(build, str(tmp_path), "")
    with pytest.raises(AssertionError, match=r"Run: make deb"):
        print_run(build, str(tmp_path), "owner@home.example")

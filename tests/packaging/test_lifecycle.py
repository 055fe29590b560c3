"""Installed, upgraded, removed, purged: every file of the system is compared, as by piuparts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.disk import Disk, debian_disk
from tests.support.machine.package import newer, with_conffile
from tests.support.rigs.packages import ECHO, PROGRAM, REPOSITORY, built, package

# The two Debian roots are built the first time: two minutes each.
pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

CONFIGURATION = "/etc/homecall-appliance/homecall.toml"
STATE = "/var/lib/homecall-appliance"

NOT_OURS = re.compile(
    # What apt, dpkg and systemd note of every package.
    r"/var/(cache/apt|lib/apt|lib/dpkg|log)(/|$)"
    r"|/var/lib/systemd/deb-systemd-helper-enabled$"
    # The user and the groups of the service: Debian never takes a system user away.
    r"|/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$"
    r"|/etc/\.pwd\.lock$"
    # The mount points of these tests.
    r"|/(srv|run|dev|proc|tmp)(/|$)"
)


@pytest.fixture(scope="module")
def debs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.getbasetemp())


@pytest.fixture
def disk(debs: Path) -> Iterator[Disk]:
    with debian_disk(package(debs, PROGRAM, "all")) as disk:
        yield disk


@pytest.fixture
def offered(disk: Disk, debs: Path) -> list[str]:
    """The packages, where the disk sees them."""
    architecture = disk.run("dpkg", "--print-architecture").strip()
    files = [package(debs, PROGRAM, "all"), package(debs, ECHO, architecture)]
    for file in files:
        (disk.shared / file.name).write_bytes(file.read_bytes())
    return [f"/srv/{file.name}" for file in files]


def install(disk: Disk, *packages: str) -> str:
    text = disk.run("apt-get", "install", "--yes", "--no-install-recommends", *packages)
    assert "warning" not in text.lower(), text
    return text


def ours(before: dict[str, str], after: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
    """What differs, and is not other programs' business."""
    return {
        path: (before.get(path), after.get(path))
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path) and not NOT_OURS.match(path)
    }


def test_a_whole_life_leaves_nothing(
    disk: Disk, offered: list[str], debs: Path, tmp_path: Path
) -> None:
    before = disk.files()
    users = accounts(disk)

    print(install(disk, *offered))
    new = disk.files()
    assert "homecall-appliance.service" in "".join(new)
    named = {path for path in ours(before, new) if "homecall" in path}
    on_the_way = {str(folder) for path in named for folder in Path(path).parents}
    assert ours(before, new).keys() - named - on_the_way == set()

    timer = f"{PROGRAM}-lego.timer"
    assert disk.run("sh", "-c", f"systemctl is-enabled {timer} || :").strip() == "disabled"
    disk.run("systemctl", "enable", timer)

    # The services' keys, and what the owner has changed.
    disk.run("install", "-D", "-m600", "/dev/null", "/var/lib/homecall-appliance-lego/door.key")
    disk.run("install", "-d", "-m700", "-ohomecall", "-ghomecall", f"{STATE}/tls")
    disk.run("sh", "-c", f"echo key >{STATE}/tls/authority.pem; echo '# mine' >>{CONFIGURATION}")
    kept = {path: disk.files()[path] for path in (CONFIGURATION, f"{STATE}/tls/authority.pem")}

    upgrade = newer(package(debs, PROGRAM, "all"), tmp_path)
    (disk.shared / upgrade.name).write_bytes(upgrade.read_bytes())
    print(install(disk, f"/srv/{upgrade.name}"))
    assert disk.run("dpkg-query", "-Wf${Version}", PROGRAM).endswith("+newer")
    upgraded = disk.files()
    assert kept.items() <= upgraded.items()
    for each in (PROGRAM, timer):
        assert disk.run("systemctl", "is-enabled", each).strip() == "enabled"

    print(disk.run("apt-get", "remove", "--yes", PROGRAM, ECHO))
    removed = disk.files()
    assert kept.items() <= removed.items()
    left = {path for path in ours(before, removed) if removed.get(path)}
    under = {path for path in left if path.startswith((STATE, "/etc/homecall-appliance"))}
    # deb-systemd-helper keeps whether the service was enabled, for the next installation.
    enabled = (
        *(f"/etc/systemd/system/{each}.target.wants/" for each in ("multi-user", "timers")),
        "/var/lib/systemd/",
    )
    assert {path for path in left - under if not path.startswith(enabled)} == set()

    print(disk.run("apt-get", "purge", "--yes", PROGRAM))
    assert ours(before, disk.files()) == {}
    gone_and_new = {name: (users.get(name), what) for name, what in accounts(disk).items()}
    strangers = {name for name, (was, now) in gone_and_new.items() if was != now}
    groups = {"gpio:", "i2c:", "input:", "spi:", "render:"}
    assert strangers == {"homecall", "homecall:", *groups} - users.keys()


def accounts(disk: Disk) -> dict[str, str]:
    """Users, and (with a colon) groups without their members."""
    users = disk.run("getent", "passwd").splitlines()
    groups = disk.run("getent", "group").splitlines()
    return {line.split(":")[0]: line for line in users} | {
        line.split(":")[0] + ":": line.rsplit(":", 1)[0] for line in groups
    }


def test_the_user_has_the_devices_groups_and_cannot_log_in(disk: Disk, offered: list[str]) -> None:
    install(disk, *offered)
    _, _, _, _, _, home, shell = disk.run("getent", "passwd", "homecall").strip().split(":")
    assert (home, shell) == ("/nonexistent", "/usr/sbin/nologin")
    groups = set(disk.run("id", "-nG", "homecall").split())
    assert groups == {
        *("homecall", "audio", "gpio", "i2c", "input", "render", "spi", "tty", "video"),
    }


def test_the_settings_are_not_for_everybody(disk: Disk, offered: list[str]) -> None:
    install(disk, *offered)
    assert disk.run("stat", "-c%a %U:%G", CONFIGURATION).strip() == "640 root:homecall"
    check = ("setpriv", "--reuid=nobody", "--clear-groups", PROGRAM, "check-config")
    with pytest.raises(AssertionError, match=r"ended with 2:\n.*Try it with sudo"):
        disk.run(*check)


MANUAL = (REPOSITORY / "config" / "homecall.toml").read_text("utf-8")
FORMER = MANUAL.replace("#volume = 80", "#volume = 70")
"""What an earlier version shipped as the owner's file: a default has changed since."""


def upgraded_from_a_conffile(disk: Disk, debs: Path, folder: Path, settings: str | None) -> str:
    """Install an earlier version, change the owner's file, install this one, which nobody may be
    asked about; what is in the file then."""
    deb = package(debs, PROGRAM, "all")
    former = with_conffile(deb, folder, CONFIGURATION, FORMER)
    (disk.shared / former.name).write_bytes(former.read_bytes())
    install(disk, f"/srv/{former.name}")
    if settings is None:
        disk.run("rm", CONFIGURATION)
    elif settings:
        (disk.shared / "settings").write_text(settings, "utf-8")
        disk.run("cp", "/srv/settings", CONFIGURATION)
    (disk.shared / deb.name).write_bytes(deb.read_bytes())
    print(text := install(disk, f"/srv/{deb.name}"))
    assert "==>" not in text  # how dpkg begins its question
    assert disk.run("dpkg", "--audit") == ""
    return disk.run("sh", "-c", f"cat {CONFIGURATION} 2>/dev/null || true")


def test_an_upgrade_keeps_settings_that_were_a_conffile(
    disk: Disk, debs: Path, tmp_path: Path
) -> None:
    mine = FORMER.replace("#rotation = 0", "rotation = 180", 1)
    assert FORMER not in (MANUAL, mine)
    assert upgraded_from_a_conffile(disk, debs, tmp_path, mine) == mine
    assert disk.run("stat", "-c%a %U:%G", CONFIGURATION).strip() == "640 root:homecall"
    assert disk.run(PROGRAM, "show-config", "--changed") == "[camera]\nrotation = 180\n"

    (again := tmp_path / "again").mkdir()
    upgrade = newer(package(debs, PROGRAM, "all"), again)
    (disk.shared / upgrade.name).write_bytes(upgrade.read_bytes())
    install(disk, f"/srv/{upgrade.name}")
    assert disk.run("cat", CONFIGURATION) == mine
    print(disk.run("apt-get", "purge", "--yes", PROGRAM))
    assert "homecall" not in disk.run("ls", "/etc")


def test_an_upgrade_takes_the_manual_out_of_an_untouched_conffile(
    disk: Disk, debs: Path, tmp_path: Path
) -> None:
    settings = upgraded_from_a_conffile(disk, debs, tmp_path, "")
    assert len(settings.splitlines()) < 12
    assert disk.run("stat", "-c%a %U:%G", CONFIGURATION).strip() == "640 root:homecall"
    assert disk.run(PROGRAM, "show-config", "--changed") == ""


def test_an_upgrade_leaves_settings_away_that_the_owner_has_removed(
    disk: Disk, debs: Path, tmp_path: Path
) -> None:
    assert upgraded_from_a_conffile(disk, debs, tmp_path, None) == ""


def test_no_version_brings_settings_that_somebody_could_be_asked_about(
    disk: Disk, offered: list[str]
) -> None:
    """unattended-upgrades holds a package back that has a conffile of which the owner's differs."""
    assert "conffiles" not in disk.run("dpkg-deb", "--info", offered[0])
    install(disk, *offered)
    documented = disk.run("cat", "/usr/share/doc/homecall-appliance/homecall.toml")
    assert documented == MANUAL
    settings = disk.run("cat", CONFIGURATION)
    assert all(line.startswith("#") for line in settings.splitlines())
    assert "/usr/share/doc/homecall-appliance/homecall.toml" in settings


def test_a_certificate_beside_the_settings_is_the_owners(disk: Disk, offered: list[str]) -> None:
    install(disk, *offered)
    disk.run("sh", "-c", f"echo certificate >{Path(CONFIGURATION).parent}/mine.pem")
    print(disk.run("apt-get", "purge", "--yes", PROGRAM))
    assert disk.run("ls", str(Path(CONFIGURATION).parent)) == "mine.pem\n"


def test_what_lego_was_given_and_has_written_goes(disk: Disk, offered: list[str]) -> None:
    install(disk, *offered)
    folder = Path(CONFIGURATION).parent
    disk.run("sh", "-c", f"touch {folder}/lego.env {folder}/door.pem")
    print(disk.run("apt-get", "purge", "--yes", PROGRAM))
    assert "homecall" not in disk.run("ls", "/etc")


def test_both_entries_work_and_the_libraries_are_the_programs_own(
    disk: Disk, offered: list[str]
) -> None:
    install(disk, *offered)
    command = disk.run(PROGRAM, "--version")
    assert disk.run("python3", "-m", "homecall_appliance", "--version") == command
    assert disk.run(PROGRAM, "check-config") == "The configuration is fine.\n"
    where = """
import importlib.util as u, runpy, sys
names = ("sounddevice", "pywebrtc_audio")
print([u.find_spec(name) for name in names])
sys.argv = ["homecall-appliance", "--version"]
try:
    runpy.run_path("/usr/bin/homecall-appliance", run_name="__main__")
except SystemExit:
    import sounddevice, pywebrtc_audio
    print(sounddevice.__file__, pywebrtc_audio.__file__, pywebrtc_audio.EchoCanceller)
"""
    nobody, _, program = disk.python(where).strip().split("\n")
    assert nobody == "[None, None]"
    assert program.count("/usr/lib/homecall-appliance/") == 2


def test_it_does_without_the_recommended_packages(disk: Disk, offered: list[str]) -> None:
    """No camera library, no echo canceller; and no device, in these tests."""
    install(disk, offered[0])
    assert disk.run("dpkg", "--audit") == ""
    assert disk.run("systemctl", "is-enabled", PROGRAM).strip() == "enabled"

"""What the unit of the service lets it see, as systemd tells of it.

tests/system/test_sandbox.py asks a real systemd about the unit that is shipped.
"""

# ruff: noqa: S108 - the paths are judged, and none is written to
from pathlib import Path

import pytest

from homecall_appliance.service.unit import Unit, installed

SHIPPED = """
LoadState=loaded
User=homecall
SupplementaryGroups=video audio render tty input
Environment=LG_WD=/run/homecall-appliance "HOMECALL_UI__LANGUAGE=ru" "HOMECALL_X=a b"
ProtectHome=yes
PrivateTmp=yes
ProtectSystem=strict
InaccessiblePaths=
TemporaryFileSystem=
BindPaths=
BindReadOnlyPaths=
ReadWritePaths=
StateDirectory=homecall-appliance
RuntimeDirectory=homecall-appliance
"""


BOUND = {"BindReadOnlyPaths": "/home/pi/films:/home/pi/films:rbind"}


def unit(folder: Path, **properties: str) -> Unit | None:
    """The unit of a systemd that shows these properties."""
    shown = dict(line.split("=", 1) for line in SHIPPED.split("\n") if line) | properties
    systemctl = folder / "systemctl"
    lines = "\n".join(f"{name}={value}" for name, value in shown.items())
    systemctl.write_text(f"#!/bin/sh\ncat <<'END'\n{lines}\nEND\n")
    systemctl.chmod(0o755)
    return installed([str(systemctl)])


def test_what_is_shipped(tmp_path: Path) -> None:
    found = unit(tmp_path)
    assert found
    assert found.user == "homecall"
    assert sorted(found.groups) == ["audio", "input", "render", "tty", "video"]
    assert found.environment == {
        "LG_WD": "/run/homecall-appliance",
        "HOMECALL_UI__LANGUAGE": "ru",
        "HOMECALL_X": "a b",
    }


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("/home/pi/film.mp4", "/home"),
        ("/root/key.pem", "/root"),
        ("/run/user/1000/x", "/run/user"),
        ("/tmp/x.png", "/tmp"),
        ("/var/tmp/x.png", "/var/tmp"),
        ("/home", "/home"),
        ("/homes/film.mp4", None),
        ("/etc/homecall-appliance/key.pem", None),
        ("/srv/home/film.mp4", None),
    ],
)
def test_what_it_does_not_see(tmp_path: Path, path: str, folder: str | None) -> None:
    found = unit(tmp_path)
    assert found
    assert found.hides(Path(path)) == (Path(folder) if folder else None)


@pytest.mark.parametrize(
    ("properties", "path", "hidden"),
    [
        ({"ProtectHome": "no"}, "/home/pi/film.mp4", False),
        ({"ProtectHome": "read-only"}, "/home/pi/film.mp4", False),
        ({"ProtectHome": "tmpfs"}, "/home/pi/film.mp4", True),
        ({"PrivateTmp": "no"}, "/tmp/x", False),
        ({"BindReadOnlyPaths": "/home/pi:/home/pi:rbind"}, "/home/pi/film.mp4", True),
        ({**BOUND, "ProtectHome": "tmpfs"}, "/home/pi/films/1", False),
        ({**BOUND, "ProtectHome": "tmpfs"}, "/home/pi/key.pem", True),
        ({"BindPaths": "-/srv/a:/tmp/a: /srv/b:/srv/b:"}, "/tmp/a/1", False),
        ({"BindPaths": "/:/:"}, "/tmp/a/1", True),
        ({"InaccessiblePaths": "-/srv/x"}, "/srv/x/1", True),
        ({"TemporaryFileSystem": "/srv:ro"}, "/srv/1", True),
        ({"TemporaryFileSystem": "/srv:ro", "BindPaths": "/srv/1:/srv/1:"}, "/srv/1", False),
    ],
)
def test_what_its_owner_has_changed(
    tmp_path: Path, properties: dict[str, str], path: str, hidden: bool
) -> None:
    found = unit(tmp_path, **properties)
    assert found
    assert (found.hides(Path(path)) is not None) is hidden


@pytest.mark.parametrize(
    ("properties", "path", "may"),
    [
        ({}, "/var/lib/homecall-appliance/tls", True),
        ({}, "/run/homecall-appliance/control.sock", True),
        ({}, "/srv/screen.png", False),
        ({}, "/var/lib/other", False),
        ({"ReadWritePaths": "/srv"}, "/srv/screen.png", True),
        ({"BindPaths": "/mnt:/srv:rbind"}, "/srv/screen.png", True),
        ({"BindReadOnlyPaths": "/mnt:/srv:rbind"}, "/srv/screen.png", False),
        ({"ProtectSystem": "no"}, "/srv/screen.png", True),
    ],
)
def test_where_it_may_write(
    tmp_path: Path, properties: dict[str, str], path: str, may: bool
) -> None:
    found = unit(tmp_path, **properties)
    assert found
    assert found.may_write(Path(path)) is may


def test_no_unit_and_no_systemd(tmp_path: Path) -> None:
    assert unit(tmp_path, LoadState="not-found") is None
    assert installed([str(tmp_path / "nothing")]) is None
    assert installed(["false"]) is None

"""Files that the one who looks can use, and the installed service cannot."""

# ruff: noqa: S108 - the paths are judged, and none is written to
import os
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from homecall_appliance.config.model import (
    Acme,
    Audio,
    Camera,
    Config,
    Display,
    Events,
    Mqtt,
    Server,
    Tls,
)
from homecall_appliance.config.problems import Problem
from homecall_appliance.doctor.checks import examine
from homecall_appliance.doctor.checks.withheld import problem
from homecall_appliance.doctor.facts import Settings, Withheld
from homecall_appliance.doctor.finding import State
from homecall_appliance.doctor.probes.withheld import withheld
from homecall_appliance.service.unit import Unit
from tests.doctor.doctor_world import NAMES, stopped

SHIPPED = Unit(
    closed=tuple(map(Path, ("/home", "/root", "/run/user"))),
    emptied=tuple(map(Path, ("/tmp", "/var/tmp"))),
    writable=tuple(map(Path, ("/dev", "/var/lib/homecall-appliance", "/run/homecall-appliance"))),
)


def acme(**values: Any) -> Tls:
    return Tls("acme", acme=Acme("door.example", **values))


# The probe


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (Config(), []),
        (
            Config(tls=Tls("files", "/home/pi/fullchain.pem", "/root/key.pem")),
            [("tls.certificate", "hidden", "/home"), ("tls.private_key", "hidden", "/root")],
        ),
        (Config(tls=Tls(certificate="/home/pi/fullchain.pem")), []),
        (Config(camera=Camera("file", "/tmp/film.mp4")), [("camera.device", "hidden", "/tmp")]),
        (Config(camera=Camera("v4l2", "/home/pi/video0")), []),
        (
            Config(audio=Audio("file", "/home/pi/bell.wav")),
            [("audio.input_device", "hidden", "/home")],
        ),
        (
            Config(display=Display("image", "/tmp/screen.png")),
            [("display.device", "hidden", "/tmp")],
        ),
        (
            Config(display=Display("image", "/srv/screen.png")),
            [("display.device", "read-only", "")],
        ),
        (Config(display=Display("image", "/run/homecall-appliance/screen.png")), []),
        (
            Config(
                tls=acme(
                    provider="exec",
                    environment={
                        "EXEC_PATH": "/home/pi/dns.sh",
                        "LEGO_CA_CERTIFICATES": "/root/ca.pem",
                    },
                    address_command="/tmp/addresses --quiet",
                )
            ),
            [
                ("tls.acme.environment.LEGO_CA_CERTIFICATES", "hidden", "/root"),
                ("tls.acme.environment.EXEC_PATH", "hidden", "/home"),
                ("tls.acme.address_command", "hidden", "/tmp"),
            ],
        ),
        (
            Config(tls=acme(provider="desec", environment={"EXEC_PATH": "/home/pi/dns.sh"})),
            [],
        ),
        (Config(tls=acme(address_command="true")), []),
        (
            Config(events=Events(command="/home/pi/bell --loud")),
            [("events.command", "hidden", "/home")],
        ),
        (Config(events=Events(command="bell")), []),
        (
            Config(mqtt=Mqtt(host="ha", tls=True, ca_certificate="/tmp/ca.pem")),
            [("mqtt.ca_certificate", "hidden", "/tmp")],
        ),
        (Config(mqtt=Mqtt(tls=True, ca_certificate="/tmp/ca.pem")), []),
        (Config(tls=replace(acme(address_command="/home/pi/x"), mode="local-ca")), []),
        (Config(tls=Tls(state_directory="/srv/tls")), [("tls.state_directory", "read-only", "")]),
        (
            Config(server=Server(control_socket="/tmp/control.sock")),
            [("server.control_socket", "hidden", "/tmp")],
        ),
    ],
)
def test_what_the_unit_keeps_from_it(config: Config, expected: list[tuple[str, str, str]]) -> None:
    found = withheld(SHIPPED, config, Path("/etc/homecall-appliance/homecall.toml"))
    assert [(each.key, each.how, each.folder) for each in found] == expected


def test_a_link_that_leads_into_a_hidden_folder(tmp_path: Path) -> None:
    link = tmp_path / "film.mp4"
    link.symlink_to("/home/pi/film.mp4")
    unit = replace(SHIPPED, emptied=())
    (found,) = withheld(unit, Config(camera=Camera("file", str(link))), None)
    assert (found.path, found.how, found.folder) == (str(link), "hidden", "/home")
    assert f"{link} leads into /home" in problem(found).sentence


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that every user may look into."""
    with TemporaryDirectory(dir="/srv") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def of_nobody(config: Config, file: Path | None = None) -> list[tuple[str, str]]:
    unit = replace(SHIPPED, user="nobody")
    return [(each.key, each.how) for each in withheld(unit, config, file)]


@pytest.mark.apt
def test_a_file_of_roots_alone(folder: Path) -> None:
    film = folder / "film.mp4"
    film.touch(0o640)
    config = Config(camera=Camera("file", str(film)))
    assert of_nobody(config) == [("camera.device", "denied")]
    film.chmod(0o644)
    assert of_nobody(config) == []
    assert of_nobody(Config(camera=Camera("file", str(folder / "none")))) == []


@pytest.mark.apt
def test_a_key_as_certbot_keeps_it(folder: Path) -> None:
    """A link from a folder of root's to another one; what the link leads to is for everybody."""
    for name in ("live", "archive"):
        (folder / name).mkdir(0o700)
    (folder / "archive" / "key1.pem").touch(0o644)
    key = folder / "live" / "key.pem"
    key.symlink_to("../archive/key1.pem")
    config = Config(tls=Tls("files", str(key), str(key)))
    assert of_nobody(config) == [("tls.certificate", "denied"), ("tls.private_key", "denied")]
    (folder / "live").chmod(0o755)
    assert of_nobody(config) == [("tls.certificate", "denied"), ("tls.private_key", "denied")]
    (folder / "archive").chmod(0o755)
    assert of_nobody(config) == []


@pytest.mark.apt
def test_an_access_control_list_counts(folder: Path) -> None:
    """As "setfacl -m u:homecall:r key.pem" writes it, which many owners do for a certificate."""
    key = folder / "key.pem"
    key.touch(0o600)
    config = Config(tls=Tls("files", str(key), str(key)))
    assert of_nobody(config) != []
    # linux/posix_acl_xattr.h: a version, and a tag, permissions and number for each entry.
    nobody, none = 65534, 0xFFFFFFFF
    entries = [
        (0x01, 6, none),
        (0x02, 4, nobody),
        (0x04, 0, none),
        (0x10, 4, none),
        (0x20, 0, none),
    ]
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *each) for each in entries)
    os.setxattr(key, "system.posix_acl_access", acl)
    assert of_nobody(config) == []


@pytest.mark.apt
def test_a_program_that_the_service_may_not_run(folder: Path) -> None:
    program = folder / "dns.sh"
    program.touch(0o644)
    config = Config(tls=acme(address_command=f"{program} --quiet"))
    assert of_nobody(config) == [("tls.acme.address_command", "denied")]
    program.chmod(0o755)
    assert of_nobody(config) == []


@pytest.mark.apt
def test_the_configuration_itself(folder: Path) -> None:
    """A file of an owner's, moved to its place: it keeps its owner and mode."""
    file = folder / "homecall.toml"
    file.touch(0o600)
    assert of_nobody(Config(), file) == [(str(file), "denied")]


# The sentences


@pytest.mark.parametrize(
    ("file", "name", "words"),
    [
        (
            Withheld("tls.certificate", "/home/pi/fullchain.pem", "hidden", "/home"),
            "certificate",
            "tls.certificate: /home/pi/fullchain.pem lies in /home, of which the service sees "
            "nothing. Copy it with: sudo install -m 640 -g homecall /home/pi/fullchain.pem "
            "/etc/homecall-appliance/",
        ),
        (
            Withheld("camera.device", "/srv/film.mp4", "denied", user="homecall"),
            "camera",
            "camera.device: the service's user homecall may not read /srv/film.mp4. Copy it",
        ),
        (
            Withheld("tls.acme.environment.EXEC_PATH", "/home/pi/dns.sh", "hidden", "/home"),
            "certificate",
            "/home/pi/dns.sh lies in /home, of which the service sees nothing. Copy it with: sudo "
            "install -m 750 -g homecall /home/pi/dns.sh /etc/homecall-appliance/ and name the copy",
        ),
        (
            Withheld("tls.acme.address_command", "/srv/dns.sh", "denied", user="homecall"),
            "certificate",
            "the service's user homecall may not run /srv/dns.sh. Copy it with: sudo install -m 75",
        ),
        (
            Withheld("audio.input_device", "/root/x.wav", "hidden", "/root"),
            "microphone",
            "audio.input_device: /root/x.wav lies in /root",
        ),
        (
            Withheld("display.device", "/tmp/x.png", "hidden", "/tmp"),
            "display",
            "display.device: the service has a /tmp of its own, and nobody else sees /tmp/x.png "
            "there. Name a path below /run/homecall-appliance.",
        ),
        (
            Withheld("tls.state_directory", "/srv/tls", "read-only"),
            "certificate",
            "may not write to /srv/tls. Name a path below /var/lib/homecall-appliance.",
        ),
        (
            Withheld("server.control_socket", "/srv/c", "read-only"),
            "configuration",
            "may not write to /srv/c. Name a path below /run/homecall-appliance.",
        ),
        (
            Withheld("/etc/x/homecall.toml", "/etc/x/homecall.toml", "hidden", "/home"),
            "configuration",
            "/etc/x/homecall.toml: it leads into /home, of which the service sees nothing. Put the "
            "file itself there: sudo install",
        ),
        (
            Withheld("/etc/x/homecall.toml", "/etc/x/homecall.toml", "denied", user="homecall"),
            "configuration",
            "/etc/x/homecall.toml: the service's user homecall may not read it. Type: sudo chgrp "
            "homecall /etc/x/homecall.toml && sudo chmod 640 /etc/x/homecall.toml",
        ),
    ],
)
def test_the_line_that_it_belongs_to_says_what_to_do(file: Withheld, name: str, words: str) -> None:
    findings = examine(stopped(withheld=(file,)))
    assert [each.name for each in findings] == NAMES
    (bad,) = [each for each in findings if each.state is not State.FINE]
    assert bad.name == name
    assert words in bad.sentence


def test_errors_of_the_configuration_are_said_as_well() -> None:
    own = Withheld("/etc/x", "/etc/x", "denied", user="homecall")
    facts = stopped(
        settings=Settings(Config(), "/etc/x", (Problem("camera.width", "must be more."),)),
        withheld=(own,),
    )
    sentences = [each.sentence for each in examine(facts) if each.name == "configuration"]
    assert len(sentences) == 3
    assert "may not read it" in sentences[0]
    assert "camera.width" in sentences[1]

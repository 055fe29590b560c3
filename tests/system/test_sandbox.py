"""What the unit and its user keep from the service: told before the service has to fail."""

# ruff: noqa: S108 - the paths are judged, and none is written to
import pytest

from tests.support.appliance import Tables
from tests.support.machine.appliance import (
    CONFIGURATION,
    SERVICE,
    Appliance,
    with_test_devices,
)

pytestmark = [pytest.mark.long, pytest.mark.system, pytest.mark.timeout(300)]

OWN_PAIR = "/var/lib/homecall-appliance/tls/server"
"""A certificate and its key, to be taken for an owner's."""

DROP_IN = f"/etc/systemd/system/{SERVICE}.service.d"


def judged(appliance: Appliance, command: str) -> tuple[int, str]:
    done = appliance.machine.attempt(SERVICE, command)
    print(f"{command} ends with {done.returncode}:\n{done.stdout}")
    return done.returncode, done.stdout


def told(appliance: Appliance, *sentences: str) -> None:
    """Both commands say it, and end so that a script sees it."""
    code, text = judged(appliance, "check-config")
    assert code == 2
    assert [sentence for sentence in sentences if sentence not in text] == []
    code, text = judged(appliance, "doctor")
    assert code == 1
    assert [sentence for sentence in sentences if sentence not in text] == []


def accepted(appliance: Appliance) -> None:
    assert judged(appliance, "check-config") == (0, "The configuration is fine.\n")
    appliance.systemctl("restart")
    appliance.becomes("active")
    assert appliance.healthy()


def files(certificate: str, key: str) -> Tables:
    return {"tls": {"mode": "files", "certificate": certificate, "private_key": key}}


def test_a_certificate_in_a_home_and_one_of_roots(appliance: Appliance) -> None:
    machine = appliance.machine
    machine.boot()
    appliance.becomes("active")
    machine.run("mkdir", "-p", "/home/pi", "/etc/tls")
    for end in ("crt", "key"):
        machine.run("install", "-m600", f"{OWN_PAIR}.{end}", "/home/pi/")
        machine.run("install", "-m600", f"{OWN_PAIR}.{end}", "/etc/tls/")

    with_test_devices(machine, files("/home/pi/server.crt", "/home/pi/server.key"))
    appliance.systemctl("restart")
    appliance.becomes("active")
    status = machine.run(SERVICE, "status")
    assert "/home/pi/server.crt cannot be read" in status
    assert "links lead to this machine's address" in status
    told(appliance, "tls.certificate: /home/pi/server.crt lies in /home", "tls.private_key: ")

    with_test_devices(machine, files("/etc/tls/server.crt", "/etc/tls/server.key"))
    told(appliance, "tls.private_key: the service's user homecall may not read /etc/tls/server.key")

    for end in ("crt", "key"):  # as the sentence says
        copied = ("-m", "640", "-g", "homecall", f"/etc/tls/server.{end}")
        machine.run("install", *copied, "/etc/homecall-appliance/")
    place = "/etc/homecall-appliance/server"
    with_test_devices(machine, files(f"{place}.crt", f"{place}.key"))
    accepted(appliance)


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (
            {"camera": {"backend": "file", "device": "/home/pi/film.mp4"}},
            "camera.device: /home/pi/film.mp4 lies in /home",
        ),
        (
            {"display": {"backend": "image", "device": "/tmp/screen.png"}},
            "display.device: the service has a /tmp of its own",
        ),
        (
            {"display": {"backend": "image", "device": "/srv/screen.png"}},
            "display.device: the service may not write to /srv/screen.png",
        ),
    ],
)
def test_a_film_in_a_home_and_a_picture_elsewhere(
    appliance: Appliance, overrides: Tables, sentence: str
) -> None:
    appliance.machine.boot()
    appliance.becomes("active")
    appliance.machine.run("mkdir", "-p", "/home/pi")
    appliance.machine.put("/home/pi/film.mp4", b"a film")
    with_test_devices(appliance.machine, overrides)
    told(appliance, sentence)


def test_what_a_drop_in_allows_is_no_error(appliance: Appliance) -> None:
    machine = appliance.machine
    machine.boot()
    appliance.becomes("active")
    machine.run("mkdir", "-p", "/home/pi", DROP_IN)
    for end in ("crt", "key"):
        machine.run("install", "-m640", "-ghomecall", f"{OWN_PAIR}.{end}", "/home/pi/")
    with_test_devices(machine, files("/home/pi/server.crt", "/home/pi/server.key"))
    told(appliance, "/home/pi/server.crt lies in /home")
    # It may not enter /home, and cannot get at what is bound there (systemd.exec(5), ProtectHome=).
    machine.put(f"{DROP_IN}/home.conf", "[Service]\nBindReadOnlyPaths=/home/pi\n")
    machine.run("systemctl", "daemon-reload")
    told(appliance, "/home/pi/server.crt lies in /home")
    machine.put(
        f"{DROP_IN}/home.conf", "[Service]\nProtectHome=tmpfs\nBindReadOnlyPaths=/home/pi\n"
    )
    machine.run("systemctl", "daemon-reload")
    accepted(appliance)


def test_settings_that_only_their_owner_may_read(appliance: Appliance) -> None:
    """Written elsewhere and moved to their place: they keep their owner and mode."""
    machine = appliance.machine
    machine.boot()
    appliance.becomes("active")
    machine.run("chown", "root:root", CONFIGURATION)
    machine.run("chmod", "600", CONFIGURATION)
    machine.attempt("systemctl", "restart", SERVICE)
    assert appliance.state == "failed"
    told(appliance, f"{CONFIGURATION}: the service's user homecall may not read it. Type: sudo ")
    machine.run("chgrp", "homecall", CONFIGURATION)  # as the sentence says
    machine.run("chmod", "640", CONFIGURATION)
    accepted(appliance)


def test_another_configuration_is_judged_by_what_its_user_sees(appliance: Appliance) -> None:
    """`run --config` of somebody's own, who sees /home."""
    appliance.machine.boot()
    appliance.becomes("active")
    appliance.machine.run("mkdir", "-p", "/home/pi")
    appliance.machine.put(
        "/home/pi/homecall.toml", '[display]\nbackend = "image"\ndevice = "/home/pi/screen.png"\n'
    )
    done = appliance.machine.attempt(SERVICE, "check-config", "--config", "/home/pi/homecall.toml")
    assert (done.returncode, done.stdout) == (0, "The configuration is fine.\n")


def test_commands_know_the_environment_of_a_drop_in(appliance: Appliance) -> None:
    """As "systemctl edit" makes it, where an owner overrides a setting as the manual says."""
    machine = appliance.machine
    machine.boot()
    appliance.becomes("active")
    machine.run("mkdir", "-p", DROP_IN)
    ports = "HOMECALL_SERVER__HTTPS_PORT=8443 HOMECALL_SERVER__HTTP_PORT=8080"
    socket = "HOMECALL_SERVER__CONTROL_SOCKET=/run/homecall-appliance/other.sock"
    machine.put(f"{DROP_IN}/ports.conf", f"[Service]\nEnvironment={ports} {socket}\n")
    machine.run("systemctl", "daemon-reload")
    appliance.systemctl("restart")
    appliance.becomes("active")
    assert appliance.link().startswith(f"https://{appliance.address}:8443/")
    _, text = judged(appliance, "doctor")
    assert "Ports 8443 and 8080 are open: the appliance is running." in text
    assert "https_port = 8443" in judged(appliance, "show-config")[1]

"""The unit that has lego get a certificate, under a real systemd, with a real authority."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.machine.appliance import Appliance, with_test_devices
from tests.support.owner_world import NAME
from tests.support.rigs.pebble import Pebble, pebble
from tests.support.rigs.programs import program

pytestmark = [pytest.mark.long, pytest.mark.system, pytest.mark.timeout(300)]

UNIT = "homecall-appliance-lego"
SETTINGS = "/etc/homecall-appliance/lego.env"
PEM = "/etc/homecall-appliance/door.pem"
ROOT = "/srv/pebble.pem"


@pytest.fixture
def authority(appliance: Appliance, tmp_path: Path) -> Iterator[Pebble]:
    """One on the machine's own loopback. Its certificates are valid for twenty days, so that each
    is due as soon as it is there."""
    with pebble(tmp_path, None, days=20, prefix=appliance.machine.cable.prefix) as made:
        yield made


def test_it_gets_a_certificate_for_the_service_and_renews_it(
    appliance: Appliance, authority: Pebble
) -> None:
    machine = appliance.machine
    machine.boot()
    appliance.becomes("active")

    def timer(property_: str) -> str:
        return machine.run("systemctl", "show", f"{UNIT}.timer", "--value", "-p", property_).strip()

    assert timer("UnitFileState") == "disabled"
    machine.run("systemctl", "start", UNIT)
    assert machine.run("ls", "/etc/homecall-appliance").split() == ["homecall.toml"], "no settings"

    machine.put("/usr/bin/lego", Path(program("lego")[-1]).read_bytes())
    machine.run("chmod", "755", "/usr/bin/lego")
    machine.put(ROOT, Path(authority.trusted).read_bytes())
    settings = {
        "DOMAIN": NAME,
        "EMAIL": "owner@example.org",
        "LEGO_OPTIONS": f'"--server {authority.directory} --http --http.port 127.0.0.1:8089"',
        "LEGO_CA_CERTIFICATES": ROOT,
    }
    machine.put(SETTINGS, "".join(f"{name}={value}\n" for name, value in settings.items()))
    machine.run("chmod", "600", SETTINGS)
    machine.run("systemctl", "start", UNIT)
    print(machine.journal("--unit", UNIT))
    assert machine.run("stat", "-c%a %U:%G", PEM).strip() == "640 root:homecall"
    first = machine.path(PEM).read_bytes()

    files = {"mode": "files", "certificate": PEM, "private_key": PEM}
    with_test_devices(machine, {"server": {"public_host": NAME}, "tls": files})
    machine.run("systemctl", "restart", "homecall-appliance")
    appliance.becomes("active")
    assert appliance.status()["certificate"]["problem"] is None

    machine.run("systemctl", "start", UNIT)
    assert machine.path(PEM).read_bytes() != first
    machine.run("systemctl", "enable", "--now", f"{UNIT}.timer")
    assert timer("NextElapseUSecRealtime")

    authority.stop()
    second = machine.path(PEM).read_bytes()
    assert machine.attempt("systemctl", "start", UNIT).returncode != 0
    assert machine.path(PEM).read_bytes() == second, "a failure costs nothing"

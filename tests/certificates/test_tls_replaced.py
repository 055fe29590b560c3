"""One authority takes the place of another: that of a single tier, which could vouch for every
site, and one that has ended. And names that come after the authority was made."""

import logging
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509

from homecall_appliance.certificates.authority import RELEASED
from tests.support.tls_world import HOME, TODAY, World, connect, make_outdated, single_tier, told

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
FIVE_YEARS = 5 * 365 * DAY


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "state" / "tls", now=datetime.now(UTC))


def found(world: World) -> list[str]:
    return sorted(file.name for file in world.directory.iterdir())


KEPT = ["authority.pem", "ca.crt", "ca.crt.replaced", "server.crt", "server.key"]


async def test_an_authority_that_could_vouch_for_every_site_is_replaced(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    old = make_outdated(world.directory)
    certificates = world.authority()
    served = await connect(certificates, certificates.authority_pem, "pi.local")
    assert served.certificate == world.leaf
    assert found(world) == KEPT
    assert world.file("ca.crt").read_bytes() == certificates.authority_pem
    assert world.file("ca.crt.replaced").read_bytes() == old.certificate_pem
    kept = b"".join(file.read_bytes() for file in world.directory.iterdir())
    assert old.key_pem not in kept
    assert told(certificates) == ""
    reason, notice = (record.getMessage() for record in caplog.records)
    assert "could vouch for every site" in reason
    assert "every phone must be asked to trust it" in reason
    assert notice == certificates.notice
    assert "in the place of HomeCall Appliance 0ld0ld00" in notice
    assert "remove the old one" in notice


def test_it_is_replaced_once_and_told_for_a_quarter_of_a_year(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    make_outdated(world.directory)
    first = world.authority().authority_pem
    before = {file: file.read_bytes() for file in world.directory.iterdir()}
    caplog.clear()
    world.now += 89 * DAY
    again = world.authority()
    assert {file: file.read_bytes() for file in world.directory.iterdir()} == before
    assert again.authority_pem == first
    assert [record.getMessage() for record in caplog.records] == [again.notice]
    world.now += 2 * DAY
    again.refresh()
    assert again.notice is None
    assert len(caplog.records) == 1


@pytest.mark.parametrize("name", ["ca.key", "ca.key.damaged", "ca.key.new"])
def test_no_old_key_is_left_wherever_it_lay(world: World, name: str) -> None:
    """A pair that was damaged was put aside, and phones may trust it still."""
    world.authority()
    trusted = world.file("ca.crt").read_bytes()
    world.file(name).write_bytes(single_tier().key_pem)
    certificates = world.authority()
    assert certificates.authority_pem == trusted
    assert not world.file(name).exists()


@pytest.mark.parametrize("damage", ["ca.crt", "ca.key"])
def test_a_damaged_one_of_a_single_tier_is_replaced_all_the_same(world: World, damage: str) -> None:
    make_outdated(world.directory)
    world.file(damage).write_text("half")
    certificates = world.authority()
    assert told(certificates) == ""
    assert not world.file("ca.key").exists()
    assert world.file("ca.crt").read_bytes() == certificates.authority_pem


def test_the_old_key_is_overwritten_before_it_goes(world: World) -> None:
    make_outdated(world.directory)
    key = world.file("ca.key")
    size = key.stat().st_size
    another = world.directory / "link"
    os.link(key, another)  # what the disk still has of it
    world.authority()
    assert another.read_bytes() == bytes(size)


UNTIL_POWER_CUT = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from homecall_appliance.network.addresses import Names
from homecall_appliance.certificates.local_ca import LocalAuthority

directory, left = sys.argv[1], int(sys.argv[2])

def cut(event, arguments):
    global left
    changes = event in ("os.rename", "os.remove") or (event == "open" and arguments[2] & 3)
    if changes and str(arguments[0]).startswith(directory):
        left -= 1
        if left < 0:
            os._exit(9)

names = Names(("localhost",), ())
sys.addaudithook(cut)
LocalAuthority(Path(directory), lambda: names, lambda: datetime.now(UTC))
"""
"""A start that ends before one of its changes to the directory."""


def test_a_power_cut_at_any_point_leaves_one_whole_authority(tmp_path: Path) -> None:
    """The next start ends with all in order, and an authority that was kept stays."""
    states = []
    for changes in range(100):
        world = World(tmp_path / str(changes) / "tls", now=datetime.now(UTC))
        old = make_outdated(world.directory)
        start = [sys.executable, "-c", UNTIL_POWER_CUT, str(world.directory), str(changes)]
        ended = subprocess.run(start, check=False).returncode
        states.append(found(world))
        kept = world.file("authority.pem").exists() and world.authority_kept.root_pem
        certificates = world.authority()
        assert told(certificates) == ""
        assert kept in (False, certificates.authority_pem)
        assert found(world) == KEPT
        assert world.file("ca.crt.replaced").read_bytes() == old.certificate_pem
        assert world.file("ca.crt").read_bytes() == certificates.authority_pem
        assert world.authority().authority_pem == certificates.authority_pem
        if not ended:
            break
    assert ended == 0
    assert len(states) > 12
    assert sum({"authority.pem", "ca.key"} <= set(state) for state in states) > 4


def test_the_owner_is_told_of_the_end_before_it_comes(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    certificates = world.authority()
    made = world.now
    world.now = made + FIVE_YEARS - 91 * DAY
    certificates.refresh()
    assert (certificates.notice, caplog.records) == (None, [])
    world.now += 2 * DAY
    certificates.refresh()
    notice = certificates.notice or ""
    assert f"ends on {made + FIVE_YEARS:%Y-%m-%d}" in notice
    assert "every phone must be asked to trust it" in notice
    assert f"sudo rm {world.file('authority.pem')} && sudo systemctl restart" in notice
    assert [record.getMessage() for record in caplog.records] == [notice]
    assert told(certificates) == ""


def test_what_the_notice_says_makes_a_new_one(world: World) -> None:
    before = world.authority().authority_pem
    world.now += FIVE_YEARS - DAY
    world.file("authority.pem").unlink()
    certificates = world.authority()
    assert certificates.authority_pem != before
    assert certificates.authority_end - world.now > FIVE_YEARS - DAY
    assert "in the place of" in (certificates.notice or "")


def test_an_authority_that_has_ended_is_replaced_after_a_day(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    certificates = world.authority()
    first = certificates.authority_pem
    world.now += FIVE_YEARS + DAY
    certificates.refresh()
    assert "has ended on" in told(certificates)
    for hours, ended in ((23, True), (24, False), (100, False)):
        world.uptime = 3600.0 * hours
        certificates.refresh()
        assert (certificates.authority_pem == first) is ended
        assert bool(told(certificates)) is ended
    assert certificates.authority_pem == world.file("ca.crt").read_bytes()
    assert world.file("ca.crt.replaced").read_bytes() == first
    world.leaf.verify_directly_issued_by(world.authority_kept.intermediate.certificate)
    assert certificates.authority_end > world.now + FIVE_YEARS - DAY
    assert "in the place of" in (certificates.notice or "")
    assert world.authority().authority_pem == certificates.authority_pem
    assert [record.levelno for record in caplog.records].count(logging.WARNING) == 3


def test_an_authority_that_has_ended_is_replaced_although_each_night_is_a_restart(
    world: World,
) -> None:
    first = world.authority().authority_pem
    world.now += FIVE_YEARS + DAY
    nights = 0
    while (certificates := world.authority()).authority_pem == first and nights < 5:
        nights += 1
        for _ in range(2 * 23):
            assert certificates.authority_pem == first
            assert "has ended on" in told(certificates)
            assert world.file("authority.pem").exists()
            world.now += timedelta(minutes=30)
            world.uptime += 1800.0
            certificates.refresh()
            if certificates.authority_pem != first:
                break
        world.uptime = 0.0
    assert nights == 2
    assert told(certificates) == ""
    assert found(world) == KEPT


def test_a_clock_that_was_ahead_for_less_than_a_day_costs_no_authority(world: World) -> None:
    certificates = world.authority()
    first, now = certificates.authority_pem, world.now
    for hours in range(0, 200, 20):
        world.uptime = 3600.0 * hours
        world.now = now + 2 * FIVE_YEARS if hours % 40 else now
        certificates.refresh()
        assert certificates.authority_pem == first
    assert told(world.authority()) == "" or "has ended" in told(certificates)


def test_an_authority_that_ended_is_replaced_also_where_another_came_meanwhile(
    world: World, tmp_path: Path
) -> None:
    """No: one that phones may trust stays, and the owner is told."""
    other = World(tmp_path / "other", now=world.now)
    other.authority()
    certificates = world.authority()
    trusted = other.file("authority.pem").read_bytes()
    world.file("authority.pem").write_bytes(trusted)
    world.now += FIVE_YEARS + DAY
    certificates.refresh()
    world.uptime = 100 * 3600.0
    certificates.refresh()
    assert "Restart the appliance" in told(certificates)
    assert world.file("authority.pem").read_bytes() == trusted


async def test_names_that_came_later_are_left_out_and_spoil_nothing(world: World) -> None:
    certificates = world.authority()
    leaf = world.leaf
    later = ("pi", "renamed", "renamed.local", "localhost")
    public = (*HOME.addresses, ip_address("2001:db8::7"), ip_address("203.0.113.9"))
    world.names = replace(HOME, dns=later, addresses=public, host=ip_address("192.168.7.7"))
    assert [certificates.refresh() for _ in range(3)] == [True, False, False]
    assert told(certificates) == ""
    assert world.leaf != leaf
    await connect(certificates, certificates.authority_pem, "renamed.local")
    names = world.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["pi", "renamed.local", "localhost"]
    assert names.get_values_for_type(x509.IPAddress) == list(HOME.addresses)


@pytest.mark.parametrize("host", ["home.example", "2001:db8::7", "203.0.113.9"])
async def test_a_link_that_is_not_covered_is_told_and_a_new_authority_covers_it(
    world: World, host: str
) -> None:
    certificates = world.authority()
    try:
        address = ip_address(host)
    except ValueError:
        world.names = replace(HOME, dns=(*HOME.dns, host), host=host)
    else:
        world.names = replace(HOME, addresses=(*HOME.addresses, address), host=address)
    assert [certificates.refresh() for _ in range(2)] == [False, False]
    assert f"cannot vouch for {host}, so phones refuse its certificate" in told(certificates)
    await connect(certificates, certificates.authority_pem, "pi.local")

    world.file("authority.pem").unlink()
    renewed = world.authority()
    assert told(renewed) == ""
    await connect(renewed, renewed.authority_pem, host)


def test_a_link_that_no_certificate_can_carry_is_no_fault_of_the_authority(world: World) -> None:
    world.names = replace(HOME, host=None)
    assert told(world.authority()) == ""


def test_a_clock_that_starts_in_1970_makes_an_authority_for_five_years(world: World) -> None:
    world.now = datetime(1970, 1, 1, tzinfo=UTC)
    certificates = world.authority()
    assert certificates.authority_end == RELEASED + FIVE_YEARS
    world.now = TODAY
    certificates.refresh()
    assert (told(certificates), certificates.notice) == ("", None)

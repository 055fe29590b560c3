"""A flipped bit in a file of the authority: the appliance starts, serves what is whole, and the
doctor says so."""

import logging
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from cryptography import x509

from homecall_appliance.certificates.pem import private_key_in
from homecall_appliance.config.model import Tls
from homecall_appliance.doctor.probes.account import account
from homecall_appliance.doctor.probes.certificate import stored
from tests.support.damage import FLIPS, each_flipped, some_flipped
from tests.support.tls_world import World, told

pytestmark = pytest.mark.filterwarnings("ignore:Parsed a")


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "tls")
    world.authority()
    return world


def damages(world: World, name: str, count: int) -> Iterator[bytes]:
    """The damages of a file, one after the other, while all other files are in order."""
    whole = {file: file.read_bytes() for file in world.directory.iterdir()}
    pem = whole[world.file(name)]
    flipped = (each_flipped(pem, *each) for each in FLIPS.values())
    for damaged in chain(*flipped, some_flipped(pem, count)):
        for file in world.directory.iterdir():
            file.unlink()
        for file, content in whole.items():
            file.write_bytes(content)
        world.file(name).write_bytes(damaged)
        yield damaged


def seen_by_doctor(world: World) -> str:
    return stored(Tls(state_directory=str(world.directory)), account(None)).state


def test_in_the_server_certificate_it_is_issued_again_silently(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    root, leaf, count = world.file("ca.crt").read_bytes(), world.leaf, 0
    for damaged in damages(world, "server.crt", 40):
        doctor = seen_by_doctor(world)
        certificates = world.authority()
        assert certificates.authority_pem == root
        assert world.file("server.crt").read_bytes() != damaged
        assert world.leaf != leaf
        world.leaf.verify_directly_issued_by(world.authority_kept.intermediate.certificate)
        assert certificates.names.dns == world.names.dns
        assert doctor in ("stored", "damaged")
        count += doctor == "damaged"
    assert count > 20
    assert not caplog.records


def test_in_its_key_it_is_issued_again_silently(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A bit that base64 does not need may flip for nothing."""
    root, leaf, issued = world.file("ca.crt").read_bytes(), world.leaf, 0
    for damaged in damages(world, "server.key", 40):
        seen_by_doctor(world)
        assert world.authority().authority_pem == root
        kept = world.file("server.key").read_bytes()
        assert private_key_in(kept).public_key() == world.leaf.public_key()
        assert (world.leaf == leaf) is (kept == damaged)
        issued += kept != damaged
    assert issued > 20
    assert not caplog.records


def test_in_the_authority_it_is_replaced_or_goes_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    before = world.file("ca.crt").read_bytes()
    replaced = repaired = 0
    whole = world.file("authority.pem").read_bytes()
    for damaged in damages(world, "authority.pem", 40):
        doctor = seen_by_doctor(world)
        caplog.clear()
        certificates = world.authority()
        assert told(certificates) == ""
        kept = world.file("authority.pem").read_bytes()
        assert (kept == damaged) is (doctor == "stored")
        if kept == whole:
            repaired += 1
            assert certificates.authority_pem == before == world.file("ca.crt").read_bytes()
            assert "was damaged: phones need not" in caplog.records[0].getMessage()
        elif kept != damaged:
            replaced += 1
            assert "is damaged, so a new one is made" in caplog.records[0].getMessage()
            assert world.file("authority.pem.damaged").read_bytes() == damaged
            assert world.file("ca.crt.replaced").read_bytes() == before
    assert replaced > 10
    assert repaired > 10


def test_in_the_copy_of_the_root_it_is_made_again_silently(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    before, leaf = world.file("ca.crt").read_bytes(), world.leaf
    with caplog.at_level(logging.INFO):
        for _ in damages(world, "ca.crt", 40):
            seen_by_doctor(world)
            certificates = world.authority()
            assert certificates.authority_pem == world.file("ca.crt").read_bytes() == before
            assert certificates.notice is None
            assert world.leaf == leaf
            assert not world.file("ca.crt.replaced").exists()
    assert not caplog.records


def test_in_what_phones_trusted_before_it_is_passed_over(world: World) -> None:
    """It is read for its name alone, which the owner is told."""
    world.file("authority.pem").unlink()
    world.authority()
    replaced = x509.load_pem_x509_certificate(world.file("ca.crt.replaced").read_bytes())
    name = replaced.subject.rfc4514_string().removeprefix("CN=")
    assert f"in the place of {name}" in (world.authority().notice or "")
    for _ in damages(world, "ca.crt.replaced", 40):
        assert name in (world.authority().notice or name)

"""What damaged files and a power cut do to the authority."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from homecall_appliance.certificates.tls import TlsError
from tests.support.tls_world import World, cut, empty, exchange, foreign_key, leave_out, parts


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "state" / "tls")


@pytest.mark.parametrize(
    ("name", "accident"),
    [
        ("server.crt", cut),
        ("server.crt", empty),
        ("server.crt", Path.unlink),
        ("server.key", cut),
        ("server.key", empty),
        ("server.key", Path.unlink),
        ("server.key", foreign_key),
    ],
)
def test_a_damaged_leaf_is_issued_again_silently(
    world: World, name: str, accident: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    authority, before = world.authority().authority_pem, world.leaf
    accident(world.file(name))
    with caplog.at_level(logging.INFO):
        certificates = world.authority()
    assert world.leaf != before
    assert certificates.authority_pem == authority
    assert not caplog.records
    certificates.context.load_cert_chain(world.file("server.crt"), world.file("server.key"))


@pytest.mark.parametrize(
    "accident",
    [cut, empty, foreign_key, *map(exchange, range(2)), *map(leave_out, range(3))],
)
def test_a_damaged_authority_is_replaced_and_the_owner_is_told(
    world: World, accident: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    before = world.authority().authority_pem
    accident(world.file("authority.pem"))
    damaged = world.file("authority.pem").read_bytes()
    certificates = world.authority()
    assert certificates.authority_pem not in (before, None)
    assert world.file("ca.crt").read_bytes() == certificates.authority_pem
    told, notice = (record.getMessage() for record in caplog.records)
    assert "is damaged, so a new one is made: every phone must be asked to trust it." in told
    assert notice == certificates.notice
    assert world.file("authority.pem.damaged").read_bytes() == damaged
    assert world.file("ca.crt.replaced").read_bytes() == before
    assert world.authority().authority_pem == certificates.authority_pem


def test_another_root_in_the_authority_is_replaced_by_its_copy(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """No phone need be asked for anything."""
    before = world.authority().authority_pem
    whole = world.file("authority.pem").read_bytes()
    exchange(2)(world.file("authority.pem"))
    assert world.authority().authority_pem == before
    assert world.file("authority.pem").read_bytes() == whole
    assert world.file("ca.crt").read_bytes() == before
    [told] = caplog.messages
    assert told.endswith("authority.pem was damaged: phones need not be asked for anything.")


def test_an_authority_that_the_owner_removed_is_replaced_and_he_is_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    before = world.authority().authority_pem
    world.file("authority.pem").unlink()
    certificates = world.authority()
    assert certificates.authority_pem != before
    assert "There is no file" in caplog.records[0].getMessage()
    assert "every phone must be asked to trust it." in caplog.records[0].getMessage()
    assert not world.file("authority.pem.damaged").exists()


@pytest.mark.parametrize("accident", [cut, empty, Path.unlink])
def test_a_damaged_copy_of_the_root_is_made_again_silently(
    world: World, accident: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    before = world.authority().authority_pem
    accident(world.file("ca.crt"))
    assert world.authority().authority_pem == before == world.file("ca.crt").read_bytes()
    assert not world.file("ca.crt.replaced").exists()
    assert not caplog.records


def _rsa_key() -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _encrypted_key() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"?"))


@pytest.mark.parametrize("make", [_rsa_key, _encrypted_key])
def test_a_key_of_another_kind_is_kept_aside(world: World, make: Callable[[], bytes]) -> None:
    world.authority()
    _, intermediate, root = parts(world.file("authority.pem").read_bytes())
    foreign = make() + intermediate + root
    world.file("authority.pem").write_bytes(foreign)
    world.authority()
    assert world.file("authority.pem.damaged").read_bytes() == foreign


def test_what_a_power_cut_left_half_written_is_no_obstacle(world: World) -> None:
    world.directory.mkdir(parents=True)
    for name in ("authority.pem.new", "ca.crt.new", "server.key.new", "server.crt.new"):
        world.file(name).write_text("half")
    world.authority()
    assert sorted(file.name for file in world.directory.iterdir()) == [
        "authority.pem",
        "ca.crt",
        "server.crt",
        "server.key",
    ]


def test_a_directory_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    obstacle = tmp_path / "file"
    obstacle.write_text("")
    with pytest.raises(TlsError, match=r"name another one in tls\.state_directory"):
        World(obstacle / "tls").authority()

"""What is in the certificates, and when they are renewed."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from homecall_appliance.certificates.authority import RELEASED
from homecall_appliance.certificates.judge import Grade, judge
from homecall_appliance.certificates.pem import PemFile
from tests.support.tls_world import HOME, MOVED, TODAY, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "state" / "tls")


def test_the_authority_has_two_tiers_and_nobody_has_the_first_ones_key(world: World) -> None:
    certificates = world.authority()
    root = x509.load_pem_x509_certificate(certificates.authority_pem)
    intermediate = world.authority_kept.intermediate
    intermediate.certificate.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
    (name,) = root.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    identifier = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert name.value == f"HomeCall Appliance {identifier.hex()[:8]}"
    for certificate, below in ((root, 1), (intermediate.certificate, 0)):
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
        assert constraints.critical
        assert constraints.value == x509.BasicConstraints(ca=True, path_length=below)
        assert usage.critical
        assert (usage.value.key_cert_sign, usage.value.crl_sign) == (True, True)
        assert not usage.value.digital_signature
        assert isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)
        assert certificate.extensions.get_extension_for_class(x509.NameConstraints).critical
        assert (certificate.not_valid_after_utc - world.now).days in (5 * 365 - 1, 5 * 365)
    purposes = intermediate.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert list(purposes.value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    kept = b"".join(file.read_bytes() for file in sorted(world.directory.iterdir()))
    found = re.findall(rb"-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----", kept, re.DOTALL)
    keys = [load_pem_private_key(each, None).public_key() for each in found]
    assert keys == [intermediate.certificate.public_key(), world.leaf.public_key()]
    assert kept.count(b"KEY-----") == 2 * len(keys)


def test_the_leaf_is_what_phones_demand(world: World) -> None:
    world.authority()
    authority = world.authority_kept.intermediate.certificate
    leaf, extensions = world.leaf, world.leaf.extensions
    alternatives = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    issuer = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    leaf.verify_directly_issued_by(authority)
    assert tuple(alternatives.get_values_for_type(x509.DNSName)) == HOME.dns
    assert tuple(alternatives.get_values_for_type(x509.IPAddress)) == HOME.addresses
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert issuer.key_identifier == identifier.digest
    assert extensions.get_extension_for_oid(ExtensionOID.SUBJECT_KEY_IDENTIFIER)
    assert leaf.signature_hash_algorithm
    assert leaf.signature_hash_algorithm.name == "sha256"
    lifetime = leaf.not_valid_after_utc - leaf.not_valid_before_utc + timedelta(seconds=1)
    assert lifetime == timedelta(days=397)
    assert leaf.not_valid_before_utc == TODAY.replace(microsecond=0) - timedelta(days=1)
    assert len({leaf.serial_number, authority.serial_number}) == 2


def test_it_is_what_browsers_and_apple_demand_of_an_owners(world: World) -> None:
    world.authority()
    files = (world.file("server.crt"), world.file("server.key"))
    chain, key = (PemFile(str(file), file.read_bytes()) for file in files)
    verdict = judge(chain, key, TODAY, "pi.local")
    assert (verdict.grade, verdict.complaints) == (Grade.GOOD, ())


def test_a_client_is_sent_the_leaf_and_its_issuer_and_not_the_root(world: World) -> None:
    world.authority()
    sent = x509.load_pem_x509_certificates(world.file("server.crt").read_bytes())
    assert sent == [world.leaf, world.authority_kept.intermediate.certificate]


def test_private_files_are_private(world: World) -> None:
    umask = os.umask(0)
    try:
        world.authority()
    finally:
        os.umask(umask)
    modes = {file.name: file.stat().st_mode & 0o777 for file in world.directory.iterdir()}
    assert modes == {
        "authority.pem": 0o600,
        "ca.crt": 0o644,
        "server.crt": 0o644,
        "server.key": 0o600,
    }
    assert world.directory.stat().st_mode & 0o777 == 0o700


def test_a_restart_changes_nothing(world: World) -> None:
    first = world.authority()
    before = {file: file.read_bytes() for file in world.directory.iterdir()}
    second = world.authority()
    assert {file: file.read_bytes() for file in world.directory.iterdir()} == before
    assert (first.refresh(), second.refresh()) == (False, False)


def test_the_leaf_is_renewed_a_month_before_its_end_and_the_authority_stays(world: World) -> None:
    certificates = world.authority()
    authority, first = certificates.authority_pem, world.leaf
    changes = []
    for days in (0, 300, 365, 367, 368, 369):
        world.now = TODAY + timedelta(days=days)
        changes.append(certificates.refresh())
    assert changes == [False, False, False, True, False, False]
    assert world.leaf.not_valid_after_utc > first.not_valid_after_utc
    assert world.leaf.public_key() != first.public_key()
    assert certificates.authority_pem == authority


def test_a_new_address_makes_a_new_leaf_and_a_lost_one_does_not(world: World) -> None:
    certificates = world.authority()
    changes = []
    for names in (HOME, MOVED, HOME, MOVED):
        world.names = names
        changes.append(certificates.refresh())
    assert changes == [False, True, False, False]
    names_now = world.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert tuple(names_now.get_values_for_type(x509.IPAddress)) == MOVED.addresses
    assert (certificates.names.dns, certificates.names.addresses) == (MOVED.dns, MOVED.addresses)


def test_the_address_may_change_while_the_appliance_is_off(world: World) -> None:
    world.authority()
    before, world.names = world.leaf, MOVED
    world.authority()
    assert world.leaf != before


def test_a_clock_that_starts_in_1970_is_not_believed(world: World) -> None:
    world.now = datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC)
    certificates = world.authority()
    authority = x509.load_pem_x509_certificate(certificates.authority_pem)
    assert world.leaf.not_valid_before_utc == RELEASED - timedelta(days=1)
    assert authority.not_valid_before_utc <= world.leaf.not_valid_before_utc
    changes = [certificates.refresh()]
    for now in (world.now + timedelta(minutes=1), TODAY, RELEASED + timedelta(days=3650)):
        world.now = now
        changes.append(certificates.refresh())
    assert changes == [False, False, False, False]


def test_a_clock_that_goes_back_costs_one_leaf_and_no_authority(world: World) -> None:
    world.now = TODAY + timedelta(days=365 * 60)
    certificates = world.authority()
    authority = certificates.authority_pem
    world.now = TODAY
    assert [certificates.refresh() for _ in range(3)] == [True, False, False]
    assert world.leaf.not_valid_before_utc <= TODAY
    assert world.authority().authority_pem == authority


def test_a_leaf_ends_with_its_authority_at_the_latest(world: World) -> None:
    """In the authority's last year, too, each is made a month before the end of the one before."""
    certificates = world.authority()
    end = certificates.authority_end
    made, day = [world.leaf], timedelta(days=1)
    while world.now + day <= end:
        world.now += day
        if certificates.refresh():
            made.append(world.leaf)
    ends = [each.not_valid_after_utc for each in made]
    begins = [each.not_valid_before_utc for each in made]
    assert [(end - each) // day for each in ends] == [1429, 1063, 697, 331, 0]
    assert ends[-1] == end
    assert all((old - new) // day == 30 for old, new in zip(ends, begins[1:], strict=False))
    world.now = end + day
    assert not certificates.refresh(), "a new one would be no better"


def test_an_address_that_comes_when_the_authority_has_ended_by_the_clock(world: World) -> None:
    """The clock runs ahead, and the certificate is put right with it."""
    certificates = world.authority()
    end, authority = certificates.authority_end, certificates.authority_pem
    world.now, world.names = end + timedelta(days=400), MOVED
    assert [certificates.refresh() for _ in range(3)] == [True, False, False]
    assert world.leaf.not_valid_after_utc == end
    assert certificates.names.addresses == MOVED.addresses
    world.now = TODAY
    assert [certificates.refresh() for _ in range(3)] == [True, False, False]
    assert world.leaf.not_valid_before_utc <= TODAY < world.leaf.not_valid_after_utc
    assert certificates.authority_pem == authority


def test_a_start_by_a_clock_that_runs_past_the_authoritys_end(world: World) -> None:
    end = world.authority().authority_end
    world.file("server.crt").unlink()
    world.now = end + timedelta(seconds=1)
    certificates = world.authority()
    assert (world.leaf.not_valid_after_utc, certificates.authority_end) == (end, end)


def test_a_clock_far_past_the_authoritys_end_does_not_loop(world: World) -> None:
    certificates = world.authority()
    authority = certificates.authority_pem
    for moment in (TODAY + timedelta(days=365 * 90), TODAY):
        world.now = moment
        assert [certificates.refresh() for _ in range(3)] == [False, False, False]
        assert certificates.authority_pem == authority

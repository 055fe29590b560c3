"""An owner's own certificate files."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from homecall_appliance.web.addresses import Names
from homecall_appliance.web.tls import CertificateFiles, TlsError, certified_names
from tests.support.tls_world import HOME, Pair, cut, empty, foreign_key, told


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


async def test_the_owners_certificate_is_served_and_read_again(pair: Pair) -> None:
    first = pair.write()
    certificates = CertificateFiles(*pair.files)
    assert certificates.authority_pem is None
    assert await pair.shown(certificates) == first
    assert certificates.refresh() is False
    second = pair.write()
    assert [certificates.refresh() for _ in range(2)] == [True, False]
    assert await pair.shown(certificates) == second


def test_the_names_are_those_of_the_certificate_that_is_served(pair: Pair) -> None:
    pair.write()
    certificates = CertificateFiles(*pair.files)
    assert (certificates.names.dns, certificates.names.addresses) == (HOME.dns, HOME.addresses)
    empty(pair.files[0])
    assert certificates.refresh() is False
    assert certificates.names.dns == HOME.dns


@pytest.mark.parametrize("pem", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_what_is_no_certificate_has_no_names(pem: bytes) -> None:
    assert certified_names(pem) == Names((), ())


def test_an_authority_has_no_names(pair: Pair) -> None:
    assert certified_names(pair.authority.root_pem) == Names((), ())


async def test_symbolic_links_may_be_swapped(pair: Pair) -> None:
    live, issued = pair.directory / "live", []
    for number in ("1", "2"):
        archive = Pair(pair.directory / number, pair.authority)
        archive.directory.mkdir()
        issued.append(archive.write())
    live.symlink_to("1")
    certificates = CertificateFiles(*Pair(live).files)
    assert await pair.shown(certificates) == issued[0]
    live.unlink()
    live.symlink_to("2")
    assert certificates.refresh() is True
    assert await pair.shown(certificates) == issued[1]


@pytest.mark.parametrize("accident", [cut, empty, Path.unlink, foreign_key])
@pytest.mark.parametrize("which", [0, 1])
async def test_a_bad_pair_is_told_once_and_the_old_one_serves_on(
    pair: Pair, which: int, accident: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    first = pair.write()
    certificates = CertificateFiles(*pair.files)
    assert told(certificates) == ""
    accident(pair.files[which])
    assert [certificates.refresh() for _ in range(3)] == [False, False, False]
    assert re.search(r"Check that both|Correct its path", told(certificates))
    assert [record.getMessage() for record in caplog.records] == [told(certificates)]
    assert await pair.shown(certificates) == first
    second = pair.write()
    assert certificates.refresh() is True
    assert told(certificates) == ""
    assert await pair.shown(certificates) == second
    empty(pair.files[0])
    assert certificates.refresh() is False
    assert len(caplog.records) == 2


def test_an_encrypted_key_does_not_wait_for_a_password(pair: Pair) -> None:
    pair.write()
    private = ec.generate_private_key(ec.SECP256R1())
    secret = BestAvailableEncryption(b"secret")
    pair.files[1].write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret))
    with pytest.raises(TlsError, match="is encrypted"):
        CertificateFiles(*pair.files)


def test_a_missing_file_is_named(pair: Pair) -> None:
    with pytest.raises(TlsError, match=f"{pair.files[0]} cannot be read"):
        CertificateFiles(*pair.files)

"""What is signed and hashed, by the examples of the RFCs; signatures are shown at Pebble."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from homecall_appliance.acme.jose import AccountKey, certificate_id, txt_value


def certificate(serial: int, issuer: bytes | None) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    begin = datetime(2027, 1, 1, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([]))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=1))
    )
    if issuer is not None:
        identifier = x509.AuthorityKeyIdentifier(issuer, None, None)
        builder = builder.add_extension(identifier, critical=False)
    return builder.sign(key, hashes.SHA256())


ISSUER = bytes.fromhex("69885b6b87464041e1b37b847ba0ae2cde01c8d4")


@pytest.mark.parametrize(
    ("serial", "expected"),
    [
        (0x87654321, "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"),  # RFC 9773, section 4.1
        (0x7F, "aYhba4dGQEHhs3uEe6CuLN4ByNQ.fw"),
        (0x80, "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIA"),
    ],
)
def test_what_an_authority_calls_a_certificate(serial: int, expected: str) -> None:
    assert certificate_id(certificate(serial, ISSUER)) == expected


def test_a_certificate_that_does_not_name_its_issuer_has_no_name() -> None:
    assert certificate_id(certificate(7, None)) is None


def test_a_key_survives_its_file() -> None:
    key = AccountKey.generate()
    assert AccountKey.from_pem(key.pem).jwk == key.jwk


@pytest.mark.parametrize(
    "other", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)]
)
def test_a_key_of_another_kind_is_refused(
    other: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
) -> None:
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="not one of P-256"):
        AccountKey.from_pem(pem)


def test_the_txt_record_is_a_hash() -> None:
    """As `printf a.b | openssl sha256 -binary | basenc --base64url` has it."""
    assert txt_value("a.b") == "LnM23I66h-9HLfVow1SCq_JXXcPl6sDFxiuP-urCyTQ"

"""What an ACME client signs and hashes: PURE, but for a key's randomness."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

_SIZE = 32
"""Bytes of a coordinate of P-256."""


class AccountKey:
    """An account's key, for ES256 (RFC 7518, section 3.4)."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        numbers = key.public_key().public_numbers()
        self.jwk = {
            "crv": "P-256",
            "kty": "EC",
            "x": encode(numbers.x.to_bytes(_SIZE, "big")),
            "y": encode(numbers.y.to_bytes(_SIZE, "big")),
        }
        """The public key (RFC 7518, section 6.2.1)."""

    @classmethod
    def generate(cls) -> Self:
        """A new one."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Read what `pem` gives; ValueError for anything else."""
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.key_size != _SIZE * 8:
            raise ValueError("the key is not one of P-256")
        return cls(key)

    @property
    def pem(self) -> bytes:
        """The private key, not encrypted (PKCS #8)."""
        return private_pem(self._key)

    def sign(self, payload: bytes, protected: Mapping[str, Any]) -> bytes:
        """Return a JWS in its flattened JSON serialization (RFC 7515, section 7.2.2)."""
        header = encode(json.dumps({"alg": "ES256", **protected}).encode())
        body = encode(payload)
        signature = self._key.sign(f"{header}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
        r, s = (each.to_bytes(_SIZE, "big") for each in decode_dss_signature(signature))
        parts = {"protected": header, "payload": body, "signature": encode(r + s)}
        return json.dumps(parts).encode()

    def key_authorization(self, token: str) -> str:
        """What proves that a challenge is met by this account (RFC 8555, section 8.1)."""
        canonical = json.dumps(self.jwk, sort_keys=True, separators=(",", ":"))
        thumbprint = encode(hashlib.sha256(canonical.encode()).digest())  # RFC 7638
        return f"{token}.{thumbprint}"


def encode(data: bytes) -> str:
    """Base64 for URLs without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def txt_value(key_authorization: str) -> str:
    """The TXT record of a dns-01 challenge (RFC 8555, section 8.4)."""
    return encode(hashlib.sha256(key_authorization.encode()).digest())


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key, not encrypted (PKCS #8)."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def certificate_id(certificate: x509.Certificate) -> str | None:
    """What an authority calls a certificate of its own (RFC 9773, section 4.1); None where that
    cannot be told."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except (x509.ExtensionNotFound, ValueError):
        return None
    identifier, serial = extension.value.key_identifier, certificate.serial_number
    if identifier is None or serial <= 0:
        return None
    # As in DER: one more bit than the number has, for the sign.
    number = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
    return f"{encode(identifier)}.{encode(number)}"

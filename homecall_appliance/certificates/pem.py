"""Certificates and private keys out of PEM files (RFC 7468) as people keep them. PURE.

Stricter than OpenSSL where a file is cut off: SSL_CTX_use_certificate_chain_file() passes over
what it cannot read after the first certificate, and a client then gets half a chain. More lenient
elsewhere: a byte order mark, notes between the blocks, and a key beside the certificates are no
trouble.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

T = TypeVar("T", bound=x509.ExtensionType)

_BEGIN = re.compile(rb"-----BEGIN ((?:[A-Z0-9]+ )*)(CERTIFICATE|PRIVATE KEY)-----")

_DAMAGES = (
    KeyError,  # cryptography 43, for a type of text that it does not know
    ValueError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the parser raises at a certificate that is none."""


class PemError(ValueError):
    """What is in a file cannot be used; `str()` is the reason, without a full stop."""


@dataclass(frozen=True)
class PemFile:
    """A file as it was read."""

    path: str
    content: bytes = field(repr=False)
    mode: int = 0o600
    """Its permission bits."""


def certificates_in(content: bytes) -> list[x509.Certificate]:
    """Return every certificate of a PEM file, in the file's order; raises PemError where there is
    none, or where one of them is not whole."""
    found: list[x509.Certificate] = []
    for block in _blocks(content, b"CERTIFICATE"):
        try:
            certificate = x509.load_pem_x509_certificate(block)
            # Each of them is parsed when it is first asked for.
            _ = certificate.subject, certificate.issuer, certificate.extensions
            _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
            _ = certificate.public_key(), certificate.signature_algorithm_oid
        except _DAMAGES as error:
            raise PemError(f"its certificate number {len(found) + 1} is damaged") from error
        found.append(certificate)
    if not found:
        raise PemError("there is no PEM certificate in it")
    return found


def private_key_in(content: bytes) -> PrivateKeyTypes:
    """Return the first private key of a PEM file; raises PemError."""
    blocks = _blocks(content, b"PRIVATE KEY")
    if not blocks:
        raise PemError("there is no PEM private key in it")
    try:
        return load_pem_private_key(blocks[0], password=None)
    except TypeError as error:
        raise PemError(
            "it is locked with a password, which nobody is there to type. Store it without one "
            "(openssl pkey -in locked.key -out plain.key)"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise PemError("it is no private key, or one of an unknown kind") from error


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` has signed the certificate (RFC 5280, section 6.1.3: name and signature)."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def extension_of(certificate: x509.Certificate, kind: type[T]) -> T | None:
    """What a certificate has of this kind of extension; None where it has none."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def path_from(
    leaf: x509.Certificate, others: Sequence[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """Return the leaf, its issuer, the issuer's and so on, as far as the others go. Of several
    certificates of an issuer, such as cross-signed ones, it is the one that ends last."""
    path = [leaf]
    while not is_issued_by(path[-1], path[-1]):
        issuers = [each for each in others if each not in path and is_issued_by(path[-1], each)]
        if not issuers:
            break
        path.append(max(issuers, key=lambda each: each.not_valid_after_utc))
    return tuple(path)


def _blocks(content: bytes, kind: bytes) -> list[bytes]:
    found = []
    for begin in _BEGIN.finditer(content):
        if begin[2] != kind:
            continue
        label = begin[1] + begin[2]
        ending = b"-----END " + label + b"-----"
        end = content.find(ending, begin.end())
        another = _BEGIN.search(content, begin.end())
        if end < 0 or (another and another.start() < end):
            raise PemError("it is cut off in the middle")
        found.append(content[begin.start() : end + len(ending)] + b"\n")
    return found

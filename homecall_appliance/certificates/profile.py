"""The keys, signatures and extensions that browsers take. PURE.

By whom (looked up in November 2026): Chromium and Android (BoringSSL's signature algorithms,
net/cert/cert_verify_proc.cc), Firefox (mozilla::pkix), and Apple's "Requirements for trusted
certificates in iOS 13 and macOS 10.15" (support.apple.com/103769).
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from homecall_appliance.certificates.complaints import Complaint, doubt, fault
from homecall_appliance.certificates.pem import extension_of, is_issued_by

RSA_BITS = 2048
"""The least that Chromium, Firefox and Apple take."""

LIFETIME = timedelta(days=825)
"""The longest that Apple takes of an owner's own authority."""

_CURVES = (ec.SECP256R1, ec.SECP384R1)
"""Chromium offers no signature algorithm for P-521 (RFC 8446, section 4.2.3)."""

_KEYS = "an elliptic-curve key on P-256 or P-384, or an RSA key of 2048 bits or more"

_SIGNATURES = (
    SignatureAlgorithmOID.RSA_WITH_SHA256,
    SignatureAlgorithmOID.RSA_WITH_SHA384,
    SignatureAlgorithmOID.RSA_WITH_SHA512,
    SignatureAlgorithmOID.RSASSA_PSS,
    SignatureAlgorithmOID.ECDSA_WITH_SHA256,
    SignatureAlgorithmOID.ECDSA_WITH_SHA384,
    SignatureAlgorithmOID.ECDSA_WITH_SHA512,
)
"""Of a certificate: those of Chromium (net/cert/cert_verify_proc.cc), which all are of SHA-2, as
Apple demands."""

_OTHERS = {
    SignatureAlgorithmOID.ED25519: "Ed25519",
    SignatureAlgorithmOID.ED448: "Ed448",
    SignatureAlgorithmOID.DSA_WITH_SHA256: "DSA",
}


def complaints_of_profile(
    path: Sequence[x509.Certificate], public_key: PublicKeyTypes
) -> Iterator[Complaint]:
    """Judge the leaf, which has this key, and the certificates of its issuers behind it."""
    leaf = path[0]
    yield from _key(public_key)
    yield from _usage(leaf)
    yield from _signatures(path)
    if leaf.not_valid_after_utc - leaf.not_valid_before_utc > LIFETIME:
        yield doubt(
            f"The certificate is valid for more than {LIFETIME.days} days, so iPhones and Macs "
            "refuse it. Get one for a shorter time."
        )


def _key(key: PublicKeyTypes) -> Iterator[Complaint]:
    match key:
        case rsa.RSAPublicKey() if key.key_size < RSA_BITS:
            what = f"is an RSA key of {key.key_size} bits only"
        case rsa.RSAPublicKey():
            return
        case ec.EllipticCurvePublicKey() if isinstance(key.curve, _CURVES):
            return
        case ec.EllipticCurvePublicKey():
            what = f"is on the curve {key.curve.name}"
        case _:
            kind = type(key).__name__.strip("_").removesuffix("PublicKey")
            what = f"is of the kind {kind}"
    yield fault(f"The private key {what}, which browsers refuse. Get a certificate for {_KEYS}.")


def _usage(leaf: x509.Certificate) -> Iterator[Complaint]:
    extended = extension_of(leaf, x509.ExtendedKeyUsage)
    if extended is None:
        yield doubt(
            "The certificate does not say that it is for servers, so iPhones and Macs refuse it. "
            "Get one with the extended key usage serverAuth."
        )
    elif ExtendedKeyUsageOID.SERVER_AUTH not in extended:
        yield fault(
            "The certificate is for something else than servers, so every browser refuses it. Get "
            "one with the extended key usage serverAuth."
        )
    constraints = extension_of(leaf, x509.BasicConstraints)
    if constraints is not None and constraints.ca and not is_issued_by(leaf, leaf):
        yield doubt(
            "The certificate is that of an authority, so Firefox refuses it. Get one for a server "
            "(with the basic constraint CA:FALSE)."
        )
    usage = extension_of(leaf, x509.KeyUsage)
    if usage is not None and not usage.digital_signature:
        yield fault(
            "The certificate's key may not sign, so browsers refuse it. Get one with the key usage "
            "digitalSignature."
        )
    features = extension_of(leaf, x509.TLSFeature)
    if features is not None and x509.TLSFeatureType.status_request in features:
        yield doubt(
            "The certificate demands OCSP stapling, which the appliance does not do, so Firefox "
            "refuses it. Get one without (certbot: without --must-staple)."
        )


def _signatures(path: Sequence[x509.Certificate]) -> Iterator[Complaint]:
    for each in path:
        if each.issuer == each.subject and each is not path[0]:
            continue  # a root, whose own signature nobody looks at
        if algorithm := _refused_signature(each):
            yield fault(
                f"The certificate of {each.subject.rfc4514_string() or 'the server'} is signed "
                f"with {algorithm}, so every browser refuses it. Get one that is signed with "
                "SHA-256 by an RSA or elliptic-curve key."
            )
        key = each.public_key()
        if each is not path[0] and isinstance(key, rsa.RSAPublicKey) and key.key_size < RSA_BITS:
            yield fault(
                f"The key of {each.subject.rfc4514_string()} is an RSA key of {key.key_size} bits "
                "only, so every browser refuses the certificate. Get one of another authority."
            )


def _refused_signature(certificate: x509.Certificate) -> str:
    """How it is signed, where no browser takes that; else empty."""
    oid = certificate.signature_algorithm_oid
    try:
        digest = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        digest = None
    if isinstance(digest, hashes.SHA1 | hashes.MD5):
        return digest.name.upper()
    return "" if oid in _SIGNATURES else _OTHERS.get(oid, f"the algorithm {oid.dotted_string}")

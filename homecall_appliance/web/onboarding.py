"""What a phone is given to come to trust the appliance's authority. PURE, templates aside.

Every function that gives content returns its media type and its bytes.
"""

import plistlib
from html import escape
from importlib.resources import files
from string import Template
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from homecall_appliance.certificates.authority import authority_name
from homecall_appliance.signaling.messages import Language

Content = tuple[str, bytes]
Device = Literal["apple", "android", "computer"]

_TEMPLATES = files(__package__) / "onboarding_static"
_DEVICES: tuple[Device, ...] = ("apple", "android", "computer")
_DESCRIPTION: dict[Language, str] = {
    "en": "Lets this device trust the HomeCall Appliance in your home, so that calls open without "
    "a warning. Remove it when you no longer use the appliance.",
    "ru": "Позволяет этому устройству доверять домашнему HomeCall Appliance, чтобы звонки "
    "открывались без предупреждения. Удалите профиль, когда он больше не нужен.",
}


def authority_file(authority_pem: bytes) -> Content:
    """/ca.crt, as PEM.

    Android's installer (Java's CertificateFactory), iOS, macOS and Windows read PEM and DER alike
    under this media type; curl, OpenSSL, Python and Debian's trust store read PEM only.
    """
    return "application/x-x509-ca-cert", authority_pem


def mobileconfig(authority_pem: bytes, language: Language) -> Content:
    """/ca.mobileconfig: a configuration profile with the authority as a root certificate (Apple,
    Configuration Profile Reference, payload com.apple.security.root).

    Its identifiers follow from the certificate: a second installation replaces the first.
    """
    certificate = x509.load_pem_x509_certificate(authority_pem)
    name, digits = authority_name(authority_pem), certificate.fingerprint(SHA256()).hex()
    identifier = f"homecall-appliance.{digits[:16]}"
    root = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{identifier}.root",
        "PayloadUUID": _uuid(digits, "root"),
        "PayloadDisplayName": name,
        "PayloadCertificateFileName": "homecall-appliance.cer",
        "PayloadContent": certificate.public_bytes(Encoding.DER),
    }
    profile = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": identifier,
        "PayloadUUID": _uuid(digits, "profile"),
        "PayloadDisplayName": name,
        "PayloadDescription": _DESCRIPTION[language],
        "PayloadOrganization": "HomeCall",
        "PayloadRemovalDisallowed": False,
        "PayloadContent": [root],
    }
    return "application/x-apple-aspen-config", plistlib.dumps(profile)


def page(
    authority_pem: bytes, https_url: str, language: Language, device: Device | None
) -> Content:
    """The page of the plain-HTTP port.

    It needs no script; it asks for /trust.css, /ca.crt and /ca.mobileconfig beside it, and offers
    the other language as /?language=en or ru. `https_url` is what the big button opens; the steps
    for `device` are unfolded.
    """
    template = Template((_TEMPLATES / f"{language}.html").read_text("utf-8"))
    values = {
        "name": authority_name(authority_pem),
        "short_fingerprint": short_fingerprint(authority_pem),
        "fingerprint_rest": "\n".join(_lines(fingerprint(authority_pem))[1:]),
        "https_url": https_url,
        **{f"{each}_open": "open" if each == device else "" for each in _DEVICES},
    }
    text = template.substitute({key: escape(value) for key, value in values.items()})
    return "text/html; charset=utf-8", text.encode()


def stylesheet() -> Content:
    """/trust.css, the page's styles: the Content-Security-Policy forbids inline ones."""
    return "text/css; charset=utf-8", (_TEMPLATES / "trust.css").read_bytes()


def device_of(user_agent: str) -> Device | None:
    """Whose steps to show first, by a browser's User-Agent; None where it does not say.

    A guess: an iPad calls itself a Macintosh.
    """
    if any(each in user_agent for each in ("iPhone", "iPad", "iPod")):
        return "apple"
    if "Android" in user_agent:
        return "android"
    if any(each in user_agent for each in ("Windows", "Macintosh", "Linux", "CrOS")):
        return "computer"
    return None


def fingerprint(authority_pem: bytes) -> str:
    """SHA-256 of the authority's DER as phones show it: 32 pairs of hex digits with colons."""
    certificate = x509.load_pem_x509_certificate(authority_pem)
    return certificate.fingerprint(SHA256()).hex(":").upper()


def short_fingerprint(authority_pem: bytes) -> str:
    """The first eight bytes of the fingerprint, as the page's first line shows them: what a person
    compares with the appliance's own screen. To make another authority with the same ones takes
    some 2^64 attempts."""
    return _lines(fingerprint(authority_pem))[0]


def _lines(digits: str) -> list[str]:
    pairs = digits.split(":")
    return [" ".join(pairs[start : start + 8]) for start in range(0, len(pairs), 8)]


def _uuid(digits: str, part: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"urn:homecall-appliance:{part}:{digits}")).upper()

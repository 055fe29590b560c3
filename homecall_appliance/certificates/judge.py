"""Whether browsers take an owner's certificate, and what to do where they do not. PURE.

The daemon and the doctor both go by it, so that they agree. It knows the two files and nothing of
the world outside: whether an authority is one that phones trust cannot be told from here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from homecall_appliance.certificates.authority import believed
from homecall_appliance.certificates.chain import complaints_of_chain
from homecall_appliance.certificates.complaints import (
    BY_OWNER,
    Complaint,
    Remedy,
    Severity,
    day,
    doubt,
    fault,
    notice,
)
from homecall_appliance.certificates.pem import (
    PemError,
    PemFile,
    certificates_in,
    path_from,
    private_key_in,
)
from homecall_appliance.certificates.profile import complaints_of_profile
from homecall_appliance.certificates.served_names import bears, names_of
from homecall_appliance.network.addresses import Names

SOON, SOON_SHARE = timedelta(days=14), 1 / 6
"""So long before its end an owner's certificate ought to have been renewed, or with this share of
its lifetime left, whichever is later: authorities issue some for 90, 45 and 6 days, and programs
renew them with a third or half of that left."""

_BY_OTHERS = 0o007
_BY_OTHERS_WRITTEN = 0o002


class Grade(IntEnum):
    """How good a pair is: one never takes the place of a better one."""

    REFUSED = 0
    """Every browser refuses it: it is not served."""
    DOUBTFUL = 1
    """Some browsers refuse it, or all of them for a while: it is served where there is no better
    one."""
    GOOD = 2


@dataclass(frozen=True)
class Verdict:
    """What is to be said of a certificate and its key."""

    complaints: tuple[Complaint, ...]
    """The worst first."""

    leaf: x509.Certificate | None = None
    """The server's certificate; None where it could not be read."""

    pem: bytes = field(default=b"", repr=False)
    """The private key, and what a client is sent: the leaf, its issuer and so on, in this order
    (RFC 8446, section 4.4.2). Empty where one of them could not be read."""

    @property
    def grade(self) -> Grade:
        """How good the pair is."""
        worst = max((each.severity for each in self.complaints), default=Severity.NOTICE)
        return Grade(Severity.FAULT - worst)

    @property
    def usable(self) -> bool:
        """Whether it may be served."""
        return self.grade is not Grade.REFUSED

    @property
    def names(self) -> Names:
        """What the leaf vouches for."""
        return names_of(self.leaf) if self.leaf else Names((), ())

    @property
    def problem(self) -> str | None:
        """Why some browsers or all of them refuse it, and what to do; None where none does."""
        return self._sentences(Severity.DOUBT, Severity.FAULT)

    @property
    def notice(self) -> str | None:
        """What else there is to do."""
        return self._sentences(Severity.NOTICE)

    def _sentences(self, *severities: Severity) -> str | None:
        found = [each.sentence for each in self.complaints if each.severity in severities]
        return " ".join(found) or None


@dataclass(frozen=True)
class _Case:
    certificate: PemFile
    key: PemFile
    public_key: PublicKeyTypes
    found: tuple[x509.Certificate, ...]
    """What the file has, in its order."""
    path: tuple[x509.Certificate, ...]
    """The leaf, its issuer and so on, as far as the file goes."""
    now: datetime
    host: str
    remedy: Remedy

    @property
    def leaf(self) -> x509.Certificate:
        return self.path[0]


def judge(
    certificate: PemFile, key: PemFile, now: datetime, host: str, *, remedy: Remedy = BY_OWNER
) -> Verdict:
    """Judge a certificate and its key, which may be in one file, at a moment (an aware datetime);
    `host` is that of the link, a name or an address, and `remedy` what is to be done."""
    try:
        found = certificates_in(certificate.content)
    except PemError as error:
        return _unusable(certificate, error, remedy)
    try:
        private = private_key_in(key.content)
        public = private.public_key()
    except PemError as error:
        return _unusable(key, error, remedy)
    leaf = next((each for each in found if each.public_key() == public), None)
    if leaf is None:
        belongs = fault(
            f"The private key in {key.path} does not belong to the certificate in "
            f"{certificate.path}. "
            + (
                remedy.replace
                or "Put both there as they were issued together; while they are being exchanged, "
                "this passes by itself."
            )
        )
        return Verdict((belongs,), found[0])
    path = path_from(leaf, found)
    case = _Case(certificate, key, public, tuple(found), path, believed(now), host, remedy)
    complaints = [each for rule in _RULES for each in rule(case)]
    complaints.sort(key=lambda each: -each.severity)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem += b"".join(each.public_bytes(Encoding.PEM) for each in path)
    return Verdict(tuple(complaints), leaf, pem)


def _unusable(file: PemFile, error: PemError, remedy: Remedy) -> Verdict:
    replace = (
        remedy.replace or "Put PEM files there that belong together, the key without a password."
    )
    return Verdict((fault(f"{file.path} cannot be used: {error}. {replace}"),))


def _validity(case: _Case) -> Iterator[Complaint]:
    begin, end = case.leaf.not_valid_before_utc, case.leaf.not_valid_after_utc
    if case.now > end:
        yield fault(f"The certificate has expired on {day(end)}. {case.remedy.renew}")
    elif case.now < begin:
        # It is the clock that is wrong, as a rule: no authority issues any for later, and a Pi has
        # no clock that goes on without power.
        yield doubt(
            f"The certificate is valid only from {day(begin)}, and the clock says {day(case.now)}. "
            f"Set the clock: timedatectl shows it. If it is right: {case.remedy.renew}"
        )
    elif case.now + min(SOON, (end - begin) * SOON_SHARE) > end:
        yield notice(f"The certificate expires on {day(end)}. {case.remedy.renew}")


def _names(case: _Case) -> Iterator[Complaint]:
    names = names_of(case.leaf)
    every = [*names.dns, *map(str, names.addresses)]
    if not every:
        yield fault(
            "The certificate is for no name: browsers look at its alternative names alone, and it "
            f"has none (subjectAltName). Get one for {case.host}."
        )
    elif not bears(names, case.host):
        yield doubt(
            f"The certificate is for {', '.join(sorted(every))}, and the link names {case.host}. "
            "Set server.public_host to one of its names, or get a certificate for the link's host."
        )


def _secrecy(case: _Case) -> Iterator[Complaint]:
    if case.key.mode & _BY_OTHERS:
        what = "exchange" if case.key.mode & _BY_OTHERS_WRITTEN else "read"
        yield notice(
            f"Every user of this machine may {what} the private key {case.key.path}. Take that "
            f"right away: sudo chmod o= {case.key.path}"
        )


def _chain(case: _Case) -> Iterator[Complaint]:
    return complaints_of_chain(case.path, case.found, case.certificate.path, case.now, case.remedy)


def _profile(case: _Case) -> Iterator[Complaint]:
    return complaints_of_profile(case.path, case.public_key)


_RULES: tuple[Callable[[_Case], Iterator[Complaint]], ...] = (
    _validity,
    _profile,
    _chain,
    _names,
    _secrecy,
)

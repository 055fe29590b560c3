"""The certificate that is served, or that lies in files."""

import ssl
import stat
from dataclasses import replace
from pathlib import Path

from cryptography import x509

from homecall_appliance.acme.place import certificate_file
from homecall_appliance.certificates.authority import Authority
from homecall_appliance.certificates.pem import (
    PemError,
    PemFile,
    certificates_in,
    is_issued_by,
    private_key_in,
)
from homecall_appliance.certificates.served_names import names_of
from homecall_appliance.config.model import Tls
from homecall_appliance.control.status import CertificateStatus
from homecall_appliance.doctor.facts import Account, Certificate, Leaf, Root
from homecall_appliance.doctor.probes.account import unreadable
from homecall_appliance.web.onboarding import short_fingerprint


def served(der: bytes, told: CertificateStatus) -> Certificate | None:
    """What a server showed, and what the running appliance tells of its authority; None where it
    cannot be read, and so is another server's."""
    root = told.authority
    try:
        leaf = certificates_in(ssl.DER_cert_to_PEM_cert(der).encode())[0]
    except PemError:
        return None
    return Certificate(
        "served",
        _leaf(leaf),
        Root(root.fingerprint, root.end) if root and root.end else None,
    )


def stored(tls: Tls, account: Account) -> Certificate:
    """What the files have that the configuration names."""
    if tls.mode == "files":
        return _own_pair(Path(tls.certificate), Path(tls.private_key), account)
    if tls.mode == "acme":
        acme = tls.acme
        issued = certificate_file(Path(tls.state_directory), acme.directory, acme.domain)
        return _own_pair(issued, issued, account)
    directory = Path(tls.state_directory)
    try:
        if not directory.exists() or not any(directory.iterdir()):
            return Certificate("missing", path=str(directory))
    except PermissionError:
        return Certificate("denied", path=str(directory))
    return _local_authority(directory, account)


def _own_pair(certificate: Path, key: Path, account: Account) -> Certificate:
    files = (certificate, key)
    try:
        pair = [
            PemFile(str(file), _content(file), stat.S_IMODE(file.stat().st_mode)) for file in files
        ]
    except _Unusable as error:
        return error.found
    blocked = [str(file) for file in files if unreadable(file, account)]
    return Certificate("stored", pair=(pair[0], pair[1]), denied=blocked[0] if blocked else "")


def _local_authority(directory: Path, account: Account) -> Certificate:
    kept = directory / "authority.pem"
    authority = root = None
    try:
        authority = Authority.from_pem(_content(kept))
    except _Unusable as error:
        if error.found.state != "missing":
            return error.found
        if (directory / "ca.key").exists():
            return Certificate("outdated", path=str(directory))
    except PemError:
        return Certificate("damaged", path=str(kept), reason="it is not whole")
    else:
        if unreadable(kept, account):
            return Certificate("stored", denied=str(kept))
        root = Root(short_fingerprint(authority.root_pem), authority.end)
    found = _local_pair(directory / "server.crt", directory / "server.key", authority, account)
    return replace(found, root=root)


def _local_pair(
    certificate: Path, key: Path, authority: Authority | None, account: Account
) -> Certificate:
    file = certificate
    try:
        leaf = certificates_in(_content(certificate))[0]
        file = key
        public = private_key_in(_content(key)).public_key()
    except _Unusable as error:
        return error.found
    except PemError as error:
        return Certificate("damaged", path=str(file), reason=str(error))
    if public != leaf.public_key():
        return Certificate(
            "damaged", path=str(key), reason=f"it does not belong to {certificate.name}"
        )
    if authority and not is_issued_by(leaf, authority.intermediate.certificate):
        return Certificate(
            "damaged", path=str(certificate), reason="it is not as the authority has signed it"
        )
    blocked = [str(path) for path in (certificate, key) if unreadable(path, account)]
    return Certificate("stored", _leaf(leaf), denied=blocked[0] if blocked else "")


class _Unusable(Exception):
    def __init__(self, found: Certificate) -> None:
        self.found = found


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except PermissionError as error:
        raise _Unusable(Certificate("denied", path=str(path))) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _Unusable(Certificate("missing", path=str(path))) from error
    except OSError as error:
        found = Certificate("damaged", path=str(path), reason=str(error.strerror))
        raise _Unusable(found) from error


def _leaf(certificate: x509.Certificate) -> Leaf:
    return Leaf(
        certificate.not_valid_before_utc, certificate.not_valid_after_utc, names_of(certificate)
    )


def unverified() -> ssl.SSLContext:
    """For looking at a certificate, not for trusting it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context

"""The certificate that the web server shows, kept in files and renewed while it runs."""

import errno
import logging
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NoReturn, Protocol

from homecall_appliance.web.addresses import Names
from homecall_appliance.web.atomic import replace_file
from homecall_appliance.web.authority import KeyPair, is_due, issue, make_authority

logger = logging.getLogger(__name__)

_DIRECTORY_MODE = 0o700
_KEY_MODE = 0o600
_CERTIFICATE_MODE = 0o644


class TlsError(Exception):
    """There is no certificate to serve, or it could not be renewed; `str()` is a sentence for
    the owner."""


class Certificates(Protocol):
    """What the web server needs of a certificate."""

    @property
    def context(self) -> ssl.SSLContext:
        """The server's context: the same object for the life of the server."""
        ...

    @property
    def authority_pem(self) -> bytes | None:
        """The authority that a phone is asked to trust; None where phones know it already."""
        ...

    def refresh(self) -> bool:
        """Renew what is due and say whether new handshakes get another certificate.

        Blocks: call it from a thread, one call at a time, once a minute. Raises TlsError, once
        for each cause, when that failed; the earlier certificate stays in use.
        """
        ...


class _Serving(ABC):
    """A context whose certificate can be exchanged between two handshakes.

    load_cert_chain on a context in use is no exchange: OpenSSL reads the context without a lock
    for each new connection (a race that ends in a crash), and when it fails, the context has lost
    its key. So each certificate gets a context of its own, and the server's context picks the
    newest one for each handshake. OpenSSL asks for every ClientHello, also for one without a
    name (SSL_CTX_set_tlsext_servername_callback).
    """

    def __init__(self) -> None:
        self.context = _server_context()
        self.context.sni_callback = self._pick
        self._newest = self.context
        self._complaint: str | None = None

    def refresh(self) -> bool:
        """See Certificates.refresh."""
        try:
            changed = self._update()
        except TlsError as error:
            if str(error) == self._complaint:
                return False
            self._complaint = str(error)
            raise
        self._complaint = None
        return changed

    @abstractmethod
    def _update(self) -> bool: ...

    def _serve(self, certificate: Path, private_key: Path) -> None:
        context = _server_context()
        try:
            context.load_cert_chain(certificate, private_key, password=_refuse_password)
        except OSError as error:  # ssl.SSLError is one
            reason = error.strerror or str(error)
            raise TlsError(
                f"The certificate {certificate} with the private key {private_key} cannot be used "
                f"({reason}). Check that both are PEM files, that they belong together, and that "
                "the service may read them."
            ) from error
        self._newest = context

    def _pick(
        self, connection: ssl.SSLObject, _server_name: str | None, _context: ssl.SSLContext
    ) -> None:
        connection.context = self._newest


class CertificateFiles(_Serving):
    """An owner's own certificate: PEM files, read again when they change."""

    authority_pem: None = None

    def __init__(self, certificate: Path, private_key: Path) -> None:
        """Read both files; TlsError when they cannot be used."""
        super().__init__()
        self._files = (certificate, private_key)
        self._seen: list[tuple[int, int, int]] = []
        self._update()

    def _update(self) -> bool:
        found = [self._stamp(file) for file in self._files]
        if found == self._seen:
            return False
        self._serve(*self._files)
        self._seen = found
        return True

    @staticmethod
    def _stamp(file: Path) -> tuple[int, int, int]:
        try:
            status = file.stat()  # of the target: certbot and lego exchange symbolic links
        except OSError as error:
            raise TlsError(
                f"The file {file} cannot be read ({error.strerror}). Correct its path in the "
                "configuration (tls.certificate, tls.private_key) or put it there."
            ) from error
        return status.st_mtime_ns, status.st_size, status.st_ino


class LocalAuthority(_Serving):
    """An authority of the appliance's own, and the server certificate that it issues.

    `directory` holds ca.crt, ca.key, server.crt (with its issuer) and server.key. A server
    certificate that is missing, half written or not ours is issued again, silently; an authority
    that is damaged is put aside as *.damaged and replaced, with a warning, because phones must
    trust the new one.
    """

    def __init__(
        self, directory: Path, names: Callable[[], Names], now: Callable[[], datetime]
    ) -> None:
        """Open or make everything; TlsError when the directory cannot be used."""
        super().__init__()
        self._directory = directory
        self._names = names
        self._now = now
        with _explained(directory):
            directory.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
            if directory.stat().st_mode & 0o777 != _DIRECTORY_MODE:
                directory.chmod(_DIRECTORY_MODE)
            self._authority = self._open_authority()
            self._leaf = self._stored_leaf()
        if self._leaf:
            self._serve(self._file("server.crt"), self._file("server.key"))
        self._update()

    @property
    def authority_pem(self) -> bytes:
        """The authority's certificate."""
        return self._authority.certificate_pem

    def _update(self) -> bool:
        names, now = self._names(), self._now()
        if self._leaf and not is_due(self._leaf, names, now):
            return False
        leaf = issue(self._authority, names, now)
        with _explained(self._directory):
            self._store("server", leaf, leaf.certificate_pem + self.authority_pem)
        self._serve(self._file("server.crt"), self._file("server.key"))
        self._leaf = leaf
        return True

    def _open_authority(self) -> KeyPair:
        files = [self._file("ca.crt"), self._file("ca.key")]
        present = [file for file in files if file.exists()]
        try:
            if present:
                return KeyPair.from_pem(*(file.read_bytes() for file in files))
        except (FileNotFoundError, ValueError) as error:
            for file in present:
                file.replace(file.with_suffix(f"{file.suffix}.damaged"))
            logger.warning(
                "The authority in %s is damaged, so a new one is made: every phone must be asked "
                "to trust it again. The old files are kept as *.damaged. (%s)",
                self._directory,
                error,
            )
        authority = make_authority(self._now())
        self._store("ca", authority, authority.certificate_pem)
        return authority

    def _stored_leaf(self) -> KeyPair | None:
        try:
            chain = self._file("server.crt").read_bytes()
            leaf = KeyPair.from_pem(chain, self._file("server.key").read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return leaf if chain == leaf.certificate_pem + self.authority_pem else None

    def _store(self, name: str, pair: KeyPair, certificates: bytes) -> None:
        replace_file(self._file(f"{name}.key"), pair.key_pem, _KEY_MODE)
        replace_file(self._file(f"{name}.crt"), certificates, _CERTIFICATE_MODE)

    def _file(self, name: str) -> Path:
        return self._directory / name


def _server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")  # RFC 9325, section 4.2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _refuse_password() -> NoReturn:
    # Without this OpenSSL asks at the terminal, and the daemon waits for ever.
    raise TlsError(
        "The private key is encrypted, and nobody is there to type its password. Store it without "
        "one (openssl pkey -in encrypted.key -out plain.key)."
    )


@contextmanager
def _explained(directory: Path) -> Generator[None, None, None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            advice = "Make room on the disk"
        else:
            advice = (
                "Give the directory to the user that runs the service, or name another one in "
                "tls.state_directory"
            )
        raise TlsError(
            f"The certificates in {directory} cannot be kept ({error.strerror or error}). {advice}."
        ) from error

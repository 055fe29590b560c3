"""The certificate that the web server shows, exchanged while it runs; and an owner's own one."""

import logging
import ssl
from abc import ABC, abstractmethod
from datetime import datetime
from pathlib import Path
from typing import NoReturn, Protocol

from cryptography import x509

from homecall_appliance.web.addresses import IPAddress, Names

logger = logging.getLogger(__name__)


class TlsError(Exception):
    """There is no certificate to serve, or something about it failed; `str()` is a sentence for
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

    @property
    def authority_end(self) -> datetime | None:
        """When that authority ends; None where there is none."""
        ...

    @property
    def names(self) -> Names:
        """What the certificate of the moment vouches for; a name may begin with "*."."""
        ...

    @property
    def problem(self) -> str | None:
        """What the owner should mend although a certificate is served: a sentence, or None."""
        ...

    @property
    def notice(self) -> str | None:
        """What the owner should know although nothing is wrong: a sentence, or None."""
        ...

    def refresh(self) -> bool:
        """Renew what is due and say whether new handshakes get another certificate.

        Blocks: call it from a thread, one call at a time, once a minute. What fails is told by
        `problem`, and once by the log; the best certificate that there is stays in use.
        """
        ...


class Serving(ABC):
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
        self.names = Names((), ())
        self.problem: str | None = None
        self.notice: str | None = None

    def refresh(self) -> bool:
        """See Certificates.refresh."""
        before = self._newest
        try:
            self._update()
        except TlsError as error:
            self._tell(str(error))
        else:
            self._tell(None)
        return self._newest is not before

    @abstractmethod
    def _update(self) -> None:
        """Do what is due; TlsError where a part of it failed, and is to be tried again."""

    def _tell(self, problem: str | None) -> None:
        if problem and problem != self.problem:
            logger.warning("%s", problem)
        elif self.problem and not problem:
            logger.info("The certificate is in order again.")
        self.problem = problem

    def _announce(self, notice: str | None) -> None:
        if notice and notice != self.notice:
            logger.warning("%s", notice)
        self.notice = notice

    def _serve(self, certificate: Path, private_key: Path) -> None:
        """Read PEM files, which may be one and the same; OSError where they cannot be used."""
        context = _server_context()
        context.load_cert_chain(certificate, private_key, password=_refuse_password)
        names = certified_names(certificate.read_bytes())
        self._newest, self.names = context, names

    def _pick(
        self, connection: ssl.SSLObject, _server_name: str | None, _context: ssl.SSLContext
    ) -> None:
        connection.context = self._newest


class CertificateFiles(Serving):
    """An owner's own certificate: PEM files, read again when they change."""

    authority_pem: None = None
    authority_end: None = None

    def __init__(self, certificate: Path, private_key: Path) -> None:
        """Read both files; TlsError when they cannot be used."""
        super().__init__()
        self._files = (certificate, private_key)
        self._seen: list[tuple[int, int, int]] = []
        self._update()

    def _update(self) -> None:
        found = [self._stamp(file) for file in self._files]
        if found == self._seen:
            return
        certificate, private_key = self._files
        try:
            self._serve(certificate, private_key)
        except OSError as error:  # ssl.SSLError is one
            reason = error.strerror or str(error)
            raise TlsError(
                f"The certificate {certificate} with the private key {private_key} cannot be used "
                f"({reason}). Check that both are PEM files, that they belong together, and that "
                "the service may read them."
            ) from error
        self._seen = found

    @staticmethod
    def _stamp(file: Path) -> tuple[int, int, int]:
        try:
            status = file.stat()  # of the target: certbot and lego exchange symbolic links
        except OSError as error:
            raise TlsError(
                f"The file {file} cannot be read ({error.strerror}). Correct its path in the "
                "configuration (tls.certificate, tls.private_key), or put it where the service can "
                "read it: homecall-appliance check-config tells."
            ) from error
        return status.st_mtime_ns, status.st_size, status.st_ino


def certified_names(pem: bytes) -> Names:
    """Return the names and addresses of the first certificate in a PEM file (RFC 5280, section
    4.2.1.6); none where it has none, or none that can be read."""
    try:
        extensions = x509.load_pem_x509_certificate(pem).extensions
        found = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return Names((), ())
    addresses = found.get_values_for_type(x509.IPAddress)
    return Names(
        dns=tuple(
            name.lower().removesuffix(".") for name in found.get_values_for_type(x509.DNSName)
        ),
        addresses=tuple(each for each in addresses if isinstance(each, IPAddress)),
    )


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

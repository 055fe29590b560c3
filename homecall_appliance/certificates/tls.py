"""The certificate that the web server shows, exchanged while it runs."""

import logging
import os
import ssl
from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from cryptography import x509

from homecall_appliance.certificates.served_names import bears, names_of
from homecall_appliance.network.addresses import Names

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
        """The appliance's own authority, which a phone may be asked to trust; None where there is
        none."""
        ...

    @property
    def authority_end(self) -> datetime | None:
        """When that authority ends; None where there is none."""
        ...

    @property
    def names(self) -> Names:
        """What the certificates of the moment vouch for; a name may begin with "*."."""
        ...

    @property
    def lacking(self) -> bool:
        """Whether there is no certificate for the name of links at the moment, although there
        ought to be an owner's: then they had better lead to an address."""
        ...

    @property
    def problem(self) -> str | None:
        """What the owner should mend although a certificate is served: a sentence, or None."""
        ...

    @property
    def notice(self) -> str | None:
        """What the owner should know although nothing is wrong: a sentence, or None."""
        ...

    def needs_trust(self, host: str) -> bool:
        """Whether who connects to this host, a name or an address, is shown a certificate of the
        appliance's own authority."""
        ...

    def bears(self, host: str) -> bool:
        """Whether the certificate that is shown to who connects to this host is for it."""
        ...

    def is_owners(self, connection: ssl.SSLObject) -> bool:
        """Whether this connection was shown the owner's certificate, and that is still good."""
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
        self.context = server_context()
        self.context.sni_callback = self._pick
        self.newest = self.context
        """The context that has the certificate of the moment."""

        self.names = Names((), ())
        self.problem: str | None = None
        self.notice: str | None = None

    def refresh(self) -> bool:
        """See Certificates.refresh."""
        before = self.newest
        try:
            self._update()
        except TlsError as error:
            self._tell(str(error))
        else:
            self._tell(None)
        return self.newest is not before

    def bears(self, host: str) -> bool:
        """See Certificates.bears."""
        return bears(self.names, host)

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

    def _serve(self, pem: bytes) -> None:
        """Show what is in `pem` from now on: the server's certificate, those of its issuers, and
        the private key, which is not encrypted. OSError where OpenSSL does not take them."""
        context = server_context()
        with _in_memory(pem) as file:
            context.load_cert_chain(file)
        self.newest, self.names = context, certified_names(pem)

    def _withdraw(self) -> None:
        """Show nothing any more: handshakes fail."""
        self.newest, self.names = self.context, Names((), ())

    def _pick(
        self, connection: ssl.SSLObject, _server_name: str | None, _context: ssl.SSLContext
    ) -> None:
        connection.context = self.newest


def certified_names(pem: bytes) -> Names:
    """Return the names and addresses of the first certificate in a PEM file; none where it has
    none, or none that can be read."""
    try:
        return names_of(x509.load_pem_x509_certificate(pem))
    except ValueError:
        return Names((), ())


@contextmanager
def _in_memory(content: bytes) -> Generator[Path, None, None]:
    """A file for OpenSSL, which takes nothing else: it is in no directory, and is gone at the end
    (memfd_create(2)). Only who may debug this process can open it."""
    with os.fdopen(os.memfd_create("certificate"), "wb") as file:
        file.write(content)
        file.flush()
        yield Path(f"/proc/self/fd/{file.fileno()}")


def server_context() -> ssl.SSLContext:
    """Return a context of the versions and ciphers that are spoken here, without a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")  # RFC 9325, section 4.2
    context.set_alpn_protocols(["http/1.1"])
    return context

"""Which certificate a connection is shown: the owner's for its names, else one of our own."""

import ssl
from collections.abc import Callable
from datetime import datetime

from homecall_appliance.certificates.files import CertificateFiles
from homecall_appliance.certificates.local_ca import LocalAuthority
from homecall_appliance.certificates.served_names import bears
from homecall_appliance.certificates.tls import server_context
from homecall_appliance.network.addresses import IPAddress, Names, address_of

MEANWHILE = (
    "Until there is a good one, links lead to this machine's address, with a certificate of the "
    "appliance's own."
)


class CertificateSelection:
    """The owner's certificate, and in every other place one of the appliance's own authority.

    A connection without SNI is one by an address (RFC 6066, section 3): for those an owner's
    certificate of a public authority is none. So is a name that it does not bear. While there is
    no usable one, everybody gets our own, and `lacking` says that links had better lead to an
    address.
    """

    def __init__(
        self, owner: CertificateFiles, local: LocalAuthority, address: Callable[[], str]
    ) -> None:
        """`address` returns that of links without a name; whoever comes without SNI has most
        likely come by it."""
        self.context = server_context()
        self.context.sni_callback = self._pick
        self._owner = owner
        self._local = local
        self._find_address = address
        self._address = address_of(address())

    @property
    def authority_pem(self) -> bytes:
        """See Certificates.authority_pem."""
        return self._local.authority_pem

    @property
    def authority_end(self) -> datetime:
        """See Certificates.authority_end."""
        return self._local.authority_end

    @property
    def names(self) -> Names:
        """See Certificates.names."""
        owner, local = self._owner.names, self._local.names
        return Names((*owner.dns, *local.dns), (*owner.addresses, *local.addresses))

    @property
    def lacking(self) -> bool:
        """See Certificates.lacking."""
        return not self._owner.serves

    @property
    def problem(self) -> str | None:
        """See Certificates.problem. What is wrong with our own counts only while links need it."""
        if not self.lacking:
            return self._owner.problem
        told = (self._owner.problem, MEANWHILE, self._local.problem)
        return " ".join(filter(None, told))

    @property
    def notice(self) -> str | None:
        """See Certificates.notice."""
        told = (self._owner.notice, self._local.notice if self.lacking else None)
        return " ".join(filter(None, told)) or None

    def refresh(self) -> bool:
        """See Certificates.refresh."""
        self._address = address_of(self._find_address())
        return any([self._owner.refresh(), self._local.refresh()])

    def needs_trust(self, host: str) -> bool:
        """See Certificates.needs_trust."""
        return not self._is_for_owner(None if address_of(host) else host)

    def bears(self, host: str) -> bool:
        """See Certificates.bears."""
        return bears((self._local if self.needs_trust(host) else self._owner).names, host)

    def is_owners(self, connection: ssl.SSLObject) -> bool:
        """See Certificates.is_owners."""
        return self._owner.is_owners(connection)

    def _is_for_owner(self, name: str | None) -> bool:
        host: str | IPAddress | None = name or self._address
        return self._owner.serves and host is not None and bears(self._owner.names, host)

    def _pick(
        self, connection: ssl.SSLObject, server_name: str | None, _context: ssl.SSLContext
    ) -> None:
        chosen = self._owner if self._is_for_owner(server_name) else self._local
        connection.context = chosen.newest

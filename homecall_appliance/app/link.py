"""The link of the moment, with which phones call."""

from homecall_appliance.app.name_monitor import NameMonitor
from homecall_appliance.app.network_monitor import NetworkMonitor
from homecall_appliance.calls.reception import Reception
from homecall_appliance.certificates.tls import Certificates
from homecall_appliance.config.model import Server
from homecall_appliance.control.status import LinkStatus
from homecall_appliance.network.addresses import address_of, https_origin, link_host


class Link:
    """Leads to the web client at the host of the moment, and to the session that is published."""

    def __init__(
        self,
        server: Server,
        network: NetworkMonitor,
        reception: Reception,
        certificates: Certificates,
        name: NameMonitor,
    ) -> None:
        """A name of server.public_host is of use as long as there is a certificate for it, and
        the network knows it."""
        self._server = server
        self._network = network
        self._reception = reception
        self._certificates = certificates
        self._name = name

    @property
    def wanted_host(self) -> str:
        """The host in links while all is well: a name, or an address without brackets."""
        return self._network.host

    @property
    def host(self) -> str:
        """The host in links."""
        return self._network.address if self._is_detour else self.wanted_host

    @property
    def base_url(self) -> str:
        """The address of the web client, as links begin."""
        # A router maps public_port where the name leads to; at home the port is our own.
        port = self._server.https_port if self._is_detour else self._server.link_port
        return https_origin(link_host(self.host), port) + "/"

    @property
    def _is_detour(self) -> bool:
        if address_of(self.wanted_host) is not None:
            return False
        return self._certificates.lacking or bool(self._name.hidden) or self._is_unvouched

    @property
    def _is_unvouched(self) -> bool:
        """Whether no certificate of the appliance has the name; that of a proxy may."""
        return not (self._server.trusted_proxies or self._certificates.bears(self.wanted_host))

    @property
    def status(self) -> LinkStatus:
        """The link and its session; without one the link leads to nobody."""
        published = self._reception.published
        session_id = published.session_id if published else ""
        return LinkStatus(f"{self.base_url}?session={session_id}", session_id, self._name.problem)

    @property
    def url(self) -> str | None:
        """The link; None: none is published yet."""
        return self.status.url if self._reception.published else None

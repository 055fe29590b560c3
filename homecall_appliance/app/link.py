"""The link of the moment, with which phones call."""

from homecall_appliance.app.network_monitor import NetworkMonitor
from homecall_appliance.calls.reception import Reception
from homecall_appliance.control.status import LinkStatus
from homecall_appliance.web.addresses import https_origin, link_host


class Link:
    """Leads to the web client at the host of the moment, and to the session that is published."""

    def __init__(self, port: int, network: NetworkMonitor, reception: Reception) -> None:
        """`port` is the one that links carry."""
        self._port = port
        self._network = network
        self._reception = reception

    @property
    def host(self) -> str:
        """The host in links: a name, or an address without brackets."""
        return self._network.host

    @property
    def base_url(self) -> str:
        """The address of the web client, as links begin."""
        return https_origin(link_host(self.host), self._port) + "/"

    @property
    def status(self) -> LinkStatus:
        """The link and its session; without one the link leads to nobody."""
        published = self._reception.published
        session_id = published.session_id if published else ""
        return LinkStatus(f"{self.base_url}?session={session_id}", session_id)

    @property
    def url(self) -> str | None:
        """The link; None: none is published yet."""
        return self.status.url if self._reception.published else None

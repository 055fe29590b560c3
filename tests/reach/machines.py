"""Machines of the laboratory, and the cables between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.reach.addresses import ROUTER, Subnet
from tests.support.network import Machine, namespace

BRIDGE_FILTER = Path("/proc/sys/net/bridge")
"""There with br_netfilter, which containers have loaded: it takes what NAT sends back out of the
bridge that it came by for a frame of the bridge, and no bridge sends that out of the same port."""


class Node(Machine):
    """A machine with interfaces and routes."""

    def __init__(self, name: str, *, v4: bool, v6: bool) -> None:
        super().__init__(name)
        self.v4, self.v6 = v4, v6
        """What it has addresses of."""
        # A router asks for its neighbours from its link-local address (RFC 4861, section 7.2.2).
        self._generating = "eui64" if v6 else "none"
        every = "net/ipv6/conf/default"
        self.set_kernel(0, f"{every}/accept_dad", f"{every}/accept_ra")

    def forward(self) -> None:
        """Be a router."""
        self.set_kernel(1, "net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding")
        if BRIDGE_FILTER.is_dir():
            calls = (f"net/bridge/bridge-nf-call-{each}" for each in ("iptables", "ip6tables"))
            self.set_kernel(0, *calls)

    def bridge(self, name: str, *addresses: str) -> None:
        """Make a bridge that has these addresses."""
        self.ip("link", "add", name, "type", "bridge")
        self.ip("link", "set", name, "addrgenmode", self._generating, "up")
        self.address(name, *addresses)

    def cable(
        self, port: str, other: "Node", other_port: str, bridge: str = "", hardware: str = ""
    ) -> None:
        """Lay a cable to another machine, and there into a bridge; `hardware` is the MAC address of
        this end, another one each time without."""
        self.ip(
            "link", "add", port, "type", "veth", "peer", "name", other_port, "netns", other.name
        )
        self.ip("link", "set", port, "addrgenmode", self._generating)
        if hardware:
            self.ip("link", "set", port, "address", hardware)
        other.ip("link", "set", other_port, "addrgenmode", self._generating)
        if bridge:
            other.ip("link", "set", other_port, "master", bridge)
        other.ip("link", "set", other_port, "up")
        self.ip("link", "set", port, "up")

    def address(self, port: str, *addresses: str) -> None:
        """Give an interface further addresses, such as "192.0.2.7/24"."""
        for each in addresses:
            self.ip("address", "add", each, "dev", port, *(["nodad"] if ":" in each else []))

    def settle(self, port: str, subnet: Subnet, number: int) -> None:
        """Have the addresses of that number of a link, and send by its router."""
        self.address(port, *subnet.interfaces(number, v4=self.v4, v6=self.v6))
        if self.v4:
            self._route_by(port, subnet.host4(ROUTER))
        if self.v6 and subnet.ipv6:
            self._route_by(port, subnet.host6(ROUTER), "-6")

    def unsettle(self, port: str) -> None:
        """Have no address on an interface any more."""
        self.ip("address", "flush", "dev", port)

    def _route_by(self, port: str, router: str, *family: str) -> None:
        self.ip(*family, "route", "replace", "default", "via", router, "dev", port)


@contextmanager
def node(*, v4: bool, v6: bool) -> Iterator[Node]:
    """A machine; what runs in it ends with it. Raises AssertionError with what it needs."""
    with namespace() as name:
        made = Node(name, v4=v4, v6=v6)
        try:
            yield made
        finally:
            made.kill()

"""The networks between a phone and the appliance: machines, cables, routers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.reach.addresses import (
    APPLIANCE,
    APPLIANCE4,
    CARRIER,
    DEAD,
    DEAD4,
    GATE,
    GUEST,
    GUEST_PHONE,
    HOME,
    HOME4,
    LAN,
    MOBILE,
    OTHER_APPLIANCE,
    OTHER_RELAY,
    PHONE,
    RELAY,
    ROUTER,
    WAN,
    Subnet,
)
from tests.reach.firewall import guard, silence, translation
from tests.reach.machines import Node, node
from tests.reach.topology import Topology

WIFI, RADIO = "wlan0", "wwan0"
"""The phone's interfaces."""

HARDWARE = {WIFI: "02:00:00:00:00:01", RADIO: "02:00:00:00:00:02"}
"""Their MAC addresses, which a phone keeps for a network: routers remember them for a while."""

CABLE = "eth0"
"""The appliance's interface."""


class Networks:
    """Five machines: the internet, the routers of the home and of the mobile network, the appliance
    and the phone."""

    def __init__(self, topology: Topology, stack: ExitStack) -> None:
        self.topology = topology
        made = [stack.enter_context(node(v4=topology.v4, v6=topology.v6)) for _ in range(5)]
        self.internet, self.home, self.carrier, self.appliance, self.phone = made
        self._renumbered = OTHER_APPLIANCE
        for each in (self.internet, self.home, self.carrier):
            each.forward()
        self._build_internet()
        self._build_site(self.home, "to-home", HOME, LAN)
        self._build_site(self.carrier, "to-mobile", CARRIER, MOBILE)
        self.home.bridge("guest", *GUEST.interfaces(ROUTER, v4=topology.v4, v6=topology.v6))
        self.home.nft(guard(topology.home_blocks, pinhole=topology.forwarded))
        self.carrier.nft(guard(topology.mobile_blocks, pinhole=False))
        if topology.v4:
            forwarded = HOME4 if topology.forwarded else ""
            self.home.nft(translation(topology.home_nat, forwarded, hairpin=topology.hairpin))
            self.carrier.nft(translation(topology.mobile_nat))
        self.appliance.cable(CABLE, self.home, "to-appliance", "lan")
        self.appliance.settle(CABLE, LAN, APPLIANCE)
        if topology.where == "lan":
            self.join_lan()
        else:
            self.join_mobile()
        for each in (self.appliance, self.phone):
            each.resolve_by(GATE if topology.v4 else WAN.host6(ROUTER))

    def join_mobile(self) -> None:
        """Give the phone an interface in the mobile network, and its routes."""
        self.phone.cable(RADIO, self.carrier, "to-phone", "lan", HARDWARE[RADIO])
        self.phone.settle(RADIO, MOBILE, PHONE)

    def leave_mobile(self) -> None:
        """Take it away."""
        self.phone.ip("link", "delete", RADIO)

    def join_lan(self) -> None:
        """Give the phone an interface in the LAN, and its routes."""
        self.phone.cable(WIFI, self.home, "to-phone", "lan", HARDWARE[WIFI])
        self.phone.settle(WIFI, LAN, PHONE)

    def leave_lan(self) -> None:
        """Take it away."""
        self.phone.ip("link", "delete", WIFI)

    def move_phone(self, bridge: str) -> None:
        """Have the phone's Wi-Fi in the bridge "lan" or "guest" of the home's router."""
        self.phone.ip("link", "set", WIFI, "down")
        self.phone.unsettle(WIFI)
        self.home.ip("link", "set", "to-phone", "master", bridge)
        self.phone.ip("link", "set", WIFI, "up")
        if bridge == "guest":
            self.phone.settle(WIFI, GUEST, GUEST_PHONE)
        else:
            self.phone.settle(WIFI, LAN, PHONE)

    def move_appliance(self) -> str:
        """Give the appliance an address that it has not had yet; returns it."""
        number, self._renumbered = self._renumbered, self._renumbered + 1
        self.appliance.unsettle(CABLE)
        self.appliance.settle(CABLE, LAN, number)
        return LAN.host4(number)

    def change_home_address(self, number: int) -> None:
        """Give the home another public address, as providers do each night, and forward its port
        443 as well."""
        address = WAN.host4(number)
        self.home.unsettle("wan0")
        self.home.nft(
            f"add rule ip nat prerouting ip daddr {address} tcp dport 443 dnat to {APPLIANCE4}"
        )
        self.home.settle("wan0", WAN, number)

    def _build_internet(self) -> None:
        addresses = [
            address
            for number in (ROUTER, RELAY, OTHER_RELAY, DEAD)
            for address in WAN.interfaces(number, v4=self.topology.v4, v6=self.topology.v6)
        ]
        self.internet.bridge("wan", *addresses)
        # What is for nowhere is lost in silence, as in the internet: coturn gives up where it is
        # told of it.
        self.internet.ip("link", "add", "nowhere", "type", "veth", "peer", "name", "nothing")
        self.internet.ip("link", "set", "nothing", "up")
        self.internet.ip("link", "set", "nowhere", "arp", "off", "up")
        self.internet.ip("route", "add", "default", "dev", "nowhere")
        if self.topology.v6:
            self.internet.ip("-6", "route", "add", "default", "dev", "nowhere")
        self.internet.nft(silence(f"ip daddr {DEAD4}"))

    def _build_site(self, router: Node, port: str, number: int, inside: Subnet) -> None:
        router.cable("wan0", self.internet, port, "wan")
        router.bridge("lan", *inside.interfaces(ROUTER, v4=router.v4, v6=router.v6))
        router.settle("wan0", WAN, number)
        if self.topology.v6:
            network, gateway = f"{inside.ipv6}::/64", WAN.host6(number)
            self.internet.ip("-6", "route", "add", network, "via", gateway)


@contextmanager
def networks(topology: Topology) -> Iterator[Networks]:
    """Make all of them; what runs in them ends with them. Raises AssertionError with what they
    need."""
    with ExitStack() as stack:
        yield Networks(topology, stack)

"""Who has which address: all are for documentation or private (RFC 5737, 3849, 1918, 6598)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Subnet:
    """The addresses of one link."""

    ipv4: str
    """The first three numbers of a /24."""

    ipv6: str = ""
    """The first half of the addresses of a /64; empty: the link has none."""

    def host4(self, number: int) -> str:
        """An IPv4 address in it."""
        return f"{self.ipv4}.{number}"

    def host6(self, number: int) -> str:
        """An IPv6 address in it, whose last digits in hexadecimal are those of the number."""
        return f"{self.ipv6}::{number}"

    def interfaces(self, number: int, *, v4: bool, v6: bool) -> list[str]:
        """The addresses of a host with the lengths of their prefixes, as ip(8) takes them."""
        return [
            *([f"{self.host4(number)}/24"] if v4 else []),
            *([f"{self.host6(number)}/64"] if v6 and self.ipv6 else []),
        ]


WAN = Subnet("203.0.113", "2001:db8:0:1")
LAN = Subnet("192.168.1", "2001:db8:50")
GUEST = Subnet("192.168.2")
MOBILE = Subnet("100.64.0", "2001:db8:60")

ROUTER = 1
"""The number of each link's router; in the WAN it is the internet itself, with its DNS server."""

RELAY, DEAD, OTHER_RELAY = 10, 11, 12
HOME, OTHER_HOME, CARRIER = 50, 51, 60
"""Of the WAN: the home's router, the address that it gets later, and the mobile network's NAT."""

APPLIANCE, OTHER_APPLIANCE, PHONE, GUEST_PHONE = 10, 11, 20, 30

GATE = WAN.host4(ROUTER)
RELAY4, RELAY6 = WAN.host4(RELAY), WAN.host6(RELAY)
OTHER_RELAY4, DEAD4 = WAN.host4(OTHER_RELAY), WAN.host4(DEAD)
HOME4, OTHER_HOME4 = WAN.host4(HOME), WAN.host4(OTHER_HOME)
APPLIANCE4, APPLIANCE6 = LAN.host4(APPLIANCE), LAN.host6(APPLIANCE)

NAME, RELAY_NAME = "door.example.test", "relay.example.test"
"""The names of the home and of the relay in the DNS."""

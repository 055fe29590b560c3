"""A machine's network interfaces as the kernel shows them, in folders of a test's own."""

from collections.abc import Sequence
from ipaddress import IPv4Interface, ip_address, ip_interface
from pathlib import Path

import ifaddr

from homecall_appliance.network.home_network import HomeNetwork
from homecall_appliance.network.interfaces import Interfaces

UP = 0x1003
LOOPBACK = 0x9
TUNNEL = 0x10D1
"""As of WireGuard and of a tun: up, point-to-point, without ARP."""

DUMMY = 0x83

TEMPORARY = 0x01
DEPRECATED = 0x20
TENTATIVE = 0x40
FAILED = 0x08


class Kernel:
    """What /sys/class/net and /proc/net/if_inet6 have, and getifaddrs(3) returns."""

    def __init__(self, folder: Path) -> None:
        self.sysfs = folder / "net"
        self.sysfs.mkdir()
        self.if_inet6 = folder / "if_inet6"
        self.flags: dict[tuple[str, str], int] = {}
        self.addresses: list[tuple[str, str]] = []
        self.sources: list[str] = []
        self.ipv6 = True
        self.add("lo", "127.0.0.1/8", "::1/128", flags=LOOPBACK)

    def add(
        self,
        name: str,
        *addresses: str,
        flags: int = UP,
        device: bool = False,
        below: Sequence[str] = (),
        having: Sequence[str] = (),
        paired: bool = False,
        carrier: bool = True,
    ) -> None:
        """Add an interface. `below` are those it lies upon, `having` further files of it; `paired`
        says that it is one end of a cable (veth)."""
        folder = self.sysfs / name
        folder.mkdir()
        number = len(list(self.sysfs.iterdir()))
        (folder / "flags").write_text(f"{flags:#x}\n")
        (folder / "ifindex").write_text(f"{number}\n")
        (folder / "iflink").write_text(f"{number + paired}\n")
        (folder / "carrier").write_text(f"{carrier:d}\n")
        for file in [*(f"lower_{each}" for each in below), *having, *(["device"] * device)]:
            (folder / file).mkdir()
        self.assign(name, *addresses)

    def assign(self, name: str, *addresses: str, flags: int = 0) -> None:
        """Give an interface addresses, with these flags (IFA_F_…)."""
        for each in addresses:
            self.addresses.append((name, each))
            self.flags[name, each] = flags

    def withdraw(self, name: str, address: str) -> None:
        self.addresses.remove((name, address))

    def home(self, *wanted: str) -> HomeNetwork:
        return HomeNetwork(
            wanted,
            Interfaces(self.sysfs),
            self.if_inet6,
            self._adapters,
            lambda: [ip_address(each) for each in self.sources],
        )

    def _adapters(self) -> list[ifaddr.Adapter]:
        if self.ipv6:
            self.if_inet6.write_text("".join(map(self._row, self.addresses)))
        found = []
        for name, text in self.addresses:
            each = ip_interface(text)
            ipv4 = isinstance(each, IPv4Interface)
            ip = ifaddr.IP(
                str(each.ip) if ipv4 else (str(each.ip), 0, 2), each.network.prefixlen, name
            )
            found.append(ifaddr.Adapter(name, name, [ip]))
        return found

    def _row(self, assigned: tuple[str, str]) -> str:
        name, each = assigned[0], ip_interface(assigned[1])
        if each.version == 4:
            return ""
        number = (self.sysfs / name / "ifindex").read_text()
        fields = f"{int(number):02x} {each.network.prefixlen:02x} 00 {self.flags[assigned]:02x}"
        return f"{int(each.ip):032x} {fields} {name:>8}\n"

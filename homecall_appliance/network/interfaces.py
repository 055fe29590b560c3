"""Which network interfaces of this machine are the home's, by which phones come.

They are those with hardware (a cable, Wi-Fi), and what lies upon one of them: a bridge of which it
is a port, a VLAN, a bond. Tunnels (VPNs), and bridges and cables that lead to containers and
virtual machines alone, are not. What an interface is follows from what the kernel tells of it
(Linux, Documentation/ABI/testing/sysfs-class-net), never from its name.
"""

from dataclasses import dataclass
from pathlib import Path

SYSFS = Path("/sys/class/net")

# linux/if.h
_UP = 0x1
_LOOPBACK = 0x8
_POINT_TO_POINT = 0x10
_NO_ARP = 0x80


@dataclass(frozen=True)
class Interfaces:
    """The interfaces as a folder like /sys/class/net has them.

    Of one that is not there nothing is known: it counts as one of the home that is up.
    """

    folder: Path = SYSFS

    def exists(self, name: str) -> bool:
        """Whether this machine has it now."""
        return (self.folder / name).is_dir()

    def is_up(self, name: str) -> bool:
        """Whether it is switched on; what is attached to it is another matter."""
        return bool(self._flags(name, _UP) & _UP)

    def has_carrier(self, name: str) -> bool:
        """Whether its cable is plugged in, or its Wi-Fi is joined."""
        return self._number(name, "carrier", otherwise=1) == 1

    def is_home(self, name: str) -> bool:
        """Whether phones at home come by it, as far as the kernel tells."""
        flags = self._flags(name, 0)
        if flags & (_LOOPBACK | _POINT_TO_POINT) or self._has(name, "tun_flags"):
            return False  # WireGuard and tun are point-to-point; a tap has only its tun_flags
        if self._has_hardware(name):
            return True
        if flags & _NO_ARP or self._has(name, "bridge"):
            return False  # dummies and tunnels of the kernel; what joins containers
        if self._number(name, "iflink") != self._number(name, "ifindex"):
            return not self._has(name, "brport") and not self._is_machine()
        return True

    def _is_machine(self) -> bool:
        """Whether there is hardware. Where there is none, in a container, the end of a cable
        (veth) is what leads to the home; elsewhere it is what leads to a container."""
        return any(
            self._has(each.name, "device") and not self._flags(each.name, 0) & _POINT_TO_POINT
            for each in self.folder.glob("*")
        )

    def _has_hardware(self, name: str) -> bool:
        """Whether it is a device, or lies upon one: the kernel allows eight layers."""
        layer = {name}
        for _ in range(8):
            if any(self._has(each, "device") for each in layer):
                return True
            layer = {
                lower.name.removeprefix("lower_")
                for each in layer
                for lower in (self.folder / each).glob("lower_*")
            }
        return False

    def _has(self, name: str, file: str) -> bool:
        return (self.folder / name / file).exists()

    def _flags(self, name: str, otherwise: int) -> int:
        return self._number(name, "flags", otherwise=otherwise)

    def _number(self, name: str, file: str, *, otherwise: int = 0) -> int:
        try:
            return int((self.folder / name / file).read_text(), 0)
        except (OSError, ValueError):  # gone meanwhile; `carrier` of one that is not up
            return otherwise

"""Addresses, the default route and the clock (proc(5), route(8))."""

from collections.abc import Iterable
from pathlib import Path

from homecall_appliance.network.addresses import IPAddress

_UP, _REJECT = 0x1, 0x200  # linux/route.h: RTF_UP, RTF_REJECT


def outward_addresses(addresses: Iterable[IPAddress]) -> tuple[str, ...]:
    """Those of the addresses by which another machine may reach this one."""
    return tuple(
        str(each)
        for each in addresses
        if not each.is_loopback and not (each.version == 6 and each.is_link_local)
    )


def has_default_route(proc: Path = Path("/proc")) -> bool:
    """Whether there is a way to the internet, by IPv4 or IPv6."""
    return _ipv4(_rows(proc / "net" / "route")[1:]) or _ipv6(_rows(proc / "net" / "ipv6_route"))


def _ipv4(rows: list[list[str]]) -> bool:
    # Iface Destination Gateway Flags RefCnt Use Metric Mask …
    return any(
        int(row[1], 16) == 0 and int(row[7], 16) == 0 and _usable(int(row[3], 16)) for row in rows
    )


def _ipv6(rows: list[list[str]]) -> bool:
    # destination, its prefix, source, its prefix, next hop, metric, counters, flags, device
    return any(
        int(row[0], 16) == 0
        and int(row[1], 16) == 0
        and _usable(int(row[8], 16))
        and row[9] != "lo"
        for row in rows
    )


def _usable(flags: int) -> bool:
    return bool(flags & _UP) and not flags & _REJECT


def _rows(table: Path) -> list[list[str]]:
    try:
        return [line.split() for line in table.read_text().splitlines() if line.strip()]
    except OSError:
        return []

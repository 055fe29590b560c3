"""The routers of the home and of the mobile network, as nft(8) is told. PURE."""

from collections.abc import Iterable

from tests.reach.addresses import APPLIANCE4, APPLIANCE6, LAN
from tests.reach.topology import Nat

NO_UDP = ('iifname "lan" meta l4proto udp udp dport != 53 drop',)
"""No datagram leaves but to ask for a name."""

ONLY_443 = (
    *NO_UDP,
    'iifname "lan" ct direction original meta l4proto tcp tcp dport != 443 drop',
)
"""Besides, of TCP nothing but the web, and answers to who has come in."""

_HOW = {"cone": "masquerade", "symmetric": "masquerade random,fully-random"}


def guard(blocks: Iterable[str], *, pinhole: bool) -> str:
    """A stateful firewall: from inside everything passes but for `blocks`, rules that come first;
    from outside what was asked for, and with a pinhole what is for the appliance's web ports."""
    lines = [
        *blocks,
        "tcp flags syn tcp option maxseg size set rt mtu",
        "ct state established,related accept",
        "meta l4proto icmpv6 accept",
        "ct status dnat accept",
        'iifname { "lan", "guest" } accept',
        *([f"ip6 daddr {APPLIANCE6} tcp dport 443 accept"] if pinhole else []),
    ]
    return _table(
        "inet guard",
        _chain(
            "input",
            "filter",
            0,
            "ct state established,related accept",
            "meta l4proto { icmp, icmpv6 } accept",
            'iifname "wan0" drop',
        ),
        _chain("forward", "filter", 0, "policy drop;", *lines),
    )


def translation(nat: Nat, forwarded: str = "", *, hairpin: bool = True) -> str:
    """NAT (RFC 4787). The ports of a "cone" depend on the sender alone, and only those who were
    written to may write back; those of a "symmetric" one on both ends.

    The port 443 of the public address `forwarded` is the appliance's; without hairpin only for who
    comes from outside.
    """
    arrival = f"ip daddr {forwarded} tcp dport 443 dnat to {APPLIANCE4}"
    inside = f"ip saddr {LAN.ipv4}.0/24 ip daddr {APPLIANCE4} tcp dport 443 masquerade"
    arrivals = [arrival if hairpin else f'iifname "wan0" {arrival}'] if forwarded else []
    back = [inside] if forwarded and hairpin else []
    return _table(
        "ip nat",
        _chain("prerouting", "nat", -100, *arrivals),
        _chain("postrouting", "nat", 100, *back, f'oifname "wan0" {_HOW[nat]}'),
    )


def silence(*rules: str) -> str:
    """A machine that hears nothing, and passes nothing on, of what these rules match; without a
    rule: of anything."""
    drops = [f"{rule} drop" for rule in rules or ("",)]
    return _table(
        "inet silence",
        _chain("input", "filter", -10, *drops),
        _chain("forward", "filter", -10, *drops),
    )


def _chain(hook: str, kind: str, priority: int, *lines: str) -> str:
    return "\n".join(
        [f"chain {hook} {{", f"type {kind} hook {hook} priority {priority};", *lines, "}"]
    )


def _table(name: str, *chains: str) -> str:
    return "\n".join([f"table {name} {{", *chains, "}"])

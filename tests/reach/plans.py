"""The paths by which a call begins."""

from collections.abc import Mapping
from dataclasses import replace

from tests.reach.addresses import DEAD4, HOME4
from tests.reach.conditions import (
    NGINX_PORT,
    containers,
    far,
    far_by_nginx,
    narrow_mtu,
    offline,
    tunnel,
)
from tests.reach.plan import Plan
from tests.reach.services import STUN, UDP, turn

BOTH = {"stun": [STUN], "turn": [turn(UDP)]}
DEAD_RELAY = turn(f"turn:{DEAD4}:3478")

AT_HOME = Plan(where="lan")
OUTSIDE = Plan(host=HOME4)
"""By a link with the home's public address."""

SYMMETRIC = replace(OUTSIDE, home_nat="symmetric")
"""Nothing but a relay leads there."""

IPV6 = Plan(v4=False, v6=True)

IN_THE_LAN: Mapping[str, Plan] = {
    "lan": replace(AT_HOME, what="phone in the LAN"),
    "lan-viewer": replace(
        AT_HOME, what="the same, without devices: candidates by mDNS", access="none"
    ),
    "lan-ice": replace(AT_HOME, what="phone in the LAN; STUN and TURN", ice=BOTH),
    "lan-ice-offline": replace(
        AT_HOME, what="the same, the internet is down", ice=BOTH, prepare=offline
    ),
    "lan-ice-offline-names": replace(
        AT_HOME,
        what="the same, servers given by name",
        ice={
            "stun": ["stun:stun.example.test:3478"],
            "turn": [turn("turn:turn.example.test:3478")],
        },
        prepare=offline,
    ),
    "lan-stun-dead": replace(
        AT_HOME, what="phone in the LAN; a dead STUN server", ice={"stun": [f"stun:{DEAD4}:3478"]}
    ),
    "lan-turn-dead": replace(
        AT_HOME, what="phone in the LAN; a dead relay", ice={"turn": [DEAD_RELAY]}
    ),
    "lan-stun-docker": replace(
        AT_HOME,
        what="phone in the LAN; STUN; the appliance has docker0",
        ice={"stun": [STUN]},
        prepare=containers,
    ),
    "lan-docker": replace(
        AT_HOME, what="phone in the LAN; the appliance has docker0", prepare=containers
    ),
    "lan-public-link": replace(
        AT_HOME, what="phone in the LAN by the public link; router with hairpin", host=HOME4
    ),
    "lan-public-link-no-hairpin": replace(
        AT_HOME,
        what="the same, router without hairpin",
        host=HOME4,
        hairpin=False,
        runs=1,
        expect=("no page",),
    ),
    "far": replace(AT_HOME, what="phone 100 ms away, there and back", prepare=far, runs=5),
    "far-http1": replace(
        AT_HOME,
        what="the same by nginx, HTTP/1.1",
        prepare=far_by_nginx(""),
        server={"public_port": NGINX_PORT},
        runs=5,
    ),
    "far-http2": replace(
        AT_HOME,
        what="the same by nginx, HTTP/2",
        prepare=far_by_nginx("http2"),
        server={"public_port": NGINX_PORT},
        runs=5,
    ),
    "vpn-mtu": replace(
        AT_HOME, what="1280 bytes at both ends (Tailscale, WireGuard)", prepare=tunnel, limit=20
    ),
    "vpn-mtu-v6": replace(IPV6, where="lan", what="the same by IPv6", prepare=tunnel, limit=20),
}

FROM_OUTSIDE: Mapping[str, Plan] = {
    "wan-closed": replace(
        OUTSIDE, what="mobile; no port is forwarded", forwarded=False, runs=1, expect=("no page",)
    ),
    "wan-none": replace(
        OUTSIDE,
        what="mobile; 443 forwarded; neither STUN nor TURN",
        limit=150,
        runs=1,
        expect=("told",),
    ),
    "wan-stun-cone": replace(
        OUTSIDE, what="mobile, port-restricted NAT; STUN", ice={"stun": [STUN]}, mobile_nat="cone"
    ),
    "wan-stun-turn-cone": replace(
        OUTSIDE, what="the same; STUN and TURN", ice=BOTH, mobile_nat="cone"
    ),
    "wan-stun-symmetric": replace(
        OUTSIDE,
        what="mobile, symmetric NAT; STUN",
        ice={"stun": [STUN]},
        limit=150,
        runs=1,
        expect=("told",),
    ),
    "stun-mtu": replace(
        OUTSIDE,
        what="STUN; 1280 bytes on the way, no ICMP",
        ice={"stun": [STUN]},
        mobile_nat="cone",
        prepare=narrow_mtu,
    ),
    "v6-lan": replace(IPV6, where="lan", what="IPv6 only, in the LAN"),
    "v6-wan": replace(IPV6, what="IPv6 only; pinhole for 443; neither STUN nor TURN"),
    "v6-wan-public-v4": replace(
        OUTSIDE, what="IPv4 and IPv6; link by IPv4; neither STUN nor TURN", v6=True
    ),
    "v6-wan-mtu": replace(
        IPV6, what="IPv6 only; 1280 bytes on the way, no ICMP", prepare=narrow_mtu
    ),
}

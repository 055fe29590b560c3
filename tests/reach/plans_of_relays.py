"""The paths by which a call begins through a relay."""

from collections.abc import Mapping
from dataclasses import replace

from tests.reach.addresses import OTHER_RELAY4, RELAY4, RELAY6
from tests.reach.conditions import narrow_mtu
from tests.reach.firewall import NO_UDP, ONLY_443
from tests.reach.plan import Plan
from tests.reach.plans import BOTH, DEAD_RELAY, OUTSIDE, SYMMETRIC
from tests.reach.services import STUN, TCP, TLS, UDP, turn

OTHER = turn(f"turn:{OTHER_RELAY4}:3478?transport=udp")
CLOSED = turn(f"turn:{RELAY4}:3999?transport=udp")
"""A port at which nothing listens: the relay's machine says so (ICMP)."""

RELAY_ONLY = """
const Configured = globalThis.RTCPeerConnection;
globalThis.RTCPeerConnection = class RTCPeerConnection extends Configured {
  constructor(configuration) { super({ ...configuration, iceTransportPolicy: 'relay' }); }
};
"""

BY_A_RELAY: Mapping[str, Plan] = {
    "turn-udp": replace(
        SYMMETRIC, what="both NATs symmetric; TURN by UDP", ice={"turn": [turn(UDP)]}
    ),
    "turn-udp-relay-only": replace(
        SYMMETRIC,
        what="the same, relay only on the phone",
        ice={"turn": [turn(UDP)]},
        script=RELAY_ONLY,
    ),
    "stun-turn-udp": replace(SYMMETRIC, what="both NATs symmetric; STUN and TURN by UDP", ice=BOTH),
    "turn-tcp": replace(
        OUTSIDE,
        what="mobile without UDP; TURN by TCP",
        ice={"turn": [turn(TCP)]},
        mobile_blocks=NO_UDP,
    ),
    "turn-tls": replace(
        OUTSIDE,
        what="mobile with nothing but TCP 443; TURN by TLS",
        ice={"turn": [turn(TLS)]},
        mobile_blocks=ONLY_443,
    ),
    "turn-mtu": replace(
        SYMMETRIC,
        what="TURN by UDP; 1280 bytes on the way, no ICMP",
        ice={"turn": [turn(UDP)]},
        prepare=narrow_mtu,
    ),
    "turn-v6-literal": replace(
        OUTSIDE,
        what="a TURN URL with an IPv6 address",
        ice={"turn": [turn(f"turn:[{RELAY6}]:3478?transport=udp")]},
        v6=True,
        limit=60,
        runs=1,
    ),
    "turn-wrong-secret": replace(
        OUTSIDE,
        what="TURN with a wrong secret",
        ice={"turn": [turn(UDP, auth="not it")]},
        limit=150,
        runs=1,
        expect=("told",),
    ),
    "turn-clock": replace(
        SYMMETRIC,
        what="TURN; the appliance's clock is two days behind",
        ice={"turn": [turn(UDP)]},
        clock="-2d",
        limit=150,
        runs=1,
        expect=("told",),
    ),
}

BY_SEVERAL_RELAYS: Mapping[str, Plan] = {
    "turn-three-urls": replace(
        OUTSIDE,
        what="mobile with nothing but TCP 443; TURN by UDP, TCP, TLS in one table",
        ice={"turn": [turn(UDP, TCP, TLS)]},
        mobile_blocks=ONLY_443,
    ),
    "turn-three-urls-home": replace(
        OUTSIDE,
        what="home without UDP; TURN by UDP, TCP, TLS in one table",
        ice={"turn": [turn(UDP, TCP, TLS)]},
        home_blocks=NO_UDP,
        limit=100,
    ),
    "turn-three-urls-443": replace(
        OUTSIDE,
        what="home and mobile with nothing but TCP 443; TURN by UDP, TCP, TLS in one table",
        ice={"turn": [turn(UDP, TCP, TLS)]},
        home_blocks=ONLY_443,
        mobile_blocks=ONLY_443,
        limit=100,
    ),
    "turn-dead": replace(
        SYMMETRIC,
        what="both NATs symmetric; one relay, which is dead",
        ice={"turn": [DEAD_RELAY]},
        limit=150,
        runs=1,
        expect=("told",),
    ),
    "turn-dead-first": replace(
        SYMMETRIC,
        what="both NATs symmetric; two relays, the first dead",
        ice={"turn": [DEAD_RELAY, turn(UDP)]},
        limit=150,
    ),
    "turn-dead-last": replace(
        SYMMETRIC,
        what="both NATs symmetric; two relays, the second dead",
        ice={"turn": [turn(UDP), DEAD_RELAY]},
    ),
    "turn-closed-first": replace(
        SYMMETRIC,
        what="both NATs symmetric; two relays, the first has nothing at its port",
        ice={"turn": [CLOSED, turn(UDP)]},
        limit=150,
    ),
    "turn-wrong-first": replace(
        SYMMETRIC,
        what="both NATs symmetric; two relays, the first with a wrong secret",
        ice={"turn": [turn(UDP, auth="not it"), OTHER]},
        relays=2,
        limit=150,
    ),
    "stun-turn-dead-first": replace(
        SYMMETRIC,
        what="both NATs symmetric; STUN and two relays, the first dead",
        ice={"stun": [STUN], "turn": [DEAD_RELAY, turn(UDP)]},
        limit=150,
    ),
}

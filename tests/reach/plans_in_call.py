"""The paths on which something happens in the call."""

from collections.abc import Mapping
from dataclasses import replace

from tests.reach import events
from tests.reach.addresses import HOME4, NAME
from tests.reach.conditions import containers, offline
from tests.reach.firewall import NO_UDP
from tests.reach.plan import Plan
from tests.reach.plans import AT_HOME, BOTH, OUTSIDE, SYMMETRIC
from tests.reach.plans_of_relays import OTHER
from tests.reach.services import STUN, TCP, UDP, turn

LOST_SECONDS = 110
"""Longer than a page takes to find its path dead, and then to give up."""

OF_THE_PHONE: Mapping[str, Plan] = {
    "phone-subnet": replace(
        AT_HOME, what="the phone moves to the guest Wi-Fi", event=events.phone_to_guest, runs=5
    ),
    "phone-subnet-ice-offline": replace(
        AT_HOME,
        what="the same; STUN and TURN, the internet is down",
        ice=BOTH,
        prepare=offline,
        event=events.phone_to_guest,
    ),
    "wifi-to-mobile": replace(
        AT_HOME,
        what="Wi-Fi to mobile; public link, STUN and TURN",
        host=HOME4,
        ice=BOTH,
        event=events.wifi_to_mobile,
        within=75,
        runs=5,
    ),
    "mobile-to-wifi": replace(
        OUTSIDE,
        what="mobile to Wi-Fi; public link, STUN and TURN",
        ice=BOTH,
        event=events.mobile_to_wifi,
        within=75,
        runs=5,
    ),
    "wifi-to-mobile-lan-link": replace(
        AT_HOME,
        what="Wi-Fi to mobile; the link has the LAN's address",
        ice=BOTH,
        event=events.wifi_to_mobile,
        within=LOST_SECONDS,
        runs=1,
        expect=("told",),
    ),
    "nat-rebind": replace(
        OUTSIDE,
        what="the mobile NAT forgets its table; STUN",
        ice={"stun": [STUN]},
        mobile_nat="cone",
        event=events.mappings_lost,
    ),
    "nat-rebind-turn": replace(
        SYMMETRIC,
        what="the same; TURN by UDP",
        ice={"turn": [turn(UDP)]},
        event=events.mappings_lost,
    ),
}

OF_THE_APPLIANCE: Mapping[str, Plan] = {
    "appliance-moves": replace(
        AT_HOME,
        what="the appliance's address changes",
        event=events.appliance_moves,
        within=LOST_SECONDS,
        runs=2,
        expect=("call", "told"),
    ),
    "appliance-moves-wan": replace(
        OUTSIDE,
        what="the same, phone outside; STUN and TURN",
        ice=BOTH,
        event=events.appliance_moves,
        within=LOST_SECONDS,
        runs=1,
        expect=("call", "told"),
    ),
    "new-wan-address": replace(
        OUTSIDE,
        what="the home gets another public address; link by name",
        host=NAME,
        ice=BOTH,
        event=events.new_public_address,
        within=100,
        runs=1,
    ),
    "route-gone": replace(
        AT_HOME, what="the appliance loses its default route", event=events.route_lost, runs=1
    ),
    "route-gone-docker": replace(
        AT_HOME,
        what="the same, with docker0 besides",
        prepare=containers,
        event=events.route_lost,
        runs=1,
    ),
    "interface-added": replace(AT_HOME, what="docker0 comes", event=events.interface_added, runs=1),
}

OF_THE_RELAY: Mapping[str, Plan] = {
    "relay-restarts": replace(
        SYMMETRIC,
        what="the relay restarts; TURN by UDP",
        ice={"turn": [turn(UDP)]},
        event=events.relay_restarts,
        runs=2,
    ),
    "relay-restarts-tcp": replace(
        OUTSIDE,
        what="the relay restarts; TURN by TCP",
        ice={"turn": [turn(TCP)]},
        home_blocks=NO_UDP,
        mobile_blocks=NO_UDP,
        event=events.relay_restarts,
        runs=2,
    ),
    "relay-dies": replace(
        SYMMETRIC,
        what="the first of two relays dies",
        ice={"turn": [turn(UDP), OTHER]},
        relays=2,
        event=events.relay_dies,
        within=100,
    ),
    "turn-tcp-narrow": replace(
        OUTSIDE,
        what="TURN by TCP; the home's way out becomes 500 kbit/s",
        ice={"turn": [turn(TCP)]},
        home_blocks=NO_UDP,
        mobile_blocks=NO_UDP,
        event=events.narrows,
        runs=1,
    ),
    "turn-udp-narrow": replace(
        SYMMETRIC,
        what="TURN by UDP; the home's way out becomes 500 kbit/s",
        ice={"turn": [turn(UDP)]},
        event=events.narrows,
        runs=1,
    ),
}

LINKS: Mapping[str, Plan] = {
    f"{side}-down-{seconds}": replace(
        AT_HOME,
        what=f"the {side}'s link is down for {seconds} s",
        event=events.link_down(port, seconds),
        runs=1 if seconds == 60 else 3,
        expect=("told",) if seconds == 60 else ("call",),
    )
    for side, port in (("phone", events.PHONE_PORT), ("appliance", events.APPLIANCE_PORT))
    for seconds in (5, 20, 60)
}

"""All paths by their names."""

from collections.abc import Mapping
from dataclasses import replace

from tests.reach import plans, plans_in_call, plans_of_relays
from tests.reach.plan import Plan

_CHROMIUM: Mapping[str, Plan] = {
    **plans.IN_THE_LAN,
    **plans.FROM_OUTSIDE,
    **plans_of_relays.BY_A_RELAY,
    **plans_of_relays.BY_SEVERAL_RELAYS,
    **plans_in_call.OF_THE_PHONE,
    **plans_in_call.OF_THE_APPLIANCE,
    **plans_in_call.OF_THE_RELAY,
    **plans_in_call.LINKS,
}

ALSO_FIREFOX = (
    *("lan", "lan-viewer", "lan-ice-offline", "v6-lan", "v6-wan", "v6-wan-mtu", "wan-stun-cone"),
    *("turn-udp", "turn-tcp", "turn-tls", "turn-three-urls-home", "turn-dead-first"),
    *("phone-subnet", "wifi-to-mobile", "appliance-moves"),
)
"""What a browser has a part of its own in: gathering, mDNS, relays, and finding a path dead."""

PATHS: Mapping[str, Plan] = {
    **_CHROMIUM,
    **{
        f"{name}-firefox": replace(
            _CHROMIUM[name], what=f"{_CHROMIUM[name].what}; Firefox", browser="firefox"
        )
        for name in ALSO_FIREFOX
    },
}

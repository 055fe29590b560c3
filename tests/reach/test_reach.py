"""Calls by a handful of paths: a call, or a sentence for the person. See __main__.py for all."""

import json

import pytest

from tests.reach.measuring import measure
from tests.reach.paths import PATHS

pytestmark = [pytest.mark.e2e, pytest.mark.rig, pytest.mark.long, pytest.mark.timeout(400)]

ANSWERED = (
    *("lan", "lan-firefox", "lan-ice-offline", "lan-stun-docker", "wan-closed"),
    *("wan-stun-cone", "wan-stun-symmetric", "turn-udp", "turn-tls", "turn-tls-firefox"),
    *("turn-three-urls", "turn-wrong-secret", "v6-lan", "v6-wan", "phone-subnet", "wifi-to-mobile"),
    *("turn-dead-first", "turn-three-urls-home", "v6-wan-mtu", "appliance-moves"),
    "wifi-to-mobile-lan-link",
)


async def comes_about(name: str) -> None:
    result = await measure(name, PATHS[name], 1)
    told = json.dumps(result.to_json(), ensure_ascii=False, indent=1)
    print(told)
    assert result.right, told


@pytest.mark.parametrize("name", ANSWERED)
async def test_who_calls_is_in_a_call_or_told_why_not(name: str) -> None:
    await comes_about(name)

"""What the owner reads of paths by which calls come, and of others: `reach`, `status`, `doctor`."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.reach.addresses import HOME4, NAME
from tests.reach.caller import Caller
from tests.reach.paths import PATHS
from tests.reach.plan import Plan
from tests.reach.world import world

pytestmark = [pytest.mark.e2e, pytest.mark.rig, pytest.mark.long, pytest.mark.timeout(120)]

BY_NAME = replace(PATHS["stun-turn-udp"], host=NAME)

WAITS_SECONDS = 12.0
"""Somebody who gets no picture hangs up after so long."""

REACH: Mapping[str, tuple[Plan, list[str]]] = {
    "all is well": (
        BY_NAME,
        [
            r"✓ network +The link leads to door\.example\.test and answers there",
            rf"✓ outside +The internet sees this machine as {re.escape(HOME4)}\.",
            r"✓ stun +stun:\S+ gives an address\.",
            r"✓ turn +turn:\S+ gives an address\.",
            r"✓ ipv6 .* Phones come by IPv4\.",
        ],
    ),
    "no port is forwarded": (
        replace(BY_NAME, forwarded=False),
        [r"✗ network .* have it forward TCP port 443 to 192\.168\.1\.10, port 443\."],
    ),
    "no server is named": (
        PATHS["wan-none"],
        [r"✗ outside .* find no way in\. Name a STUN server \(ice\.stun\) and a TURN relay"],
    ),
    "a wrong secret": (
        PATHS["turn-wrong-secret"],
        [r"✗ turn .* refuses the credentials \(401\)\. Correct its secret.* The clock says \d{4}-"],
    ),
    "a wrong clock": (
        PATHS["turn-clock"],
        [r"✗ turn .* refuses the credentials \(401\)\. .* The clock says \d{4}-\d\d-\d\d "],
    ),
    "a dead relay": (PATHS["turn-dead"], [r"✗ turn .* does not answer\. See that it runs"]),
}


@pytest.mark.parametrize("case", REACH)
async def test_reach_says_what_is_missing(case: str) -> None:
    plan, lines = REACH[case]
    async with world(plan) as made:
        told = await made.command("reach")
    for line in lines:
        assert re.search(f"^{line}", told, re.MULTILINE), told
    assert ("\n✗ " in told) is (case != "all is well"), told


async def test_who_hung_up_without_a_picture_is_told_of_with_what_to_do() -> None:
    plan = PATHS["turn-wrong-secret"]
    async with world(plan) as made, made.browser() as browser:
        caller = Caller(await browser.phone(), made.appliance)
        assert await caller.begin(await made.appliance.link(), WAITS_SECONDS) is None
        await caller.leave()
        async with asyncio.timeout(WAITS_SECONDS):
            while (await made.appliance.status())["calls"]:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.1)
        told, doctor = await made.command("status"), await made.command("doctor")
        journal = made.appliance.log()
    refused = r"refuses the credentials \(401\)\. Correct its secret"
    failed = r"did not come about, .* types host here and .*srflx at the phone: look at the servers"
    assert re.search(failed, told), told
    assert re.search(f"Servers: .* {refused}", told), told
    assert re.search(f"✗ webrtc .* {refused}", doctor), doctor
    given_up = rf"came about; the phone has left\. .* {refused}.* Candidates: host here; .*srflx"
    assert re.search(given_up, journal), journal

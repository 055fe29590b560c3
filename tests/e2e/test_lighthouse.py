"""Lighthouse finds no fault of accessibility or of best practices in the page as it is served.

How fast it is depends on the machine: `python -m tests.benchmarks.lighthouse` tells.
"""

import asyncio

import pytest

from tests.support.appliance import Appliance
from tests.support.browsers.lighthouse import Verdict, judge
from tests.support.scenario import flowing, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]


async def test_the_home_page_is_faultless(appliance: Appliance) -> None:
    faultless(await judge(f"https://{appliance.host}:{appliance.https_port}/", appliance.ca))


async def test_the_page_of_a_call_is_faultless(appliance: Appliance) -> None:
    verdict, _ = await asyncio.gather(
        judge(await appliance.link(), appliance.ca), until(appliance, flowing, within=120)
    )
    faultless(verdict)


def faultless(verdict: Verdict) -> None:
    """Assert that it is."""
    assert verdict.faults == {}
    assert {verdict.scores["accessibility"], verdict.scores["best-practices"]} == {100}

"""What Prometheus's own tool says of the metrics while calls come and go."""

import subprocess

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.appliance import Appliance
from tests.support.browsers.browser import launch
from tests.support.browsers.phone import Phone
from tests.support.rigs.packages import REPOSITORY
from tests.support.scenario import AT_END, IN_CALL, flowing, idle, until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


PROMTOOL = REPOSITORY / "build" / "promtool" / "usr" / "bin" / "promtool"


def judged(metrics: str) -> str:
    """What `promtool check metrics` has to say: nothing, where all is well."""
    assert PROMTOOL.exists(), f"There is no promtool. Type: make {PROMTOOL.relative_to(REPOSITORY)}"
    done = subprocess.run(
        [PROMTOOL, "check", "metrics"], input=metrics, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert (done.returncode == 0) == (said == "")
    return said


def calls(metrics: str) -> set[str]:
    """The numbers of the calls that have figures."""
    return {
        sample.labels["call"]
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if "call" in sample.labels
    }


async def metrics_of_a_call(appliance: Appliance, phone: Phone) -> str:
    """The metrics while media flow."""
    await phone.open(await appliance.link())
    await phone.wait_for(IN_CALL)
    await until(appliance, flowing)
    metrics = await appliance.metrics()
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    await until(appliance, idle)
    return metrics


async def test_prometheus_has_nothing_to_say_against_the_metrics(appliance: Appliance) -> None:
    assert judged(await appliance.metrics()) == ""
    async with launch("chromium", appliance.ca) as browser:
        phone = await browser.phone()
        first = await metrics_of_a_call(appliance, phone)
        second = await metrics_of_a_call(appliance, phone)
        await phone.close()
    assert judged(first) == ""
    assert (calls(first), calls(second)) == ({"1"}, {"2"})
    assert calls(await appliance.metrics()) == set()

"""Ten calls in a row through one daemon leave nothing behind."""

import pytest

from tests.support.appliance import Appliance
from tests.support.browsers.browser import launch
from tests.support.scenario import AT_END, idle, until

pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(240),
]

WORKERS = 6
"""Threads that the event loop keeps for good once they were needed."""


def grows(readings: list[int]) -> bool:
    """Whether what each call leaves behind adds up; one that is about to close does not."""
    half = len(readings) // 2
    return min(readings[half:]) > max(readings[:half])


async def test_ten_calls_in_a_row(appliance: Appliance) -> None:
    links, descriptors, threads, tasks = [], [], [], []
    async with launch("chromium", appliance.ca) as browser:
        phone = await browser.phone()
        for _ in range(10):
            links.append(await appliance.link())
            await phone.open(links[-1])
            await phone.wait_for("probes.clock()", within=30)
            await phone.click("#hangup")
            await phone.wait_for(AT_END)
            status = await until(appliance, idle)
            assert status["sessions"] == {"waiting": 1, "active": 0}
            usage = appliance.usage()
            descriptors.append(usage.descriptors)
            threads.append(usage.threads)
            tasks.append(status["process"]["tasks"])
        await phone.close()
    print(f"descriptors {descriptors}, threads {threads}, tasks {tasks}")
    assert len(set(links)) == 10
    assert not grows(descriptors)
    assert not grows(tasks)
    assert max(threads) - threads[0] <= WORKERS

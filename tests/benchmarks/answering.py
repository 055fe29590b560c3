"""How long after somebody inside answers the visitor sees the first picture.

    python -m tests.benchmarks.answering --devices real --times 10

The house rings for a phone (`call.answer = "ask"`), which is a Chromium, and is answered by the
control socket, as by a key. "real" is the real picamera2, whose camera is libcamera's own virtual
one, and the real PortAudio; "pattern" is the test pattern of 1280x720. The
devices are closed until the answer.
"""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median

from tests.support.appliance import Appliance, Tables
from tests.support.browsers.browser import Browser, launch
from tests.support.rigs.real_devices import running
from tests.support.scenario import AT_END, Status, idle, until

ASK: Tables = {"call": {"answer": "ask"}}

SHOWN = "probes.shown.length && performance.timeOrigin + probes.shown[0]"
"""Unix milliseconds of the first picture."""


async def main() -> None:
    """Print the times and their median."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--devices", choices=["real", "pattern"], default="pattern")
    parser.add_argument("--times", type=int, default=10)
    options = parser.parse_args()
    start = _real if options.devices == "real" else _pattern
    async with start() as appliance, launch("chromium", appliance.ca) as browser:
        times = [await _answered(appliance, browser) for _ in range(options.times)]
    print(f"from the answer to the first picture, ms: {sorted(round(each) for each in times)}")
    print(f"median {median(times):.0f}")


@asynccontextmanager
async def _real() -> AsyncIterator[Appliance]:
    async with running(ASK) as home:
        yield home.appliance


@asynccontextmanager
async def _pattern() -> AsyncIterator[Appliance]:
    camera = {"width": 1280, "height": 720}
    async with Appliance.running({**ASK, "camera": camera}) as appliance:
        yield appliance


def _rings(status: Status) -> bool:
    return any(call["ringing"] and "connected" in call["history"] for call in status["calls"])


async def _answered(appliance: Appliance, browser: Browser) -> float:
    """Milliseconds from the answer to the first picture."""
    phone = await browser.phone()
    await phone.open(await appliance.link())
    await until(appliance, _rings)
    await asyncio.sleep(2)
    begin = 1000 * time.time()
    await appliance.ask("/answer", "POST")
    shown: float = await phone.wait_for(SHOWN)
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    await until(appliance, idle)
    await phone.close()
    return shown - begin


if __name__ == "__main__":
    asyncio.run(main())

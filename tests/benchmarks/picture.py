"""The picture: what it costs, how soon it is there, how late it is.

    python -m tests.benchmarks.picture --help

A daemon with the test pattern and Chromium as the viewers. Trust ratios of one run: a shared
machine is noisy.
"""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from statistics import median

from tests.support.appliance import Appliance
from tests.support.browsers.browser import Browser, launch
from tests.support.browsers.devices import Devices
from tests.support.browsers.phone import Phone
from tests.support.process import family
from tests.support.scenario import until
from tests.support.watching import first_picture, view, watch

MOST_CALLS = 8


async def main() -> None:
    """Print every figure."""
    options = _parser().parse_args()
    tables = {
        "camera": {"width": 1280, "height": 720, "framerate": 30},
        "call": {"max_calls": MOST_CALLS},
    }
    async with AsyncExitStack() as stack:
        appliance = await stack.enter_async_context(Appliance.running(tables))
        devices = Devices(access="none")
        browser = await stack.enter_async_context(launch("chromium", appliance.ca, devices))
        print("first picture after the navigation, ms: ", end="", flush=True)
        print(_summary([await _first_picture(appliance, browser) for _ in range(options.calls)]))
        for viewers in options.viewers:
            await _watch(appliance, browser, viewers, options.seconds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--calls", type=int, default=20, help="how many first pictures")
    parser.add_argument("--viewers", type=int, nargs="*", default=[1, 2, 4], help="at a time")
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement")
    return parser


async def _visitor(appliance: Appliance, browser: Browser) -> Phone:
    return await view(browser, await appliance.link())


async def _first_picture(appliance: Appliance, browser: Browser) -> float:
    phone = await _visitor(appliance, browser)
    milliseconds = await first_picture(phone)
    await _end(appliance, [phone])
    return milliseconds


async def _watch(appliance: Appliance, browser: Browser, viewers: int, seconds: float) -> None:
    phones = [await _visitor(appliance, browser) for _ in range(viewers)]
    await asyncio.sleep(3)
    watched = await watch(phones, family(appliance.pid), seconds)
    daemon, *others = (f"{100 * taken.processor:.1f}" for taken in watched.taken)
    print(
        f"{viewers} viewers: daemon {daemon} % of a core, its processes {' '.join(others)} %, "
        f"{sum(taken.resident for taken in watched.taken) / 2**20:.0f} MiB; "
        f"{min(each.pictures for each in watched.views):.1f} pictures/s at least; "
        f"glass to glass, ms: {_summary(watched.ages)}"
    )
    await _end(appliance, phones)


async def _end(appliance: Appliance, phones: Sequence[Phone]) -> None:
    for phone in phones:
        await phone.close()
    await appliance.ask("/hangup", method="POST")
    await until(appliance, lambda status: not status["calls"])
    await asyncio.sleep(1)


def _summary(values: Sequence[float]) -> str:
    return f"median {median(values):.0f} of {len(values)} ({min(values):.0f} to {max(values):.0f})"


if __name__ == "__main__":
    asyncio.run(main())

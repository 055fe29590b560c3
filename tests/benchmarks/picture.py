"""The picture: what it costs, how soon it is there, how late it is.

    python tests/benchmarks/picture.py --help

A daemon with the test pattern and Chromium as the viewers. Trust ratios of one run: a shared
machine is noisy.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from e2e.appliance import Appliance
from e2e.browsers import Browser, launch
from e2e.devices import Devices
from e2e.phone import Phone
from e2e.scenario import until

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


async def _first_picture(appliance: Appliance, browser: Browser) -> float:
    phone = await _call(appliance, browser)
    milliseconds = float(await phone.evaluate("probes.firstFrame"))
    await _end(appliance, [phone])
    return milliseconds


async def _watch(appliance: Appliance, browser: Browser, viewers: int, seconds: float) -> None:
    phones = [await _call(appliance, browser) for _ in range(viewers)]
    await asyncio.sleep(3)
    pids = _processes(appliance.pid)
    before = [_processor(pid) for pid in pids]
    frames = [await _frames(phone) for phone in phones]
    ages = []
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while loop.time() - begun < seconds:
        ages += [clock["age"] for phone in phones if (clock := await phone.evaluate(CLOCK))]
        await asyncio.sleep(0.1)
    passed = loop.time() - begun
    spent = [_processor(pid) - was for pid, was in zip(pids, before, strict=True)]
    rates = [
        (await _frames(phone) - was) / passed for phone, was in zip(phones, frames, strict=True)
    ]
    daemon, *others = (f"{100 * each / passed:.1f}" for each in spent)
    print(
        f"{viewers} viewers: daemon {daemon} % of a core, its processes {' '.join(others)} %, "
        f"{sum(map(_resident, pids)) / 2**20:.0f} MiB; {min(rates):.1f} pictures/s at least; "
        f"glass to glass, ms: {_summary(ages)}"
    )
    await _end(appliance, phones)


CLOCK = "probes.clock()"


async def _call(appliance: Appliance, browser: Browser) -> Phone:
    phone = await browser.phone()
    await phone.open(await appliance.link())
    await phone.wait_for("probes.firstFrame", within=30)
    return phone


async def _end(appliance: Appliance, phones: Sequence[Phone]) -> None:
    for phone in phones:
        await phone.close()
    await appliance.ask("/hangup", method="POST")
    await until(appliance, lambda status: not status["calls"])
    await asyncio.sleep(1)


async def _frames(phone: Phone) -> int:
    playback = "document.querySelector('#remote-video').getVideoPlaybackQuality()"
    return int(await phone.evaluate(f"{playback}.totalVideoFrames"))


def _processes(pid: int) -> list[int]:
    """The daemon, and the processes that it has started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [pid, *(int(each) for task in tasks for each in (task / "children").read_text().split())]


def _processor(pid: int) -> float:
    """Seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> int:
    """Bytes of memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _summary(values: Sequence[float]) -> str:
    return f"median {median(values):.0f} of {len(values)} ({min(values):.0f} to {max(values):.0f})"


if __name__ == "__main__":
    asyncio.run(main())

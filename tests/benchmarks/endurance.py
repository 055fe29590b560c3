"""What calls leave behind: many short ones, and a long one.

    python -m tests.benchmarks.endurance --help

A daemon with the test pattern at 1280x720, 30 pictures a second, called by Chromium: with the
libraries of this environment, or with those of Debian 13 (`--debian13`, which needs root).
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import linear_regression
from tempfile import TemporaryDirectory

from tests.support.appliance import COMMAND, Appliance
from tests.support.browsers.browser import Browser, launch
from tests.support.browsers.devices import Devices
from tests.support.process import family, resident
from tests.support.scenario import AT_END, idle, until

RIG = Path(__file__).parents[1] / "support" / "rigs" / "picamera2" / "run.sh"

SAMPLE_SECONDS = 5.0
WARM_UP = 0.2
"""The part of a long call that its slope leaves out: caches fill."""


async def main() -> None:
    """Print what the daemon holds, before, between and after."""
    options = _parser().parse_args()
    async with _appliance(debian13=options.debian13) as appliance:
        print(await _versions(appliance, debian13=options.debian13), flush=True)
        async with launch("chromium", appliance.ca, Devices()) as browser:
            print(f"before: {_holds(appliance)}", flush=True)
            await _short_calls(appliance, browser, options)
            if options.long:
                await _long_call(appliance, browser, options.long)
            await until(appliance, idle)
            print(f"after: {_holds(appliance)}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--calls", type=int, default=300, help="how many short ones")
    parser.add_argument("--seconds", type=float, default=5, help="of each of them, with a picture")
    parser.add_argument("--at-once", type=int, default=1, help="how many of them at a time")
    parser.add_argument("--long", type=float, default=1800, help="seconds of the long one")
    parser.add_argument("--debian13", action="store_true", help="with Debian 13's libraries")
    return parser


@asynccontextmanager
async def _appliance(*, debian13: bool) -> AsyncIterator[Appliance]:
    tables = {
        "camera": {"width": 1280, "height": 720, "framerate": 30},
        "call": {"max_calls": 8},
    }
    async with AsyncExitStack() as stack:
        shared = stack.enter_context(TemporaryDirectory(prefix="homecall-endurance-"))
        command: Sequence[str] = COMMAND
        if debian13:
            build = await asyncio.create_subprocess_exec(RIG, "true")
            assert await build.wait() == 0
            python = "python3", "-m", "homecall_appliance"
            command = str(RIG), "--bind", f"{shared}:{shared}", *python
        yield await stack.enter_async_context(
            Appliance.running(tables, command=command, directory=Path(shared))
        )


async def _versions(appliance: Appliance, *, debian13: bool) -> str:
    asked = "import aiortc, av; print(f'aiortc {aiortc.__version__}, PyAV {av.__version__}')"
    command = [str(RIG), "python3"] if debian13 else [sys.executable]
    process = await asyncio.create_subprocess_exec(
        *command, "-c", asked, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return output.decode().strip()


def _holds(appliance: Appliance) -> str:
    """Return what the daemon holds, and what the processes do that it has started."""
    usage = appliance.usage()
    others = sum(map(resident, family(appliance.pid)[1:])) / 2**20
    return (
        f"{usage.rss / 2**20:6.1f} MiB, {usage.threads} threads, {usage.descriptors} descriptors; "
        f"its processes {others:.1f} MiB"
    )


async def _short_calls(appliance: Appliance, browser: Browser, options: argparse.Namespace) -> None:
    numbers = iter(range(1, options.calls + 1))
    scanning = asyncio.Lock()

    async def caller() -> None:
        phone = await browser.phone()
        for number in numbers:
            async with scanning:
                await phone.open(await appliance.link())
                await phone.wait_for("probes.firstFrame", within=60)
            await asyncio.sleep(options.seconds)
            await phone.click("#hangup")
            await phone.wait_for(AT_END)
            if number % (options.calls // 10) == 0:
                print(f"call {number}: {_holds(appliance)}", flush=True)
        await phone.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(options.at_once):
            group.create_task(caller())
    await until(appliance, idle)


async def _long_call(appliance: Appliance, browser: Browser, seconds: float) -> None:
    phone = await browser.phone()
    await phone.open(await appliance.link())
    await phone.wait_for("probes.firstFrame", within=60)
    hours, mebibytes = [], []
    for sample in range(round(seconds / SAMPLE_SECONDS)):
        await asyncio.sleep(SAMPLE_SECONDS)
        hours.append(sample * SAMPLE_SECONDS / 3600)
        mebibytes.append(appliance.usage().rss / 2**20)
        if (sample + 1) % max(1, round(seconds / SAMPLE_SECONDS / 6)) == 0:
            print(f"after {hours[-1] * 60:.0f} min: {_holds(appliance)}", flush=True)
    begin = round(len(hours) * WARM_UP)
    slope, _ = linear_regression(hours[begin:], mebibytes[begin:])
    frames = (await appliance.status())["calls"][0]["sent"]["videoFrames"]
    print(f"slope: {slope:+.2f} MiB per hour of call; {frames} pictures", flush=True)
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    await phone.close()


if __name__ == "__main__":
    asyncio.run(main())

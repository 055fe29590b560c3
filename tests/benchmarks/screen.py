"""The screen in a call: how many of a phone's pictures it shows, how late, and what that takes.

    python -m tests.benchmarks.screen --help

The daemon draws on a framebuffer of 1280x720 whose memory is a file in shared memory
(support/rigs/screen.py). It is called by Chromium, whose camera is a moving picture of 1280x720,
30 a second, with a clock in it (showing/camera.js), and is sent the test pattern. The clock is read
from the memory every other millisecond, at two heights: a picture counts when it is there as a
whole. With "none" there is no display, nothing may be decoded, and all else is the same.

Then, without a picture of the phone's: how soon a new code can be read from the memory after the
publication of its session, for links that were renewed and for those that a phone has used; and how
long before the end of its session it is gone. Trust ratios of one run: a shared machine is noisy.
"""

import argparse
import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.showing.figures import Counts, Shown, table
from tests.benchmarks.showing.memory import Ages, Changes, Memory, looking
from tests.benchmarks.showing.publications import Publication, publications
from tests.support.appliance import Appliance
from tests.support.browsers.chromium import Chromium, ChromiumPhone, launch_chromium
from tests.support.browsers.devices import Devices
from tests.support.process import family, processor, resident
from tests.support.rigs.screen import MODES, command, states
from tests.support.scenario import AT_END, idle, until

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - only a directory with a random name in it
CAMERA = Path(__file__).parent / "showing" / "camera.js"
NONE = "none"

KEEP_SIZE = """
(async () => {
  for (const sender of probes.peers.at(-1).getSenders()) {
    if (sender.track?.kind !== "video") continue;
    const parameters = { ...sender.getParameters(), degradationPreference: "maintain-resolution" };
    await sender.setParameters(parameters);
  }
})()
"""
"""Without it the browser sends smaller pictures as long as it takes the network for a slow one."""

PATIENCE = 60.0
"""Seconds that a call may take to come about."""

RENEWAL_SECONDS = 2.0
"""Between two links that nobody uses."""


async def main() -> None:
    """Print the table."""
    options = _parser().parse_args()
    rounds = [
        await _call(display, options) for _ in range(options.rounds) for display in options.displays
    ]
    print(f"\n{table(rounds)}\n", flush=True)
    if options.codes:
        print("a new code can be read from the memory, and the old one is gone from it:")
        print(_in_words("links that were renewed", await _renewed(options.codes)), flush=True)
        print(_in_words("links that were used", await _used(options.codes)), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument(
        "--displays",
        nargs="+",
        default=[NONE, "xrgb8888", "xrgb8888@90", "rgb565"],
        help=f"which, in turn: {', '.join(MODES)}, with the degrees by which it is turned; {NONE}",
    )
    parser.add_argument("--rounds", type=int, default=1, help="how often each has its turn")
    parser.add_argument("--seconds", type=float, default=30, help="of each measurement")
    parser.add_argument("--settle", type=float, default=20, help="seconds of a call before it")
    parser.add_argument(
        "--full-size",
        action="store_true",
        help="pictures as large as the phone's camera's",
    )
    parser.add_argument("--codes", type=int, default=20, help="how many new codes of either kind")
    parser.add_argument("--picture", type=Path, help="where to write what is shown last, as PNG")
    return parser


@asynccontextmanager
async def _appliance(
    display: str, tables: Mapping[str, Mapping[str, Any]]
) -> AsyncIterator[tuple[Appliance, Memory | None, Path]]:
    """A daemon, the memory of its screen, and the memory's file."""
    name, _, rotation = display.partition("@")
    with TemporaryDirectory(prefix="homecall-screen-", dir=SHARED_MEMORY) as directory:
        path = Path(directory) / "memory"
        if name == NONE:
            screen = {**tables, "display": {"backend": NONE}}
            async with Appliance.running(screen) as appliance:
                yield appliance, None, path
            return
        run, degrees = command(path, name), int(rotation or 0)
        screen = {**tables, "display": {"rotation": degrees, **tables.get("display", {})}}
        async with Appliance.running(screen, run) as appliance:
            yield appliance, Memory(path, MODES[name], degrees), path


@asynccontextmanager
async def _chromium(authority: Path, devices: Devices) -> AsyncIterator[Chromium]:
    with TemporaryDirectory(prefix="homecall-browser-", ignore_cleanup_errors=True) as home:
        async with launch_chromium(Path(home), authority, devices) as browser:
            yield browser


async def _call(display: str, options: argparse.Namespace) -> Shown:
    """One call, measured; prints what the daemon says of its display."""
    tables = {"camera": {"width": 1280, "height": 720, "framerate": 30}}
    async with (
        _appliance(display, tables) as (appliance, memory, _),
        _chromium(appliance.ca, Devices()) as browser,
    ):
        phone = await browser.phone(before=CAMERA.read_text("utf-8"))
        await phone.open(await appliance.link())
        await phone.wait_for("probes.firstFrame", within=PATIENCE)
        if options.full_size:
            await phone.evaluate(KEEP_SIZE)
        await asyncio.sleep(options.settle)
        ages = Ages(memory) if memory else None
        begin = await _counts(appliance, phone)
        with looking(ages.look) if ages else nullcontext():
            await asyncio.sleep(options.seconds)
        end = await _counts(appliance, phone)
        rss = resident(appliance.pid)
        status = await appliance.status()
        print(f"{display}: status says {status['display']}; {await _asked(phone, status)}")
        if memory and options.picture:
            memory.image().save(options.picture.with_stem(f"{options.picture.stem}-{display}"))
        outbound = (await phone.evaluate("probes.stats()"))["outbound"].get("video", {})
        return Shown(
            display=display,
            begin=begin,
            end=end,
            ages=ages.milliseconds if ages else [],
            resident=rss,
            size="x".join(map(str, status["calls"][0]["received"]["videoSize"])),
            codec=str(outbound.get("mimeType") or "-").removeprefix("video/"),
        )


async def _counts(appliance: Appliance, phone: ChromiumPhone) -> Counts:
    outbound = (await phone.evaluate("probes.stats()"))["outbound"].get("video", {})
    status = await appliance.status()
    return Counts(
        time=asyncio.get_running_loop().time(),
        sent=outbound.get("framesSent", 0),
        encoding=outbound.get("totalEncodeTime", 0.0),
        decoded=status["calls"][0]["received"]["videoFrames"],
        processor=sum(processor(each) for each in family(appliance.pid)),
    )


async def _asked(phone: ChromiumPhone, status: Mapping[str, Any]) -> str:
    """What was offered for the picture, and what has come of it."""
    offer: str = await phone.evaluate("probes.peers.at(-1).remoteDescription.sdp")
    video = offer[offer.index("m=video") :]
    direction = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)", video, re.MULTILINE)
    outbound = (await phone.evaluate("probes.stats()"))["outbound"].get("video", {})
    return (
        f"its offer's video is {direction[1] if direction else 'without a direction'}, "
        f"{outbound.get('packetsSent', 0)} packets of video have left the phone, "
        f"{status['calls'][0]['received']['videoFrames']} pictures were decoded"
    )


async def _renewed(number: int) -> list[Publication]:
    """Nobody calls: a link is renewed again and again."""
    session = {"wait_timeout": 2 * RENEWAL_SECONDS, "signal_timeout": 1.0}

    async def wait(_: Appliance) -> None:
        await asyncio.sleep(RENEWAL_SECONDS * (number + 1))

    return await _watched({"session": session}, wait)


async def _used(number: int) -> list[Publication]:
    """A phone calls and hangs up, again and again; the screen shows no picture."""

    async def call(appliance: Appliance) -> None:
        async with _chromium(appliance.ca, Devices(access="none")) as browser:
            phone = await browser.phone()
            for _ in range(number):
                await phone.open(await appliance.link())
                await phone.click("#join")
                await phone.wait_for("probes.firstFrame", within=PATIENCE)
                await asyncio.sleep(1)
                await phone.click("#hangup")
                await phone.wait_for(AT_END)
            await until(appliance, idle)

    return await _watched({"display": {"show_remote_video": False}}, call)


async def _watched(
    tables: Mapping[str, Mapping[str, Any]], act: Callable[[Appliance], Any]
) -> list[Publication]:
    """Watch the memory until that is done and the daemon has stopped."""
    async with _appliance("xrgb8888", tables) as (appliance, memory, path):
        assert memory is not None
        changes = Changes(memory)
        with looking(changes.look):
            await act(appliance)
            await appliance.stop()
        return [*publications(memory, changes, states(path))]


def _in_words(name: str, seen: Sequence[Publication]) -> str:
    late = sorted(each.late for each in seen)
    left = [each.left for each in seen if each.left is not None]
    return (
        f"{name}: readable {median(late):.0f} ms after the publication (worst of {len(late)}: "
        f"{late[-1]:.0f}); gone {median(left):.0f} ms before the session's end (worst of "
        f"{len(left)}: {min(left):.0f})"
    )


if __name__ == "__main__":
    asyncio.run(main())

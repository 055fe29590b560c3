"""What the sound of a call costs, beside plain aiortc with sounddevice and no processing.

    python -m tests.benchmarks.sound --help

Chromium and each of them have the sinks of the sound rig for microphones and loudspeakers, and
both sides speak all the time. They take turns, round by round. There is no picture. Trust ratios of
one run: a shared machine is noisy.

- appliance: the daemon as it is: echo cancellation, noise suppression, a jitter buffer of its own,
  error correction, two clocks.
- unprocessed: the same, without echo cancellation and noise suppression.
- aiortc: benchmarks/sending/talking.py.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from tests.benchmarks.sending.appliance import reached
from tests.benchmarks.sending.child import MODULES
from tests.benchmarks.sending.front import Front
from tests.benchmarks.sending.program import Program
from tests.benchmarks.sending.sender import Place
from tests.support.address import local_address
from tests.support.appliance import Appliance, Tables
from tests.support.browsers.authority import Authority
from tests.support.browsers.chromium import launch_chromium
from tests.support.browsers.devices import Devices
from tests.support.rigs.audio.rig import AudioRig
from tests.support.rigs.audio.tones import RATE, Sound
from tests.support.speech import OWNER, VISITOR, speech
from tests.support.watching import Taken, watch

START_SECONDS, SETTLE_SECONDS = 20.0, 5.0

TALKING = """probes.stats().then((stats) =>
    stats?.inbound.audio?.packetsReceived > 50 && stats.outbound.audio?.packetsSent > 50)"""

Environment = Mapping[str, str]


@dataclass(frozen=True)
class Called:
    """What runs."""

    pid: int
    link: str


@asynccontextmanager
async def appliance(
    place: Place, environment: Environment, *, processed: bool
) -> AsyncIterator[Called]:
    """Run the daemon."""
    card = {"input_device": "intercom", "output_device": "intercom"}
    tables: Tables = {
        **reached(place),
        "camera": {"backend": "off"},
        "audio": {
            "backend": "sounddevice",
            "echo_cancellation": processed,
            "noise_suppression": processed,
            **card,
        },
    }
    async with Appliance.running(tables, environment=environment) as running:
        yield Called(running.pid, await running.link())


@asynccontextmanager
async def plain(place: Place, environment: Environment) -> AsyncIterator[Called]:
    """Run the program of talking.py."""
    command = [sys.executable, "-m", "tests.benchmarks.sending.talking"]
    everything = {**MODULES, **environment}
    async with (
        Program.running(command, place.directory / "talking.log", everything) as peer,
        Front.serving(place, peer) as front,
    ):
        yield Called(peer.pid, f"{front.link()}#talk")
        await peer.end()


Kind = Callable[[Place, Environment], AbstractAsyncContextManager[Called]]

KINDS: Mapping[str, Kind] = {
    "appliance": partial(appliance, processed=True),
    "unprocessed": partial(appliance, processed=False),
    "aiortc": plain,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each has its turn")
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement")
    options = parser.parse_args()
    asyncio.run(_run(options.rounds, options.seconds))


async def _run(rounds: int, seconds: float) -> None:
    taken: dict[str, list[Taken]] = {name: [] for name in KINDS}
    for _ in range(rounds):
        for name, kind in KINDS.items():
            taken[name].append(await _measured(kind, seconds))
            print(f"{name}: {100 * taken[name][-1].processor:.1f}", file=sys.stderr, flush=True)
    print(f"{'':12}{'% of a core':>12}{'MiB':>6}")
    for name, each in taken.items():
        processor = 100 * median(one.processor for one in each)
        print(f"{name:12}{processor:12.1f}{median(one.resident for one in each) / 2**20:6.0f}")


async def _measured(kind: Kind, seconds: float) -> Taken:
    with TemporaryDirectory(prefix="homecall-sound-") as directory, AudioRig() as room:
        room.link("mouth:monitor_MONO", "lips:input_MONO")
        authority = Authority(Path(directory))
        certificate, key = authority.leaf(host := local_address())
        place = Place(host, certificate, key, Path(directory), bitrate=0)
        sinks = {**room.environment, "PULSE_SINK": "ear", "PULSE_SOURCE": "lips"}
        (home := Path(directory) / "home").mkdir()
        async with (
            kind(place, room.environment) as called,
            launch_chromium(home, authority.certificate, Devices(system=sinks)) as browser,
        ):
            phone = await browser.phone()
            await phone.open(called.link)
            length = round((START_SECONDS + SETTLE_SECONDS + seconds) * RATE)
            visitor, owner = (_endless(text, length) for text in (VISITOR, OWNER))
            with room.playing(visitor, "mouth"), room.playing(owner):
                await phone.wait_for(TALKING, within=START_SECONDS)
                await asyncio.sleep(SETTLE_SECONDS)
                return (await watch([], [called.pid], seconds)).taken[0]


def _endless(text: str, length: int) -> Sound:
    return np.resize(speech(text), length)


if __name__ == "__main__":
    main()

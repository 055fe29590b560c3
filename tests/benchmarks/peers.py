"""The appliance beside its peers: what sending costs, how soon and how late the picture is there.

    python -m tests.benchmarks.peers --help

Each sends the same to Chromium: 1280x720 at 30 pictures a second, about 1.5 Mbit/s, the test
pattern with its clock, and a tone in Opus packets of 20 ms. They take turns, round by round, and
each has the machine for itself. Trust ratios of one run: a shared machine is noisy.

- appliance: the daemon as it is, with its whole web client, and signaling by WebSocket. Its camera
  and encoder are a process of their own; its daemon encodes the sound itself.
- Janus, GStreamer, Pion: what Debian has of them. They encode nothing: a feeder (the appliance's
  own test pattern and encoder) sends them RTP over the loopback, and what it takes is shown by
  itself. It makes a key frame when a viewer is connected or asks for one: GStreamer and Pion are
  programs of ours that tell it, Janus tells it by its RTCP port. It is live before the viewer
  comes, while the appliance opens its camera for the first call. GStreamer's memory has a Python in
  it, which touches no packet.
- aiortc: plain, as most Python programs use it: frames that each call encodes for itself, as VP8,
  but for its first bitrate, which is the others' here. It paints the test pattern itself; what that
  takes, measured in the same run without a viewer, is subtracted from its cost.

The peers' page is as small as can be, and is served by this process, as is their signaling (none of
it is in their figures): one request for the offer, which is made while the page is loaded, one with
the answer, no waiting for candidates. Freezes and pictures are Chromium's own count; how late a
picture is, is read from the picture.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.sending.appliance import APPLIANCE
from tests.benchmarks.sending.figures import Figures, table
from tests.benchmarks.sending.gstreamer import GSTREAMER
from tests.benchmarks.sending.janus import JANUS
from tests.benchmarks.sending.pion import PION
from tests.benchmarks.sending.plain import PLAIN
from tests.benchmarks.sending.sender import Kind, Place, Sender
from tests.support.address import local_address
from tests.support.browsers.authority import Authority
from tests.support.browsers.browser import Browser, launch
from tests.support.browsers.devices import Devices
from tests.support.browsers.phone import Phone
from tests.support.watching import first_picture, view, watch

KINDS = {kind.name.lower(): kind for kind in (APPLIANCE, JANUS, GSTREAMER, PION, PLAIN)}

SETTLE_SECONDS = 15.0
"""Until the bandwidth estimates, and so the bitrates, are as they stay."""

PAUSE_SECONDS = 1.0
"""Between two calls."""


def main() -> None:
    """Print the table; exit with 2 and a sentence where a package is missing."""
    options = _parser().parse_args()
    kinds = [KINDS[name] for name in options.peers]
    if missing := [package for kind in kinds for package in kind.missing()]:
        print(f"Please install what is missing: apt-get install {' '.join(missing)}")
        sys.exit(2)
    asyncio.run(_run(kinds, options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument(
        "--peers", nargs="+", choices=KINDS, default=[*KINDS], help="which, in turn"
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often each has its turn")
    parser.add_argument("--calls", type=int, default=20, help="how many first pictures of each")
    parser.add_argument("--viewers", type=int, nargs="+", default=[1, 2, 4], help="at a time")
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement")
    parser.add_argument("--bitrate", type=int, default=1_500_000, help="of the picture, in bit/s")
    return parser


async def _run(kinds: Sequence[Kind], options: argparse.Namespace) -> None:
    figures = [Figures(kind.name) for kind in kinds]
    async with _ready() as (browser, authority):
        for turn in range(options.rounds):
            calls = len(range(turn, options.calls, options.rounds))
            for kind, own in zip(kinds, figures, strict=True):
                _tell(f"round {turn + 1}: {kind.name}")
                with TemporaryDirectory(prefix="homecall-peer-") as directory:
                    certificate, key = authority.leaf(host := local_address())
                    place = Place(host, certificate, key, Path(directory), options.bitrate)
                    async with kind.running(place) as sender:
                        measured = Measurement(sender, browser, own)
                        await measured.turn(kind, calls, options.viewers, options.seconds)
    print(table(figures, options.viewers))


@asynccontextmanager
async def _ready() -> AsyncIterator[tuple[Browser, Authority]]:
    with TemporaryDirectory(prefix="homecall-authority-") as directory:
        authority = Authority(Path(directory))
        async with launch("chromium", authority.certificate, Devices(access="none")) as browser:
            yield browser, authority


class Measurement:
    """One sender, measured."""

    def __init__(self, sender: Sender, browser: Browser, figures: Figures) -> None:
        self._sender = sender
        self._browser = browser
        self._figures = figures

    async def turn(self, kind: Kind, calls: int, viewers: Sequence[int], seconds: float) -> None:
        """Everything once, with that many calls for a first picture."""
        await asyncio.sleep(PAUSE_SECONDS)
        if kind.paints:
            idle = await watch([], [self._sender.pid], seconds)
            self._figures.painting.append(idle.taken[0].processor)
        for _ in range(calls):
            phones = await self._call(1)
            self._figures.first.append(await first_picture(phones[0]))
            await self._end(phones)
        for number in viewers:
            phones = await self._call(number)
            await asyncio.sleep(SETTLE_SECONDS)
            behind = self._sender.behind()
            watched = await watch(phones, [self._sender.pid, *behind.values()], seconds)
            self._figures.add(number, watched, list(behind))
            await self._end(phones)

    async def _call(self, viewers: int) -> list[Phone]:
        return [await view(self._browser, await self._sender.link()) for _ in range(viewers)]

    async def _end(self, phones: Sequence[Phone]) -> None:
        for phone in phones:
            await phone.close()
        await self._sender.end()
        await asyncio.sleep(PAUSE_SECONDS)


def _tell(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

"""A laboratory of networks: the same calls by the appliance and by libwebrtc, in turn.

    python -m tests.benchmarks.network [--rounds N] [--scenario NAME ...] [--checkout A B ...]
                                       [--without-libwebrtc] [--json FILE]
    python -m tests.benchmarks.network --self-check

Each call has a network of its own: two namespaces, one for the sender and one for the receiver, and
between them a bottleneck (relay.c) with a rate, a queue, a delay, jitter and losses, which may
change from moment to moment, the same each time. The receiver is Chromium, which only looks and
listens. The senders are the daemon with its page, and Chromium with libwebrtc's congestion control.
Both show the same film (film.py) by H.264, with at most 2.5 Mbit/s of picture, beside Opus. A call
has twelve seconds to settle, and is then measured while things happen:

- steps, jitter, loss, queue and tcp are fixed networks, each with one difficulty (scenarios.py);
- lte, moving and 3g are traces of mobile networks by a seeded model (mobile.py), another one in
  each round, and the same one for both. What is left to chance follows from the round, too.

What the sender did is told by the relay, packet by packet: how much it offered, how long that
waited, what of it left. What arrived is told by the receiver: freezes as W3C webrtc-stats counts
them, the times at which pictures were shown, and, a few times a second, the picture itself, which
is compared with that of the film which it was (PSNR of the luma, in dB; a smaller picture is made
as large as the film).

`--checkout` compares several appliances in one run: folders with a checkout, or commits, which are
checked out for it. A round of the five fixed networks takes ten minutes for two senders. Needs
root, /dev/net/tun, iproute2, gcc with libc6-dev, and Chromium; and nothing else on the machine:
compare ratios of one run. `--self-check` prints the relay's own error, in half a minute.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.network import film
from tests.benchmarks.network.bottleneck import compile_relay, missing
from tests.benchmarks.network.callers import Caller, appliance, libwebrtc
from tests.benchmarks.network.checkouts import checkouts
from tests.benchmarks.network.measure import Laboratory, measure
from tests.benchmarks.network.report import Calls, line, table
from tests.benchmarks.network.scenarios import FIVE, SCENARIOS
from tests.benchmarks.network.self_check import self_check
from tests.support.network import REPOSITORY

OURS, LIBWEBRTC = "appliance", "libwebrtc"


def main() -> None:
    """Print the table; exit with a sentence where a package is missing, or a name is wrong."""
    options = _parser().parse_args()
    if packages := missing():
        print(f"Please install what is missing: apt-get install {' '.join(packages)}")
        sys.exit(2)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="homecall-network-")))
        relay = compile_relay(directory)
        if options.self_check:
            print(self_check(relay, directory))
            return
        try:
            folders = stack.enter_context(checkouts(options.checkout)) or {OURS: REPOSITORY}
        except ValueError as error:
            sys.exit(str(error))
        senders: dict[str, Caller] = {name: appliance(each) for name, each in folders.items()}
        if not options.without_libwebrtc:
            senders[LIBWEBRTC] = libwebrtc
        laboratory = Laboratory(relay, film.write(directory / "film.y4m"), directory)
        calls: Calls = {name: {sender: [] for sender in senders} for name in options.scenario}
        try:
            asyncio.run(_measure(laboratory, senders, calls, options.rounds))
        finally:  # a call that fails loses none of those before it
            if options.json:
                options.json.write_text(json.dumps(_plain(calls), indent=1), "utf-8")
            print(table(calls))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.network",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=1, help="how often each has its turn (1)")
    parser.add_argument(
        "--scenario",
        nargs="+",
        choices=SCENARIOS,
        default=FIVE,
        metavar="NAME",
        help=f"of {' '.join(SCENARIOS)} (the first five)",
    )
    parser.add_argument(
        "--checkout",
        nargs="+",
        default=[],
        metavar="NAME",
        help="folders or commits whose appliances are measured (this one)",
    )
    parser.add_argument(
        "--without-libwebrtc", action="store_true", help="measure only the appliances"
    )
    parser.add_argument("--json", type=Path, help="a file for every figure of every call")
    parser.add_argument("--self-check", action="store_true", help="print the relay's own error")
    return parser


async def _measure(
    laboratory: Laboratory, senders: Mapping[str, Caller], calls: Calls, rounds: int
) -> None:
    for number in range(rounds):
        for name, measured in calls.items():
            for sender in list(senders)[:: 1 if number % 2 else -1]:
                figures = await measure(laboratory, SCENARIOS[name], senders[sender], number + 1)
                measured[sender].append(figures)
                _tell(f"round {number + 1}, {name}, {sender}: {line(figures)}")


def _plain(calls: Calls) -> dict[str, dict[str, list[object]]]:
    return {
        name: {sender: [asdict(each) for each in figures] for sender, figures in senders.items()}
        for name, senders in calls.items()
    }


def _tell(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

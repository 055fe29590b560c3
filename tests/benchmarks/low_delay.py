"""What makes pictures and sound come sooner: glass to glass and mouth to ear, in Chromium.

    python -m tests.benchmarks.low_delay --rounds 5

On a near path and on a far one, which is 30 ms long and loses 2 of 100 datagrams on their way to
the phone, calls take turns:

- browser: nothing is asked of the browser. The page's copy of the offer has no playout-delay, so
  this is how it was before that extension;
- target: the same, and `jitterBufferTarget` of both receivers is 0;
- extension: the appliance limits the playout delay as it does (media/webrtc/playout_delay.py).

The near path goes by namespaces, too, so that nothing but the delay and the losses tell them apart.
The daemon and Chromium have the sinks of one sound server (support/conversation.py). Needs root,
and nothing else on the machine: trust ratios of one run.
"""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.table import aligned
from tests.support.conversation import Line, line
from tests.support.network import home
from tests.support.scenario import AT_END, idle, until
from tests.support.watching import watch

SETTLE_SECONDS = 12.0
"""Until a path that is near is known to be so, and the browser's buffers are as they stay."""

ONE_WAY, LOSS = 30, 2
"""Milliseconds and per cent, of the far path."""

WITHOUT = """
const { setRemoteDescription } = RTCPeerConnection.prototype;
RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
  const less = sdp.replace(/a=extmap:\\d+ \\S+playout-delay\\r\\n/, '');
  return setRemoteDescription.call(this, { type, sdp: less });
};
"""

TARGET = """
setInterval(() => {
  for (const receiver of probes.peers.at(-1)?.getReceivers() ?? []) receiver.jitterBufferTarget = 0;
}, 100);
"""

VARIANTS = {"browser": WITHOUT, "target": WITHOUT + TARGET, "extension": ""}

HEAD = (
    *("path", "what", "glass to glass", "worst call", "pictures/s", "freezes"),
    *("mouth to ear", "jitter"),
)


@dataclass(frozen=True)
class Measured:
    """One call."""

    age: float
    """Of the picture that is shown at a moment, in milliseconds: the median."""

    pictures: float
    """Per second."""

    freezes: int
    """Within the seconds of watching."""

    sound: float
    """Milliseconds from the room to the phone."""

    jitter: float
    """Milliseconds, of the picture's packets, as the phone reports it in the end."""


def main() -> None:
    """Print a line for each call, and the medians."""
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each has its turn")
    parser.add_argument("--seconds", type=float, default=8, help="of watching, in each call")
    parser.add_argument("--paths", nargs="+", choices=("near", "far"), default=["near", "far"])
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=[*VARIANTS])
    options = parser.parse_args()
    rows: list[tuple[str, ...]] = [HEAD]
    for path in options.paths:
        calls = asyncio.run(_measure(path, options.variants, options.rounds, options.seconds))
        rows += [_row(path, name, measured) for name, measured in calls.items()]
    print(aligned(rows))


async def _measure(
    path: str, variants: Sequence[str], rounds: int, seconds: float
) -> dict[str, list[Measured]]:
    calls: dict[str, list[Measured]] = {name: [] for name in variants}
    with home() as network, network.host(10) as host, ExitStack() as stack:
        if path == "far":
            stack.enter_context(host.distance(ONE_WAY))
            host.lose(LOSS)
        async with line(home=network, host=host) as made:
            for _ in range(rounds):
                for name in variants:
                    measured = await _call(made, VARIANTS[name], seconds)
                    calls[name].append(measured)
                    print(f"{path} {name}: {measured}", flush=True)
    return calls


async def _call(made: Line, before: str, seconds: float) -> Measured:
    talk = await made.call(before)
    await asyncio.sleep(SETTLE_SECONDS)
    watched = await watch([talk.phone], [], seconds)
    _, sound = await talk.delays()
    stats = await talk.phone.evaluate("probes.stats()")
    await talk.phone.click("#hangup")
    await talk.phone.wait_for(AT_END)
    await talk.phone.close()
    await until(made.appliance, idle)
    [view] = watched.views
    return Measured(
        age=median(watched.ages),
        pictures=view.pictures,
        freezes=view.freezes,
        sound=1000 * sound,
        jitter=1000 * stats["inbound"]["video"]["jitter"],
    )


def _row(path: str, name: str, calls: Sequence[Measured]) -> tuple[str, ...]:
    return (
        path,
        name,
        f"{median(each.age for each in calls):.0f}",
        f"{max(each.age for each in calls):.0f}",
        f"{median(each.pictures for each in calls):.1f}",
        f"{sum(each.freezes for each in calls)}",
        f"{median(each.sound for each in calls):.0f}",
        f"{median(each.jitter for each in calls):.0f}",
    )


if __name__ == "__main__":
    main()

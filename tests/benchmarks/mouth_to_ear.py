"""How much later what is said is heard: from a phone in a room, and from the room in a phone.

    python -m tests.benchmarks.mouth_to_ear --minutes 30 --drift 200

Chromium and the daemon have the sinks of one sound server for microphones and loudspeakers
(support/conversation.py), so every stage counts: the sound server, the browser's and ours. Speech
is compared with what arrives by correlation. `--drift` makes the daemon's sound card so much faster
than everybody else's, by the resampler that stands between a program and PipeWire's graph.
"""

import argparse
import asyncio
import statistics

from tests.support.conversation import Conversation, conversation

SETTLE_SECONDS = 5.0


def main() -> None:
    """Print a line for each minute, and the medians."""
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--minutes", type=float, default=2, help="how long the call lasts")
    parser.add_argument("--drift", type=int, default=0, help="of the card's clock, in ppm")
    parser.add_argument("--each", type=int, default=5, help="how often both speak, at both ends")
    options = parser.parse_args()
    asyncio.run(_run(options.minutes, options.drift, options.each))


async def _run(minutes: float, drift: int, each: int) -> None:
    async with conversation() as talk:
        if drift:
            print(f"{talk.room.speed_up(drift)} streams of the daemon drift by {drift} ppm")
        await asyncio.sleep(SETTLE_SECONDS)
        first = await _measure(talk, "at first", each)
        await asyncio.sleep(max(0.0, 60 * minutes - 2 * SETTLE_SECONDS))
        last = await _measure(talk, f"after {minutes:g} min", each)
        for name, (room, phone) in (("first", first), ("last", last)):
            print(f"{name}: median {room:.0f} ms from the phone to the room, {phone:.0f} ms back")


async def _measure(talk: Conversation, name: str, each: int) -> tuple[float, float]:
    """Print both delays, several times; return their medians in milliseconds."""
    delays = []
    for _ in range(each):
        room, phone = (1000 * each for each in await talk.delays())
        delays.append((room, phone))
        status = await talk.appliance.status()
        received, audio = status["calls"][0]["received"], status["audio"]
        print(
            f"{name}: {room:4.0f} ms to the room, {phone:4.0f} ms back; waiting "
            f"{1000 * received['audioDelay']:.0f} ms, concealed {received['audioConcealed']} of "
            f"{received['audioFrames']}, xruns {audio['xruns']}, drift {audio['driftPpm']} ppm",
            flush=True,
        )
    return statistics.median(each[0] for each in delays), statistics.median(
        each[1] for each in delays
    )


if __name__ == "__main__":
    main()

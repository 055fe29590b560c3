"""What it costs two phones in a call that one of them loads its page again.

    python -m tests.benchmarks.reload --runs 5

Each phone is a Chromium in a namespace of its own. Prints medians: how long after its navigation
the page that was loaded again shows a picture, and how long the other one shows none. Needs root.
"""

import argparse
import asyncio
from statistics import median

from tests.e2e.house import House, house

LINK = "document.querySelector('#share-link').value"

SHOWN = "probes.firstFrame"
"""Milliseconds since the navigation."""

WATCH = """
(() => {
  const video = document.querySelector('#remote-video');
  globalThis.pause = { last: performance.now(), longest: 0 };
  const look = (now) => {
    pause.longest = Math.max(pause.longest, now - pause.last);
    pause.last = now;
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
})()
"""

SETTLE_SECONDS = 3.0


async def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="how often each page is loaded again")
    runs = parser.parse_args().runs
    async with house(640, 360, 15) as made:
        for who in ("maker", "guest"):
            pauses = [await _reload(made, who) for _ in range(runs)]
            own, other = (median(each) for each in zip(*pauses, strict=True))
            print(f"the {who} loads again, medians of {runs}, ms: ", end="")
            print(f"own first picture {own:.0f}, the other without a picture {other:.0f}")


async def _reload(made: House, who: str) -> tuple[float, float]:
    async with made.phone() as (maker, _), made.phone() as (guest, _):
        await maker.open(made.url)
        await maker.click("#connect")
        await guest.open(await maker.wait_for(LINK))
        for each in (maker, guest):
            await each.wait_for(SHOWN, within=30)
        await asyncio.sleep(SETTLE_SECONDS)
        again, other = (maker, guest) if who == "maker" else (guest, maker)
        await other.evaluate(WATCH)
        await again.reload()
        shown = await again.wait_for(SHOWN, within=60)
        await asyncio.sleep(SETTLE_SECONDS)
        pause = await other.evaluate("pause.longest")
        await again.click("#hangup")
        return shown, pause


if __name__ == "__main__":
    asyncio.run(main())

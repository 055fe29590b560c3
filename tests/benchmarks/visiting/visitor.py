"""A person who opens the appliance's link for the first time, and then once more."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.visiting.net_log import Traffic, events, traffic
from tests.support.appliance import Appliance, Tables
from tests.support.browsers.chromium import ChromiumPhone, launch_chromium
from tests.support.browsers.devices import Devices
from tests.support.network import Host
from tests.support.scenario import idle, until

MARKS = Path(__file__).with_name("marks.js").read_text("utf-8")

FIRST_FRAME_SECONDS = 60.0

SETTLE_SECONDS = 8.0
"""After the first frame: the page registers its service worker five seconds after it has begun, and
that fetches what it keeps."""

REST_SECONDS = 1.0
"""In which a browser that was just started comes to rest."""

_CAMERA = {"backend": "test-pattern", "width": 640, "height": 360, "framerate": 15}
"""A picture that leaves a small machine time for the page."""

# Of what the page has fetched until now the files that every version of it has.
_TIMES = """(() => {
  const [visit] = performance.getEntriesByType('navigation');
  const at = (name) => performance.getEntriesByType('resource')
    .find((one) => new URL(one.name).pathname === name)?.responseEnd;
  return {
    'connected (TCP, TLS)': visit.connectEnd,
    'page': visit.responseEnd,
    'script': at('/app.js'),
    'first contentful paint': performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    'config.json': at('/config.json'),
    ...marks,
    'first frame': probes.firstFrame,
  };
})()"""


@dataclass(frozen=True)
class Visit:
    """One visit."""

    times: dict[str, float]
    """Milliseconds from the navigation to each of its steps, as far as they were seen."""

    until_frame: Traffic
    """Until the first frame."""

    in_all: Traffic
    """Until the page has settled: with its service worker, and what signaling goes on with."""


@asynccontextmanager
async def appliance(host: Host, checkout: Path) -> AsyncIterator[Appliance]:
    """The daemon of a checkout of the repository, on a machine."""
    command = (*host.prefix, sys.executable, "-m", "homecall_appliance")
    environment = {"PYTHONPATH": str(checkout)}
    tables: Tables = {"server": {"public_host": host.address, "http_port": 0}, "camera": _CAMERA}
    async with Appliance.running(tables, command=command, environment=environment) as running:
        yield running


async def visit_twice(running: Appliance, host: Host, slower: float) -> tuple[Visit, Visit]:
    """Open the link in a browser that was never there, and then its successor in another tab.

    The page's processor is so many times `slower`. The person has let the site have camera and
    microphone before.
    """
    authority = running.directory / "tls" / "ca.crt"
    visits: list[tuple[dict[str, float], float, float, float]] = []
    with TemporaryDirectory(prefix="homecall-browser-", ignore_cleanup_errors=True) as files:
        record = Path(files) / "net-log.json"
        arguments = [f"--log-net-log={record}"]
        async with launch_chromium(
            Path(files), authority, Devices(), host.prefix, arguments=arguments
        ) as browser:
            phone = await browser.phone(before=MARKS)
            await asyncio.sleep(REST_SECONDS)
            for _ in range(2):
                visits.append(await _visit(running, phone, slower))
                former, phone = phone, await phone.tab()
                await former.close_tab()
                await running.ask("/hangup", method="POST")
                await until(running, idle, FIRST_FRAME_SECONDS)
        with record.open(encoding="utf-8") as lines:
            seen = list(events(lines))
    cold, warm = (
        Visit(times, traffic(seen, begun, first), traffic(seen, begun, end))
        for times, begun, first, end in visits
    )
    return cold, warm


async def _visit(
    running: Appliance, phone: ChromiumPhone, slower: float
) -> tuple[dict[str, float], float, float, float]:
    """Return the times of a visit, and its beginning, first frame and end in ms since the epoch."""
    link = await running.link()
    await phone.slow_down(slower)
    begun = time.time() * 1000
    await phone.open(link)
    await phone.wait_for("probes.firstFrame", FIRST_FRAME_SECONDS)
    times = {name: at for name, at in (await phone.evaluate(_TIMES)).items() if at is not None}
    first = await phone.evaluate("performance.timeOrigin + probes.firstFrame")
    await asyncio.sleep(SETTLE_SECONDS)
    return times, begun, first, time.time() * 1000

"""Lighthouse's verdict on a page, as Debian's Chromium loads it on a telephone.

Lighthouse 12 is the last one for Node 20. Needs `make build/lighthouse/.installed`, and what
Chromium does.
"""

import asyncio
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.browsers.chromium import ARGUMENTS, EXECUTABLE, device_arguments
from tests.support.browsers.devices import Devices
from tests.support.browsers.nss import trust
from tests.support.rigs.packages import REPOSITORY

COMMAND = REPOSITORY / "build" / "lighthouse" / "node_modules" / ".bin" / "lighthouse"
MISSING = "There is no Lighthouse. Type: make build/lighthouse/.installed"

CATEGORIES = ("performance", "accessibility", "best-practices")

TIMINGS = {
    "first-contentful-paint": "FCP, ms",
    "largest-contentful-paint": "LCP, ms",
    "speed-index": "speed index, ms",
    "total-blocking-time": "TBT, ms",
    "cumulative-layout-shift": "CLS",
}
"""The audits that the score of performance consists of, and their short names."""


@dataclass(frozen=True)
class Verdict:
    """What Lighthouse says."""

    scores: dict[str, int]
    """Of each category, from 0 to 100."""

    timings: dict[str, float]
    """By the names of TIMINGS, for a slow telephone on a slow network, which are computed from what
    was measured ("simulated throttling")."""

    faults: dict[str, str]
    """The audits of accessibility and best practices that did not pass, also those that count for
    nothing, and their titles."""


async def judge(url: str, authority: Path, devices: Devices | None = None) -> Verdict:
    """Let Lighthouse load a page with its settings for mobile; the browser trusts the authority.

    Raises AssertionError where Lighthouse fails.
    """
    assert COMMAND.exists(), MISSING
    with TemporaryDirectory(prefix="homecall-browser-", ignore_cleanup_errors=True) as home:
        trust(Path(home) / ".pki" / "nssdb", authority)
        given = device_arguments(devices or Devices(), Path(home))
        report = await _run(Path(home), url, ["--headless=new", "--no-sandbox", *ARGUMENTS, *given])
    assert not report.get("runtimeError"), report["runtimeError"]
    categories, audits = report["categories"], report["audits"]
    return Verdict(
        {name: round(100 * categories[name]["score"]) for name in CATEGORIES},
        {name: audits[audit]["numericValue"] for audit, name in TIMINGS.items()},
        {
            reference["id"]: audits[reference["id"]]["title"]
            for name in ("accessibility", "best-practices")
            for reference in categories[name]["auditRefs"]
            if audits[reference["id"]]["score"] not in (None, 1)
        },
    )


async def _run(home: Path, url: str, flags: list[str]) -> dict[str, Any]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")}
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        url,
        "--quiet",
        "--no-enable-error-reporting",
        "--output=json",
        "--output-path=stdout",
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags={' '.join(flags)}",
        env={**environment, "HOME": str(home), "TMPDIR": str(home), "CHROME_PATH": EXECUTABLE},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        told, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)  # by which it ends its browser, too
            await process.wait()
    assert process.returncode == 0, complaints.decode()
    report: dict[str, Any] = json.loads(told)
    return report

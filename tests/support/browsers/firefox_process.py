"""A process of Debian's Firefox ESR, whose remote agent waits for who drives it."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.browsers.devices import Devices

EXECUTABLE = "/usr/bin/firefox-esr"

START_SECONDS = 40.0
ADDRESS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
DOORWAY = Path(__file__).with_name("doorway.py")

_ASKED, _GRANTED, _DENIED = range(3)
"""The values of a permission's preference."""

PREFERENCES: Mapping[str, bool | int | str] = {
    "media.autoplay.default": 0,
    # No word to anybody outside: the remote agent's own defaults leave these.
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.region.network.url": "",
    "browser.search.geoSpecificDefaults": False,
    "browser.topsites.contile.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "dom.push.connection.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "media.gmp-provider.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.trr.mode": 5,
    "security.OCSP.enabled": 0,
    "security.remote_settings.crlite_filters.enabled": False,
    "security.remote_settings.intermediates.enabled": False,
    "services.settings.server": "data:,",
    "telemetry.server": "",
    "toolkit.telemetry.enabled": False,
}


def preferences(
    devices: Devices, local_names: Sequence[str], settings: Mapping[str, bool | int | str]
) -> str:
    """The profile's user.js that gives Firefox these devices, and this machine these names."""
    # Fake devices do not count as in use, for which Firefox tells a page the addresses of its host:
    # the lasting permission does.
    permission = {"granted": _GRANTED, "denied": _DENIED}.get(devices.access, _ASKED)
    mine = {
        "network.dns.localDomains": ",".join(local_names),
        "media.navigator.streams.fake": devices.access != "none",
        "media.navigator.audio.fake_frequency": devices.tone,
        "media.navigator.permission.disabled": devices.access not in ("denied", "asked"),
        "permissions.default.camera": permission,
        "permissions.default.microphone": permission,
    }
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});"
        for name, value in {**PREFERENCES, **mine, **settings}.items()
    ]
    return "\n".join(lines)


@dataclass(frozen=True)
class Process:
    """A Firefox that runs."""

    group: int
    """Its process group."""

    url: str
    """The WebSocket address of the session."""

    doorway: Path | None
    """The Unix socket by which it is reached in a network of its own."""


@asynccontextmanager
async def running(home: Path, profile: Path, prefix: Sequence[str]) -> AsyncIterator[Process]:
    """A Firefox, until left; `prefix` is `ip netns exec NAME`, or nothing."""
    async with _process(home, profile, prefix) as (group, log):
        url = await _address(log)
        async with _doorway(home, prefix, url) as doorway:
            yield Process(group, url, doorway)


@asynccontextmanager
async def _process(
    home: Path, profile: Path, prefix: Sequence[str]
) -> AsyncIterator[tuple[int, Path]]:
    """Firefox in a process group of its own, until left; yields the group and the path of what it
    says."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("XDG_")},
        "HOME": str(home),
        "TMPDIR": str(home),
        "MOZ_CRASHREPORTER_DISABLE": "1",
        # A release build heeds the preference services.settings.server only with this.
        "MOZ_REMOTE_SETTINGS_DEVTOOLS": "1",
    }
    with (home / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *prefix,
            EXECUTABLE,
            "--headless",
            "--no-remote",
            "--profile",
            profile,
            "--remote-debugging-port=0",
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process.pid, home / "log"
    finally:
        # Nothing of it is kept: no need to wait while it puts its profile in order.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _address(log: Path) -> str:
    """The WebSocket address of the session, as soon as Firefox says it."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            if said := ADDRESS.search(await asyncio.to_thread(log.read_text)):
                return f"{said[1]}/session"
            await asyncio.sleep(0.05)


@asynccontextmanager
async def _doorway(home: Path, prefix: Sequence[str], url: str) -> AsyncIterator[Path | None]:
    if not prefix:
        yield None
        return
    path, port = home / "doorway", str(urlsplit(url).port)
    process = await asyncio.create_subprocess_exec(
        *prefix, sys.executable, DOORWAY, path, port, stdin=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            while not path.exists():  # noqa: ASYNC110 - nobody else would tell
                await asyncio.sleep(0.05)
        yield path
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

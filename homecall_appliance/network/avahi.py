"""Avahi, which makes this machine known at home: its name (mDNS, RFC 6762), and the appliance as a
service (DNS-SD, RFC 6763). Where it is not installed, the appliance is found by its code alone."""

import asyncio
import contextlib
import json
import logging
import os
import shutil
import socket
import subprocess
from asyncio.subprocess import DEVNULL

log = logging.getLogger(__name__)

PUBLISH = "avahi-publish-service"
"""A program of Debian's avahi-utils. What it has published is gone as soon as it ends."""

SERVICE = "_https._tcp"
"""RFC 6763, section 7, with the service's name of RFC 6335's registry."""

PAUSE = 60.0
"""Seconds until it is started again, where it has ended. It waits for Avahi by itself."""

_ASK = (
    *("busctl", "--system", "--auto-start=no", "--timeout=2", "--json=short", "call"),
    *("org.freedesktop.Avahi", "/", "org.freedesktop.Avahi.Server", "GetHostNameFqdn"),
)
_LONGEST_ANSWER = 5.0  # seconds
_LONGEST_INSTANCE = 63  # bytes: RFC 6763, section 4.1.1


def local_name() -> str | None:
    """Return the name by which Avahi answers for this machine, such as "pi.local"; None where it
    does not run. Where another machine has the name already it is another, such as "pi-2.local"
    (RFC 6762, section 9). Blocks, for some hundredths of a second."""
    try:
        asked = subprocess.run(  # noqa: S603 - a constant
            _ASK, check=True, capture_output=True, timeout=_LONGEST_ANSWER, env=_environment()
        )
        (name,) = json.loads(asked.stdout)["data"]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return None
    return name if isinstance(name, str) else None


async def publish(port: int) -> None:
    """Have Avahi tell that the web client is at this port of this machine, until cancelled."""
    program = shutil.which(PUBLISH)
    if program is None:
        log.info("The appliance is not announced at home: there is no %s (avahi-utils).", PUBLISH)
        return
    command = (program, "--no-fail", instance(socket.gethostname()), SERVICE, str(port), "path=/")
    while True:
        await _run(command)
        log.info("%s has ended; it is started again in a minute.", PUBLISH)
        await asyncio.sleep(PAUSE)


def instance(hostname: str) -> str:
    """Return what people see in a list of services."""
    name = f"HomeCall Appliance ({hostname.partition('.')[0]})"
    return name.encode()[:_LONGEST_INSTANCE].decode(errors="ignore")


def _environment() -> dict[str, str]:
    """Ours without the socket of systemd (sd_notify(3)), which systemd's own programs tell of their
    failures by themselves: theirs are none of the service's."""
    return {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}


async def _run(command: tuple[str, ...]) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, env=_environment()
        )
    except OSError as error:  # too many processes or files
        log.warning("%s cannot be started: %s.", PUBLISH, error.strerror)
        return
    try:
        await process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

"""What the scenarios have in common."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

STATE = "document.querySelector('#app').dataset.state"
IN_CALL = f"{STATE} === 'call'"
AT_END = f"{STATE} === 'end'"
READY = "document.querySelector('#app')?.hasAttribute('data-ready')"
"""Whether the page's buttons do anything yet: it comes in its first state before any script."""

Status = dict[str, Any]


_PICTURES = """
probes.stats().then((stats) => [probes.peers.length, stats?.inbound.video?.framesDecoded ?? 0])
"""


class Watcher(Protocol):
    """A page, in whichever browser."""

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, or of the promise that it is."""

    async def wait_for(self, expression: str, within: float = 15.0) -> Any:
        """Evaluate `expression` until its value is truthy, and return that value."""


class Observed(Protocol):
    """A daemon, wherever it runs."""

    async def status(self) -> Status:
        """What `homecall-appliance status --json` shows."""

    def log(self) -> str:
        """What it has written to stderr."""


async def until(
    appliance: Observed, reached: Callable[[Status], bool], within: float = 20.0
) -> Status:
    """Poll the status until it is as wanted, and return it.

    Raises AssertionError with the last one and the log after `within` seconds.
    """
    deadline = asyncio.get_running_loop().time() + within
    while not reached(status := await appliance.status()):
        assert asyncio.get_running_loop().time() < deadline, f"{status}\n{appliance.log()}"
        await asyncio.sleep(0.1)
    return status


async def sees(phone: Watcher, within: float = 20.0) -> None:
    """Wait until pictures come, 20 more than the page has shown by now.

    Raises TimeoutError after `within` seconds.
    """
    peers, before = await phone.evaluate(_PICTURES)
    enough = f"([peers, now]) => now > 20 + (peers === {peers} ? {before} : 0)"
    await phone.wait_for(f"({_PICTURES.strip()}).then({enough})", within)


def idle(status: Status) -> bool:
    """Whether no call is in progress and every device is closed."""
    devices = [status[device]["state"] for device in ("camera", "audio")]
    return not status["calls"] and devices == ["closed", "closed"]


def heard(status: Status) -> bool:
    """Whether the sound of a phone arrives."""
    return any(
        call["received"]["audioFrames"] > 50 for call in status["calls"] if "received" in call
    )


def seen(status: Status) -> bool:
    """Whether pictures of a phone arrive."""
    return any(
        call["received"]["videoFrames"] > 10 for call in status["calls"] if "received" in call
    )


def flowing(status: Status) -> bool:
    """Whether, besides, our picture leaves; the phone's own is shown by no screen."""
    return heard(status) and any(
        call["sent"]["videoFrames"] > 30 for call in status["calls"] if "sent" in call
    )

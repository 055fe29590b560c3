"""The appliance, as the tests run it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from tests.benchmarks.sending.sender import FRAMERATE, HEIGHT, WIDTH, Kind, Place
from tests.support.appliance import Appliance, Tables
from tests.support.process import family
from tests.support.scenario import until

MOST_CALLS = 8


class Daemon:
    """A `benchmarks.sending.sender.Sender`."""

    def __init__(self, appliance: Appliance) -> None:
        self.pid = appliance.pid
        self._appliance = appliance

    def behind(self) -> Mapping[str, int]:
        """See `Sender.behind`."""
        _, camera = family(self.pid)
        return {"camera": camera}

    async def link(self) -> str:
        """See `Sender.link`."""
        return await self._appliance.link()

    async def end(self) -> None:
        """See `Sender.end`."""
        await self._appliance.ask("/hangup", method="POST")
        await until(self._appliance, lambda status: not status["calls"])


def reached(place: Place) -> Tables:
    """The settings by which its viewers reach it, and trust it."""
    return {
        "server": {"http_port": 0, "public_host": place.host},
        "tls": {
            "mode": "files",
            "certificate": str(place.certificate),
            "private_key": str(place.private_key),
        },
    }


@asynccontextmanager
async def running(place: Place) -> AsyncIterator[Daemon]:
    """Run the daemon with the test pattern and the test tone."""
    camera = {"width": WIDTH, "height": HEIGHT, "framerate": FRAMERATE, "bitrate": place.bitrate}
    tables: Tables = {
        **reached(place),
        "camera": {"backend": "test-pattern", **camera},
        "call": {"max_calls": MOST_CALLS},
    }
    async with Appliance.running(tables) as appliance:
        yield Daemon(appliance)


APPLIANCE = Kind("appliance", {}, running)

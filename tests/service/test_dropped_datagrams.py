"""What strangers send to the whole daemon, as its figures tell it."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable

from aiohttp import ClientSession

from tests.support.appliance import Appliance


async def dropped(appliance: Appliance) -> dict[str, float]:
    """Return how many datagrams did not count so far, by reason."""
    found = re.findall(
        r'^homecall_dropped_datagrams_total\{reason="(\w+)"\} (.*)$',
        await appliance.metrics(),
        flags=re.MULTILINE,
    )
    return {reason: float(value) for reason, value in found}


async def until(reached: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await reached():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.05)


async def test_what_strangers_send_is_counted_and_not_told() -> None:
    async with Appliance.running() as appliance, ClientSession() as http:

        async def ready() -> bool:
            return "Ready for a call" in appliance.log()

        async def published_again() -> bool:
            return appliance.log().count("Call: published") == 2

        async def counted() -> bool:
            kinds = ("size", "source", "malformed", "protocol")
            return await dropped(appliance) == dict.fromkeys(kinds, 100)

        await until(ready)
        link = (await appliance.link()).replace("/?", "/signal?")
        async with http.ws_connect(link, ssl=False) as phone:
            offer = (await phone.receive_json())["sdp"]
            places = [line.split()[4:6] for line in offer.splitlines() if "a=candidate:" in line]
            address, port = next(place for place in places if ":" not in place[0])
            await until(published_again)
            log, tasks = appliance.log(), (await appliance.status())["process"]["tasks"]
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                for _ in range(100):
                    for data in (b"", b"\x80" * 20, bytes(20), b"\x40" * 20):
                        stranger.sendto(data, (address, int(port)))
                    await asyncio.sleep(0)
            await until(counted)
            assert (await appliance.status())["process"]["tasks"] <= tasks
            assert appliance.log() == log

"""Names for aiohttp's client, among them those that nobody answers for."""

import socket
import subprocess
import sys
import threading

import pytest
from aiohttp import ClientSession, ClientTimeout, TCPConnector, web

from homecall_appliance.network.host_lookup import Addresses, HostLookup
from homecall_appliance.network.lookup_resolver import LookupResolver
from tests.support.address import free_port

BOTH: Addresses = [(socket.AF_INET6, "fd00::7"), (socket.AF_INET, "127.0.0.1")]


@pytest.mark.parametrize(
    ("family", "hosts"),
    [
        (socket.AF_UNSPEC, ["fd00::7", "127.0.0.1"]),
        (socket.AF_INET, ["127.0.0.1"]),
        (socket.AF_INET6, ["fd00::7"]),
    ],
)
async def test_the_addresses_of_the_family_that_is_asked_for(
    family: socket.AddressFamily, hosts: list[str]
) -> None:
    resolver = LookupResolver(HostLookup(lambda _: BOTH))
    found = await resolver.resolve("home", 8443, family)
    assert [each["host"] for each in found] == hosts
    assert {(each["hostname"], each["port"]) for each in found} == {("home", 8443)}


async def test_a_request_goes_where_the_lookup_says() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=request.host)

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    connector = TCPConnector(resolver=LookupResolver(HostLookup(lambda _: BOTH[1:])))
    async with (
        ClientSession(connector=connector) as session,
        session.get(f"http://ha.home:{port}/") as response,
    ):
        assert await response.text() == f"ha.home:{port}"
    await runner.cleanup()


PROGRAM = """
import asyncio, threading
from homecall_appliance.acme.http import Http, trusting
from homecall_appliance.acme.failures import AcmeError
from homecall_appliance.acme.rfc2136 import Rfc2136
from homecall_appliance.network.host_lookup import HostLookup
from homecall_appliance.web.http_client import RequestError, post_json

def hang(_):
    threading.Event().wait()

async def main():
    lookups = [HostLookup(hang) for _ in range(48)]
    async with Http("test", trusting(), lookups[0]) as client:
        asking = [asyncio.create_task(client.request("GET", "http://a.invalid/"))]
        asking += [
            asyncio.create_task(post_json("http://b.invalid/", b"", "", each))
            for each in lookups[1:-1]
        ]
        asking += [asyncio.create_task(Rfc2136("c.invalid", None, lookups[-1]).present("n", "v"))]
        while threading.active_count() < 49:
            await asyncio.sleep(0.01)
        print(await asyncio.to_thread(lambda: "there is room"))
        for each in asking:
            each.cancel()
        await asyncio.wait(asking)
    print(*{each.cancelled() for each in asking})

asyncio.run(main())
"""


def test_no_other_look_up_and_no_end_is_held_up_by_names_that_nobody_answers_for() -> None:
    """More of them than the event loop's pool has threads (ThreadPoolExecutor: 32 at most)."""
    told = subprocess.check_output([sys.executable, "-c", PROGRAM], text=True, timeout=30)
    assert told == "there is room\nTrue\n"


async def test_a_request_ends_at_its_time_limit_and_the_session_can_be_closed() -> None:
    answer, asked = threading.Event(), list[str]()

    def hang(host: str) -> Addresses:
        asked.append(host)
        answer.wait()
        raise OSError

    connector = TCPConnector(resolver=LookupResolver(HostLookup(hang)))
    async with ClientSession(connector=connector, timeout=ClientTimeout(total=0.2)) as session:
        with pytest.raises(TimeoutError):
            await session.get("http://ha.home/")
    assert asked == ["ha.home"]
    answer.set()

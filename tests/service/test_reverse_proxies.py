"""The daemon behind real reverse proxies, as owners configure them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector, WSServerHandshakeError

from tests.support.appliance import Appliance, Tables
from tests.support.rigs.proxies import Proxy, caddy, nginx

pytestmark = [pytest.mark.long, pytest.mark.apt, pytest.mark.timeout(120)]

HOST = "home.example"

Behind = Callable[[Path, str, str], AbstractAsyncContextManager[Proxy]]

both = pytest.mark.parametrize("behind", [nginx, caddy])


def tables(**server: object) -> Tables:
    """An appliance that is reached by a name, and whose visitors may have one socket each."""
    return {
        "server": {"public_host": HOST, "http_port": 0, **server},
        "limits": {"sockets_per_address": 1},
    }


class Visitors:
    """Programs that speak as browsers do, from addresses of their own, by a proxy."""

    def __init__(self, proxy: Proxy, stack: AsyncExitStack) -> None:
        self._proxy = proxy
        self._stack = stack

    async def come(self, address: str, origin: str = f"https://{HOST}", **headers: str) -> str:
        """Open a socket that stays; what the appliance answers to nonsense, or why it does not."""
        connector = TCPConnector(local_addr=(address, 0))
        client = await self._stack.enter_async_context(ClientSession(connector=connector))
        url = f"http://127.0.0.1:{self._proxy.port}/signal"
        try:
            connecting = client.ws_connect(url, headers={"Origin": origin, **headers})
            socket = await self._stack.enter_async_context(connecting)
        except WSServerHandshakeError as error:
            return str(error.status)
        await socket.send_str("nonsense")
        return str((await socket.receive_json(timeout=5))["code"])


@both
async def test_the_page_of_the_name_is_our_own_whatever_port_the_proxy_adds(
    behind: Behind, tmp_path: Path
) -> None:
    """`proxy_set_header Host $host:443;` and caddy's `header_up Host {hostport}`."""
    async with (
        Appliance.running(tables()) as appliance,
        behind(tmp_path, f"https://127.0.0.1:{appliance.https_port}", f"{HOST}:443") as proxy,
        AsyncExitStack() as stack,
    ):
        visitors = Visitors(proxy, stack)
        assert await visitors.come("127.0.0.1") == "bad_message"
        assert await visitors.come("127.0.0.1", origin="https://evil.example") == "403"


@both
async def test_each_visitor_has_limits_of_his_own(behind: Behind, tmp_path: Path) -> None:
    async with (
        Appliance.running(tables(trusted_proxies=["127.0.0.1"])) as appliance,
        behind(tmp_path, f"https://127.0.0.1:{appliance.https_port}", HOST) as proxy,
        AsyncExitStack() as stack,
    ):
        visitors = Visitors(proxy, stack)
        for address in ("127.0.0.2", "127.0.0.3"):
            assert await visitors.come(address) == "bad_message"
            # Whatever he claims to be.
            assert await visitors.come(address, **{"X-Forwarded-For": "10.9.9.9"}) == "rate_limited"
        assert "127.0.0.3 asks for too much" in appliance.log()


@both
@pytest.mark.parametrize("path", ["/", "/app.js", "/?session=1"])
async def test_a_proxy_that_ends_tls_before_the_plain_port_is_told_of_the_other(
    behind: Behind, tmp_path: Path, path: str
) -> None:
    """A browser would be sent to HTTPS, where it has just come from, for ever."""
    async with (
        Appliance.running() as appliance,
        behind(tmp_path, f"http://{appliance.host}:{appliance.http_port}", HOST) as proxy,
        ClientSession() as client,
        client.get(f"http://127.0.0.1:{proxy.port}{path}", allow_redirects=False) as response,
    ):
        assert response.status == 421
        told = await response.text()
        assert f"{appliance.https_port}" in told


async def test_a_proxy_that_keeps_websockets_back_is_named_in_the_journal(tmp_path: Path) -> None:
    """nginx, before it is told to hand on the header Upgrade."""
    async with (
        Appliance.running(tables()) as appliance,
        nginx(tmp_path, f"https://127.0.0.1:{appliance.https_port}", HOST, "") as proxy,
        AsyncExitStack() as stack,
    ):
        visitors = Visitors(proxy, stack)
        for _ in range(10):
            assert await visitors.come("127.0.0.1") == "426"
        assert appliance.log().count("A reverse proxy keeps WebSockets back") == 1

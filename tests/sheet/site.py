"""The client's files as the appliance serves them, and what else the page asks of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from homecall_appliance.app.serving import STATIC
from homecall_appliance.web.assets import Assets

CONFIG = {
    "iceServers": [],
    "iceTransportPolicy": "all",
    "sessionLive": True,
    "sessionRefused": None,
    "run": "1",
    "version": "1",
    "language": None,
    "guestSessions": True,
    "trustPort": None,
}


class Site:
    """A site on the loopback, which browsers take for a secure one without TLS."""

    def __init__(self) -> None:
        self.config: dict[str, Any] | None = dict(CONFIG)
        """What /config.json answers; None: nothing."""

        self.url = ""

    async def _config(self, _: web.Request) -> web.Response:
        if self.config is None:
            raise web.HTTPServiceUnavailable
        return web.json_response(self.config)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Site"]:
        """Serve until left."""
        app = web.Application()
        app.router.add_get("/config.json", self._config)
        app.router.add_get("/version.json", self._config)
        app.router.add_get("/{path:.*}", Assets(STATIC, None).handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        [address] = runner.addresses
        self.url = f"http://127.0.0.1:{address[1]}/"
        try:
            yield self
        finally:
            await runner.cleanup()

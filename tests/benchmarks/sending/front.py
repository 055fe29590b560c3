"""The page of a sender that has none: over TLS, with as few waits as there can be."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

from aiohttp import web

from tests.benchmarks.sending.sender import Place
from tests.support.address import free_port

HERE = Path(__file__).parent
PAGE = (HERE / "page.html").read_text("utf-8")
SCRIPT = (HERE / "viewer.mjs").read_text("utf-8")


class Peer(Protocol):
    """A sender that offers."""

    async def offer(self, call: str) -> str:
        """Begin a call; return the offer with all its candidates."""

    async def answer(self, call: str, sdp: str) -> None:
        """Take the answer, which has no candidates: the viewer's checks tell its address."""

    async def end(self) -> None:
        """End all calls; none is left on return."""


class Front:
    """Serves the page of each call of a peer."""

    def __init__(self, peer: Peer, origin: str) -> None:
        self._peer = peer
        self._origin = origin
        self._numbers = count(1)
        self._offers: dict[str, asyncio.Task[str]] = {}

    @classmethod
    @asynccontextmanager
    async def serving(cls, place: Place, peer: Peer) -> AsyncIterator["Front"]:
        """Serve until left."""
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(place.certificate, place.private_key)
        port = free_port()
        front = cls(peer, f"https://{place.host}:{port}")
        application = web.Application()
        application.add_routes(
            [
                web.get("/{call}", front._page),
                web.get("/{call}/offer", front._offer),
                web.post("/{call}/answer", front._answer),
            ]
        )
        runner = web.AppRunner(application)
        await runner.setup()
        try:
            await web.TCPSite(runner, place.host, port, ssl_context=tls).start()
            yield front
        finally:
            await runner.cleanup()

    def link(self) -> str:
        """The page of a new call."""
        return f"{self._origin}/{next(self._numbers)}"

    async def _page(self, request: web.Request) -> web.Response:
        # The offer is made while the page is loaded.
        call = request.match_info["call"]
        self._offers[call] = asyncio.create_task(self._peer.offer(call))
        page = PAGE.replace("<script>", f'<script type="module">\n{SCRIPT}')
        return web.Response(text=page, content_type="text/html")

    async def _offer(self, request: web.Request) -> web.Response:
        return web.Response(text=await self._offers.pop(request.match_info["call"]))

    async def _answer(self, request: web.Request) -> web.Response:
        await self._peer.answer(request.match_info["call"], await request.text())
        return web.Response(status=204)

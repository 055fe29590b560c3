"""A stand-in for DuckDNS's API, as https://www.duckdns.org/spec.jsp describes it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "a7c4d0ad-114e-40ef-ba1d-d217904a50f2"  # noqa: S105
ROUTER = "203.0.113.9"
"""The address that requests seem to come from."""


@dataclass
class Records:
    """What one name has."""

    ip: str = ""
    ipv6: str = ""
    txt: str = ""


@dataclass
class FakeDuckDns:
    """An account with names."""

    names: dict[str, Records] = field(default_factory=lambda: {"ourdoor": Records()})
    history: list[Records] = field(default_factory=list)
    """What the name "ourdoor" had after each update."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    """With an answer of another status."""

    url: str = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["FakeDuckDns"]:
        app = web.Application()
        app.router.add_get("/update", self._update)
        async with TestServer(app) as server:
            self.url = str(server.make_url("/update"))
            yield self

    async def _update(self, request: web.Request) -> web.Response:
        if self.status != 200:
            text = "<html>Bad gateway</html>"
            return web.Response(status=self.status, text=text, headers=self.headers)
        query = request.query
        names = query["domains"].split(",")
        if query["token"] != TOKEN or not all(name in self.names for name in names):
            return web.Response(text="KO")
        for name in names:
            self._change(self.names[name], dict(query))
        ours = self.names["ourdoor"]
        self.history.append(Records(ours.ip, ours.ipv6, ours.txt))
        return web.Response(text="OK")

    def _change(self, records: Records, query: dict[str, str]) -> None:
        clear = query.get("clear") == "true"
        if "txt" in query:
            records.txt = "" if clear else query["txt"]
        elif clear:
            records.ip = records.ipv6 = ""
        else:
            four, six = query.get("ip", ""), query.get("ipv6", "")
            records.ip = four or ("" if six else ROUTER) or records.ip
            records.ipv6 = six or records.ipv6

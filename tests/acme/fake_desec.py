"""A stand-in for deSEC's API, as its documentation describes it.

https://desec.readthedocs.io/en/latest/: "Identifying the Responsible Domain for a DNS Name",
"Bulk Modification of RRsets", "Bulk Deletion of RRsets", "Bulk Operations", "Rate Limits".
"""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "i-T3b1h_OI-H9ab8tRS98stGtURe"  # noqa: S105 - that of the documentation
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_SUBNAME = re.compile(r"(\*|[a-z0-9_-]+)(\.[a-z0-9_-]+)*|")


@dataclass
class FakeDesec:
    """An account with domains, each with RRsets by subname and type."""

    domains: dict[str, dict[tuple[str, str], list[str]]] = field(
        default_factory=lambda: {"home.example": {}, "deep.home.example": {}}
    )
    minimum_ttl: int = 3600
    writable: bool = True
    throttled: list[int] = field(default_factory=list)
    """For each of the next requests, seconds of Retry-After with which it is refused."""

    requests: list[str] = field(default_factory=list)
    url: str = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["FakeDesec"]:
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/api/v1/domains/", self._list)
        app.router.add_patch("/api/v1/domains/{name}/rrsets/", self._modify)
        async with TestServer(app) as server:
            self.url = str(server.make_url("/api/v1"))
            yield self

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path_qs}")
        if self.throttled:
            seconds = self.throttled.pop(0)
            text = json.dumps({"detail": f"Request was throttled. Expected in {seconds} seconds."})
            return web.Response(status=429, text=text, headers={"Retry-After": str(seconds)})
        if request.headers.get("Authorization") != f"Token {TOKEN}":
            return web.json_response({"detail": "Invalid token."}, status=401)
        return await handler(request)

    async def _list(self, request: web.Request) -> web.Response:
        name = request.query["owns_qname"]
        owners = [each for each in self.domains if name == each or name.endswith(f".{each}")]
        longest = sorted(owners, key=len)[-1:]
        return web.json_response(
            [{"name": each, "minimum_ttl": self.minimum_ttl} for each in longest]
        )

    async def _modify(self, request: web.Request) -> web.Response:
        records = self.domains.get(request.match_info["name"])
        if records is None:
            return web.json_response({"detail": "Not found."}, status=404)
        if not self.writable:
            return web.json_response({"detail": "You do not have permission."}, status=403)
        if request.content_type != "application/json":
            return web.json_response({"detail": "Unsupported media type."}, status=415)
        sets = await request.json()
        if problems := [self._problem(each) for each in sets if self._problem(each)]:
            return web.json_response(problems, status=400)
        for each in sets:
            key = (each.get("subname", ""), each["type"])
            records.pop(key, None)
            if each["records"]:
                records[key] = each["records"]
        return web.json_response([each for each in sets if each["records"]])

    def _problem(self, given: dict[str, object]) -> str:
        subname, records = given.get("subname", ""), given["records"]
        assert isinstance(subname, str)
        assert isinstance(records, list)
        if not _SUBNAME.fullmatch(subname):
            return "Subname can only use (lowercase) a-z, 0-9, ., -, and _, may start with a '*.'"
        ttl = given["ttl"]
        if not isinstance(ttl, int) or ttl < self.minimum_ttl:
            return f"Ensure this value is greater than or equal to {self.minimum_ttl}."
        for each in records:
            if given["type"] == "A":
                IPv4Address(each)
            elif given["type"] == "AAAA":
                IPv6Address(each)
            elif not re.fullmatch(r'"[^"]{1,255}"', each):
                return "The contents of the TXT record must be enclosed in double quotes."
        return ""

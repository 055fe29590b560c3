"""Both ports of the appliance as a client meets them: real TLS, real sockets, no devices."""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector

from homecall_appliance.certificates.local_ca import LocalAuthority
from homecall_appliance.certificates.tls import Certificates
from homecall_appliance.network.addresses import Names
from homecall_appliance.service.metrics import Metrics
from homecall_appliance.signaling.hub import Hub, HubLimits
from homecall_appliance.signaling.messages import Language
from homecall_appliance.web import plain, secure
from homecall_appliance.web.assets import Assets
from homecall_appliance.web.channel import SocketLimits
from homecall_appliance.web.guard import Guard, GuardLimits
from homecall_appliance.web.origins import Origins
from homecall_appliance.web.proxies import Proxies
from homecall_appliance.web.server import listen, serving
from homecall_appliance.web.socket import SignalEndpoint
from tests.support.limits import guard_limits, hub_limits, session_limits

MESSAGE_BYTES = 2048

LINK_PORT = 8443
"""The port of links, which a router maps."""


PAGE = """<!doctype html><html lang="ru">
<title data-text="page.title"></title>
<style></style>
<script type="module" src="/app.js"></script>
<main id="app" data-state="home"><p data-src="/app.js"><a href="/nothing"></a></p></main>
"""


@dataclass
class Ports:
    """Both ports, and a client that trusts them."""

    client: ClientSession
    trust: ssl.SSLContext
    https: int
    http: int
    hub: Hub
    guard: Guard
    figures: Metrics
    problems: list[str]
    sockets: list[ClientWebSocketResponse] = field(default_factory=list)
    """Every socket that was attached: one that nobody held would be lost."""

    def url(self, path: str) -> str:
        return f"https://127.0.0.1:{self.https}{path}"

    def plain_url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.http}{path}"

    async def attach(self, query: str = "", **headers: str) -> ClientWebSocketResponse:
        socket = await self.client.ws_connect(
            f"wss://127.0.0.1:{self.https}/signal{query}", headers=headers
        )
        self.sockets.append(socket)
        return socket


@asynccontextmanager
async def open_ports(
    folder: Path,
    *,
    hub: HubLimits = hub_limits(session_limits(reconnect_grace=0.2)),  # noqa: B008 - it cannot change
    guard: GuardLimits = guard_limits(),  # noqa: B008
    sockets: SocketLimits = SocketLimits(  # noqa: B008
        MESSAGE_BYTES, unacknowledged_bytes=1 << 20, first_message_timeout=5
    ),
    request_timeout: float = 5.0,
    proxies: Sequence[str] = (),
    certificates: Certificates | None = None,
    link: str = "https://home/",
    language: Language | None = None,
) -> AsyncIterator[Ports]:
    """Serve a small site from `folder`, an empty one, with these limits; links begin with `link`.
    Without `certificates` it has an authority of its own; `language` is as for `Assets`."""
    site = folder / "site"
    (site / "app").mkdir(parents=True)
    (site / "styles").mkdir()
    (site / "index.html").write_text(PAGE)
    manifest = {"description": "page.title", "shortcuts": []}
    (site / "manifest.webmanifest").write_text(json.dumps(manifest))
    (site / "texts").mkdir()
    for spoken in ("en", "ru"):
        texts = {"call.joining": "…", "page.title": spoken}
        (site / "texts" / f"{spoken}.json").write_text(json.dumps(texts))
    (site / "app.js").write_text('import Core from "./app/Core.mjs";\n\nnew Core();\n')
    (site / "app" / "Core.mjs").write_text("/** The core. */\nexport default class Core {}\n")
    (site / "styles" / "base.css").write_text("body {\n  margin: 0;\n}\n")
    (site / "retiring-worker.js").write_text("retire();")
    (site / "appliance-worker.js").write_text('const SHELL = { version: "", files: [] };')
    (folder / "secret.txt").write_text("secret")
    names = Names(("localhost",), (ip_address("127.0.0.1"),))
    certificates = certificates or LocalAuthority(
        folder / "tls", lambda: names, lambda: datetime.now(UTC)
    )
    root = certificates.authority_pem
    assert root
    figures, problems = Metrics(), list[str]()
    registry = Hub(hub, [figures])
    doorman = Guard(guard, time.monotonic, figures.rejected)
    https, http = listen("127.0.0.1", 0), listen("127.0.0.1", 0)
    https_port, http_port = https.getsockname()[1], http.getsockname()[1]
    origins = Origins(
        lambda: certificates.names,
        lambda: "home.example",
        {https_port, LINK_PORT},
        ["https://friend.example"],
        time.monotonic,
    )
    served = secure.Site(
        assets=Assets(site, language),
        signal=SignalEndpoint(registry, doorman, sockets, figures, origins),
        version="1.2.3",
        client_config=lambda session, trusted: {
            "iceServers": [],
            "version": "1.2.3",
            "language": None,
            "sessionLive": registry.is_live(session),
            "trusted": trusted,
        },
        problems=lambda: problems,
        certificates=certificates,
    )
    trust = ssl.create_default_context(cadata=root.decode())
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(
            serving(
                secure.https_app(served),
                https,
                guard=doorman,
                proxies=Proxies(proxies),
                request_timeout=request_timeout,
                context=certificates.context,
                content_security_policy=secure.content_security_policy(served.assets),
            )
        )
        await stack.enter_async_context(
            serving(
                plain.http_app(certificates, https_port, lambda: link),
                http,
                guard=doorman,
                proxies=Proxies(proxies),
                request_timeout=request_timeout,
                content_security_policy=plain.content_security_policy,
            )
        )
        stack.callback(registry.close)
        client = await stack.enter_async_context(
            ClientSession(connector=TCPConnector(ssl=trust, force_close=True))
        )
        ports = Ports(client, trust, https_port, http_port, registry, doorman, figures, problems)
        yield ports
        await asyncio.gather(*(socket.close() for socket in ports.sockets))


async def next_error(socket: ClientWebSocketResponse) -> str:
    code: str = (await socket.receive_json(timeout=5))["code"]
    return code


def offer(session_id: str) -> str:
    return json.dumps({"type": "offer", "sessionId": session_id, "sdp": "v=0"})

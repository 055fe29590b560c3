"""The HTTPS port: the web client, what it asks for, and signaling."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from homecall_appliance.certificates.tls import Certificates
from homecall_appliance.web.assets import Assets
from homecall_appliance.web.server import add_authority, host_of
from homecall_appliance.web.socket import SignalEndpoint

ONE_DAY = 86_400
"""Seconds of Strict-Transport-Security (RFC 6797). While it lasts, a browser lets nobody past the
warning, nor to the page that helps a phone to trust the appliance: an owner who goes back to its
own authority waits so long."""


@dataclass(frozen=True)
class Site:
    """What the site consists of; the functions are called for each request."""

    assets: Assets
    signal: SignalEndpoint
    version: str
    client_config: Callable[[str | None, bool], Mapping[str, Any]]
    """Of the session that the request names, if it names one; and whether the page has come by
    a certificate that phones trust by themselves."""

    problems: Callable[[], list[str]]
    certificates: Certificates


def https_app(site: Site) -> web.Application:
    """Make the application of the HTTPS port."""

    async def client_config(request: web.Request) -> web.Response:
        return _fresh(site.client_config(request.query.get("session"), by_owners(request)))

    async def version(_: web.Request) -> web.Response:
        return _fresh({"version": site.version})

    async def health(_: web.Request) -> web.Response:
        reasons = site.problems()
        if reasons:
            return _fresh({"status": "failing", "reasons": reasons}, status=503)
        return _fresh({"status": "ok"})

    def by_owners(request: web.Request) -> bool:
        connection = request.get_extra_info("ssl_object")
        return connection is not None and site.certificates.is_owners(connection)

    async def add_hsts(request: web.Request, response: web.StreamResponse) -> None:
        # Behind a certificate that every browser trusts, plain HTTP is not needed. Behind our own
        # it is: there is the page that helps a phone to trust it.
        if by_owners(request):
            response.headers["Strict-Transport-Security"] = f"max-age={ONE_DAY}"

    app = web.Application()
    app.router.add_get("/signal", site.signal.handle)
    app.router.add_get("/config.json", client_config)
    app.router.add_get("/version.json", version)
    app.router.add_get("/healthz", health)
    add_authority(app, site.certificates)
    app.on_response_prepare.append(add_hsts)
    app.router.add_get("/{path:.*}", site.assets.handle)
    return app


def content_security_policy(assets: Assets) -> Callable[[web.Request], str]:
    """Return what tells the policy of the answer to a request: nothing is allowed but our own.

    The styles in the page are named by their hash (W3C Content Security Policy Level 3, section
    2.3.1), and wss because older Safari leaves it out of 'self'.
    """

    def policy(request: web.Request) -> str:
        host = host_of(request)
        socket = f" wss://{host[0]}" if host else ""
        return (
            f"default-src 'none'; script-src 'self'; style-src {assets.style_hash}; "
            "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; "
            f"connect-src 'self'{socket}; manifest-src 'self'; worker-src 'self'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    return policy


def _fresh(body: Mapping[str, Any], status: int = 200) -> web.Response:
    return web.json_response(dict(body), status=status, headers={"Cache-Control": "no-store"})

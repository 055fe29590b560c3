"""The plain-HTTP port: how a phone comes to trust the appliance, and the way to HTTPS."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

from homecall_appliance.certificates.tls import Certificates
from homecall_appliance.network.addresses import address_of, dns_name, https_origin
from homecall_appliance.signaling.messages import Language
from homecall_appliance.web import onboarding
from homecall_appliance.web.server import add_authority, as_response, host_of, language_of

_LANGUAGES: dict[str, Language] = {"ru": "ru", "en": "en"}

_BEHIND_TLS: dict[Language, str] = {
    "en": "A reverse proxy asks the intercom's plain HTTP port for this page. It must ask port "
    "{port} by HTTPS (nginx: proxy_pass https://ADDRESS:{port};).\n",
    "ru": "Обратный прокси запрашивает эту страницу с порта домофона для обычного HTTP. Он должен "
    "обращаться к порту {port} по HTTPS (nginx: proxy_pass https://АДРЕС:{port};).\n",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def http_app(
    certificates: Certificates,
    https_port: int,
    link: Callable[[], str],
    challenge_response: Callable[[str], str | None] = lambda _: None,
) -> web.Application:
    """Make the application of the plain port.

    `link` returns the address of the web client that links have at that moment;
    `challenge_response` what a certificate authority is to find for a token while it looks whether
    the name is ours, None where it looks for none (http-01: RFC 8555, section 8.3).
    """
    ways = _Ways(certificates, https_port, link)

    async def redirect(request: web.Request) -> web.Response:
        url = ways.secure_origin(request) + str(request.rel_url)
        return web.Response(status=308, headers={"Location": url})

    async def page(request: web.Request) -> web.StreamResponse:
        authority = certificates.authority_pem
        if authority is None or not ways.need_trust(request):
            return await redirect(request)
        if not certificates.needs_trust(ways.link_host):
            # By the link no phone needs to trust anything. Not for ever: that may change.
            raise web.HTTPTemporaryRedirect(link())
        language = _LANGUAGES.get(request.query.get("language", "")) or language_of(request)
        device = onboarding.device_of(request.headers.get("User-Agent", ""))
        url = ways.trusted_origin(request) + "/"
        return as_response(onboarding.page(authority, url, language, device))

    async def challenge(request: web.Request) -> web.Response:
        text = challenge_response(request.match_info["token"])
        if text is None:
            raise web.HTTPNotFound
        return web.Response(body=text.encode(), content_type="application/octet-stream")

    async def styles(_: web.Request) -> web.Response:
        return as_response(onboarding.stylesheet())

    @web.middleware
    async def refuse_proxied(request: web.Request, handler: Handler) -> web.StreamResponse:
        """A proxy that ends TLS would send the browser to where it has come from, for ever."""
        if request.headers.get("X-Forwarded-Proto", "").lower() != "https":
            return await handler(request)
        text = _BEHIND_TLS[language_of(request)].format(port=https_port)
        return web.Response(status=421, text=text)  # RFC 9110, section 15.5.20

    app = web.Application(middlewares=[_refuse_sockets, refuse_proxied])
    add_authority(app, certificates)
    app.router.add_get("/.well-known/acme-challenge/{token}", challenge)
    app.router.add_get("/", page)
    app.router.add_get("/trust.css", styles)
    app.router.add_route("*", "/{path:.*}", redirect)
    return app


@dataclass(frozen=True)
class _Ways:
    """The ways from the plain port to HTTPS.

    A router may map another port to the HTTPS port, which links carry then (server.public_port):
    so does the way to the link's host. Who names another host has come past that router, as a rule
    by an address at home, where the HTTPS port is the appliance's own.
    """

    certificates: Certificates
    https_port: int
    link: Callable[[], str]

    @property
    def link_host(self) -> str:
        return urlsplit(self.link()).hostname or ""

    def need_trust(self, request: web.Request) -> bool:
        """Whether who follows the host of the request is shown a certificate of our own."""
        host = host_of(request)
        return self.certificates.needs_trust(host[1] if host else self.link_host)

    def secure_origin(self, request: web.Request) -> str:
        """That of the host that the request names; of links where it names no usable one."""
        host, link = host_of(request), self.link().rstrip("/")
        if host is None or _is_same(host[1], self.link_host):
            return link
        return https_origin(host[1], self.https_port)

    def trusted_origin(self, request: web.Request) -> str:
        """The same, and that of links where no certificate is for the host: there a phone warns,
        whatever it trusts."""
        host = host_of(request)
        if host is None or not self.certificates.bears(host[1]):
            return self.link().rstrip("/")
        return self.secure_origin(request)


def _is_same(host: str, other: str) -> bool:
    return (address_of(host) or dns_name(host)) == (address_of(other) or dns_name(other))


def content_security_policy(_: web.Request) -> str:
    """Allow the page its own styles and nothing else: it has no script."""
    return (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )


@web.middleware
async def _refuse_sockets(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Signaling is never upgraded and never redirected (protocol.md, section 1)."""
    if request.headers.get("Upgrade", "").lower() == "websocket":
        return web.json_response({"code": "tls_required"}, status=426)
    return await handler(request)

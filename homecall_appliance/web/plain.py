"""The plain-HTTP port: how a phone comes to trust the appliance, and the way to HTTPS."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from homecall_appliance.signaling.messages import Language
from homecall_appliance.web import onboarding
from homecall_appliance.web.addresses import https_origin
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
    authority_pem: Callable[[], bytes] | None, https_port: int, link: Callable[[], str]
) -> web.Application:
    """Make the application of the plain port.

    `authority_pem` returns the authority of the moment; without one of our own there is nothing to
    trust, and every path leads to HTTPS. `link` returns the address of the web client, for
    a request that names no usable host.
    """

    async def redirect(request: web.Request) -> web.Response:
        return web.Response(
            status=308, headers={"Location": secure_url(request, str(request.rel_url))}
        )

    def secure_url(request: web.Request, path: str) -> str:
        host = host_of(request)
        if host is None:
            return link().rstrip("/") + path
        return https_origin(host[1], https_port) + path

    @web.middleware
    async def refuse_proxied(request: web.Request, handler: Handler) -> web.StreamResponse:
        """A proxy that ends TLS would send the browser to where it has come from, for ever."""
        if request.headers.get("X-Forwarded-Proto", "").lower() != "https":
            return await handler(request)
        text = _BEHIND_TLS[language_of(request)].format(port=https_port)
        return web.Response(status=421, text=text)  # RFC 9110, section 15.5.20

    app = web.Application(middlewares=[_refuse_sockets, refuse_proxied])
    if authority_pem is not None:
        add_authority(app, authority_pem)
        _add_page(app, authority_pem, secure_url)
    app.router.add_route("*", "/{path:.*}", redirect)
    return app


def _add_page(
    app: web.Application,
    authority_pem: Callable[[], bytes],
    secure_url: Callable[[web.Request, str], str],
) -> None:
    async def page(request: web.Request) -> web.Response:
        language = _LANGUAGES.get(request.query.get("language", "")) or language_of(request)
        device = onboarding.device_of(request.headers.get("User-Agent", ""))
        url = secure_url(request, "/")
        return as_response(onboarding.page(authority_pem(), url, language, device))

    async def styles(_: web.Request) -> web.Response:
        return as_response(onboarding.stylesheet())

    app.router.add_get("/", page)
    app.router.add_get("/trust.css", styles)


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

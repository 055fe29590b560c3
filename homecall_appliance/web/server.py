"""What both ports have in common: the listening socket, the headers of every answer, the end."""

import asyncio
import contextlib
import logging
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable

from aiohttp import http_exceptions, web, web_response

from homecall_appliance.certificates.tls import Certificates
from homecall_appliance.signaling.messages import Language
from homecall_appliance.web import onboarding
from homecall_appliance.web.acceptor import Acceptor, bounded
from homecall_appliance.web.guard import Guard
from homecall_appliance.web.language import preferred_language
from homecall_appliance.web.proxies import PROXIES, Proxies

SHUTDOWN_TIMEOUT = 2.0
"""Seconds that requests under way get when the server stops."""

SEND_TIMEOUT_MS = 30_000
"""Milliseconds that what was sent may take to be acknowledged, or to find room."""

BACKLOG = 512
"""Connections that wait to be accepted."""

_HOST = re.compile(r"(?P<name>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": (
        "camera=(self), microphone=(self), screen-wake-lock=(self), autoplay=(self), "
        "fullscreen=(self), geolocation=(), display-capture=(), payment=(), usb=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


_NOTHING = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(), microphone=()",
}
"""The policies of what is neither document nor worker, opened by itself."""


# What aiohttp cannot parse it answers before any code of ours: without its name and version, and
# without a traceback in the log for every stranger's garbage.
web_response.SERVER_SOFTWARE = "HomeCall"  # type: ignore[attr-defined]
logging.getLogger("aiohttp.server").addFilter(
    lambda record: (
        not (
            record.exc_info and isinstance(record.exc_info[1], http_exceptions.HttpProcessingError)
        )
    )
)


class PortError(Exception):
    """A port could not be opened; `str()` is a sentence for the owner."""


def listen(address: str, port: int) -> socket.socket:
    """Open a listening socket; "::" takes IPv4 and IPv6 alike, or IPv4 where that is all there is.

    Raises PortError.
    """
    everywhere = address == "::"
    dual_stack = everywhere and socket.has_dualstack_ipv6()
    if everywhere and not dual_stack:
        address = "0.0.0.0"  # noqa: S104 - the owner asked for every address
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listener = socket.create_server(
            (address, port), family=family, dualstack_ipv6=dual_stack, backlog=BACKLOG
        )
    except OSError as error:
        raise PortError(
            f"Port {port} on {address} cannot be opened: {error.strerror}. Stop the program that "
            "uses it, or choose another port in the section [server] of the configuration."
        ) from error
    # Connections inherit it. It ends those that died without a word, and those whose reader
    # stands still: it holds for a closed window, too (tcp(7)).
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SEND_TIMEOUT_MS)
    return listener


@contextlib.asynccontextmanager
async def serving(
    app: web.Application,
    listener: socket.socket,
    *,
    guard: Guard,
    proxies: Proxies,
    request_timeout: float,
    context: ssl.SSLContext | None = None,
    content_security_policy: Callable[[web.Request], str],
) -> AsyncIterator[None]:
    """Serve an application on a listening socket until left, with the headers that bind it.

    The listening socket is closed in the end. A connection has `request_timeout` seconds for its
    TLS handshake, and again for each request. `content_security_policy` is that of documents and
    workers (W3C Content Security Policy Level 3, section 4.2).
    """

    async def protect(request: web.Request, response: web.StreamResponse) -> None:
        if context is not None:
            guard.answers()
        response.headers.update(_HEADERS)
        response.headers["Content-Security-Policy"] = content_security_policy(request)
        governs = response.content_type == "text/html" or "Service-Worker" in request.headers
        if not governs:
            response.headers.update(_NOTHING)
        response.headers.popall("Server", None)

    app[PROXIES] = proxies
    app.on_response_prepare.append(protect)
    app.middlewares.insert(0, bounded(guard))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT)
    await runner.setup()
    acceptor = Acceptor(runner, guard, proxies, request_timeout, context)
    async with asyncio.TaskGroup() as group:
        accept = group.create_task(acceptor.run(listener))
        try:
            yield
        finally:
            accept.cancel()
            await asyncio.wait([accept])
            listener.close()
            await runner.cleanup()
            await acceptor.close()


def host_of(request: web.Request) -> tuple[str, str] | None:
    """Return the Host header and the name in it, if it is one that may be written into a URL."""
    match = _HOST.fullmatch(request.host)
    return (match[0], match["name"]) if match else None


def add_authority(app: web.Application, certificates: Certificates) -> None:
    """Serve /ca.crt and /ca.mobileconfig of the authority of the moment, if there is one."""

    def authority() -> bytes:
        if certificates.authority_pem is None:
            raise web.HTTPNotFound
        return certificates.authority_pem

    async def certificate(_: web.Request) -> web.Response:
        return as_response(onboarding.authority_file(authority()))

    async def profile(request: web.Request) -> web.Response:
        return as_response(onboarding.mobileconfig(authority(), language_of(request)))

    app.router.add_get("/ca.crt", certificate)
    app.router.add_get("/ca.mobileconfig", profile)


def language_of(request: web.Request) -> Language:
    """Return the language of the person at the browser."""
    return preferred_language(request.headers.get("Accept-Language", ""))


def as_response(content: onboarding.Content) -> web.Response:
    """Answer with a media type and bytes that may change with the next version."""
    content_type, body = content
    return web.Response(
        body=body, headers={"Content-Type": content_type, "Cache-Control": "no-cache"}
    )

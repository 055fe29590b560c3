"""What the appliance serves: the web client and signaling by HTTPS, the way there by HTTP, and the
control socket."""

import contextlib
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from homecall_appliance import __version__
from homecall_appliance.app import limits
from homecall_appliance.app.ice import IceServers
from homecall_appliance.app.link import Link
from homecall_appliance.certificates.tls import Certificates
from homecall_appliance.config.model import Config
from homecall_appliance.control.server import Controlled, control_socket
from homecall_appliance.network.addresses import Names, address_of
from homecall_appliance.service.metrics import Metrics
from homecall_appliance.signaling.hub import Hub
from homecall_appliance.web import plain, secure
from homecall_appliance.web.assets import Assets
from homecall_appliance.web.guard import Guard
from homecall_appliance.web.origins import Origins
from homecall_appliance.web.proxies import Proxies
from homecall_appliance.web.secure import Site
from homecall_appliance.web.server import listen, serving
from homecall_appliance.web.socket import SignalEndpoint

STATIC = Path(__file__).parents[1] / "web" / "static"


class Serving:
    """The ports of the appliance, and what is behind them."""

    def __init__(
        self,
        config: Config,
        *,
        certificates: Certificates,
        hub: Hub,
        guard: Guard,
        metrics: Metrics,
        link: Link,
        control: Controlled,
        ice_servers: IceServers,
        challenge_response: Callable[[str], str | None],
    ) -> None:
        self._config = config
        self._certificates = certificates
        self._hub = hub
        self._guard = guard
        self._metrics = metrics
        self._link = link
        self._control = control
        self._ice_servers = ice_servers
        self._challenge_response = challenge_response
        self._run = secrets.token_hex(8)
        language = config.ui.language
        self._language = None if language == "auto" else language

    @contextlib.asynccontextmanager
    async def running(self, https: socket.socket) -> AsyncIterator[None]:
        """Serve until left, HTTPS on this listening socket; raises PortError or ControlError."""
        server = self._config.server
        site = self._site()
        proxies = Proxies(server.trusted_proxies)
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(
                serving(
                    secure.https_app(site),
                    https,
                    guard=self._guard,
                    proxies=proxies,
                    request_timeout=self._config.limits.request_timeout,
                    context=self._certificates.context,
                    content_security_policy=secure.content_security_policy(site.assets),
                )
            )
            if server.http_port:
                http = listen(server.address, server.http_port)
                stack.callback(http.close)
                await stack.enter_async_context(
                    serving(
                        plain.http_app(
                            self._certificates,
                            server.https_port,
                            lambda: self._link.base_url,
                            self._challenge_response,
                        ),
                        http,
                        guard=self._guard,
                        proxies=proxies,
                        request_timeout=self._config.limits.request_timeout,
                        content_security_policy=plain.content_security_policy,
                    )
                )
            path = Path(server.control_socket)
            await stack.enter_async_context(control_socket(path, self._control))
            yield

    def _site(self) -> Site:
        server = self._config.server
        origins = Origins(
            self._names,
            lambda: self._link.host,
            {server.https_port, server.link_port},
            server.allowed_origins,
            time.monotonic,
        )
        return Site(
            assets=Assets(STATIC, self._language),
            signal=SignalEndpoint(
                self._hub, self._guard, limits.socket_limits(self._config), self._metrics, origins
            ),
            version=__version__,
            client_config=self._client_config,
            problems=self._problems,
            certificates=self._certificates,
        )

    def _names(self) -> Names:
        """Return what the certificates are for, and the name of links, where those lead to an
        address meanwhile: pages that were opened by it stay."""
        names, wanted = self._certificates.names, self._link.wanted_host
        return names if address_of(wanted) else Names((*names.dns, wanted), names.addresses)

    def _client_config(self, session_id: str | None, trusted: bool) -> dict[str, Any]:
        """Return what the web client asks for; a relay is for participants of a session only.

        `run` is a random mark of this run of the daemon: another one tells a page that its session
        did not survive (protocol.md, section 5).
        """
        servers = self._ice_servers
        live = self._hub.is_live(session_id)
        named = servers.of_participant() if live else servers.of_anybody()
        return {
            "iceServers": [server.to_json() for server in named],
            "iceTransportPolicy": self._config.ice.policy,
            "sessionLive": live,
            "sessionRefused": self._hub.refusal(session_id) if session_id else None,
            "run": self._run,
            "version": __version__,
            "language": self._language,
            "guestSessions": self._config.session.guest_sessions,
            "trustPort": None if trusted else self._config.server.http_port or None,
        }

    def _problems(self) -> list[str]:
        return [] if self._link.url else ["No link is published yet."]

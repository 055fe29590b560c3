"""The composition root: makes every object of the appliance, starts them in order, ends them in
reverse."""

import asyncio
import contextlib
import itertools
import logging
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from homecall_appliance import __version__
from homecall_appliance.call import Call, Reception
from homecall_appliance.config.model import Config
from homecall_appliance.config.model import Limits as LimitsConfig
from homecall_appliance.config.model import Session as SessionConfig
from homecall_appliance.display.factory import open_display
from homecall_appliance.display.ports import DisplayError
from homecall_appliance.display.view import LinkView, StartingView, screen_language
from homecall_appliance.ice import ice_servers
from homecall_appliance.media.audio import create_audio
from homecall_appliance.media.camera import create_camera
from homecall_appliance.media.capture import Shared, SharedAudio, SharedCamera
from homecall_appliance.media.peer import Peer
from homecall_appliance.negotiation import Patience
from homecall_appliance.service import metrics, process
from homecall_appliance.signaling.hub import Hub, HubLimits
from homecall_appliance.signaling.session import Limits
from homecall_appliance.web import plain, secure
from homecall_appliance.web.addresses import certificate_names, link_host, public_host
from homecall_appliance.web.assets import Assets
from homecall_appliance.web.channel import SocketLimits
from homecall_appliance.web.control import ControlError, control_socket
from homecall_appliance.web.guard import Guard, GuardLimits
from homecall_appliance.web.secure import Site
from homecall_appliance.web.server import PortError, listen, serving
from homecall_appliance.web.socket import SignalEndpoint
from homecall_appliance.web.tls import CertificateFiles, Certificates, LocalAuthority, TlsError

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "web" / "static"

NETWORK_INTERVAL = 5.0
"""Seconds between two looks at the addresses of this machine."""

CERTIFICATE_TICKS = 12
"""Network intervals between two looks at the certificate: a minute."""

NOTICE = 10.0
"""Seconds that a phone takes to see that it has lost its connection and must come back."""

LINK_MARGIN = 60.0
"""Seconds that a link on the screen still works at least when somebody begins to scan it."""


OPEN_FILES, FILES_PER_CONNECTION = 512, 2
"""What the appliance itself opens at most, and what a connection takes (see web/delivery.py)."""


class StartError(Exception):
    """The appliance cannot start; `str()` is a sentence for the owner."""


async def run(config: Config, environ: Mapping[str, str], stop: asyncio.Event) -> None:
    """Run the appliance until `stop` is set; raises StartError."""
    _allow_open_files(config.limits.connections)
    try:
        async with contextlib.AsyncExitStack() as stack:
            appliance = await Appliance.start(config, environ, stack)
            await appliance.run(stop)
    except* (PortError, TlsError, ControlError, DisplayError) as errors:
        raise StartError(_sentence_of(errors)) from errors


class Appliance:
    """The objects of the running appliance, and what the control socket tells of them."""

    def __init__(
        self, config: Config, environ: Mapping[str, str], certificates: Certificates
    ) -> None:
        self.figures = metrics.Metrics()
        self.hub = Hub(_hub_limits(config.session), [self.figures])
        self.guard = Guard(_guard_limits(config.limits), time.monotonic, self.figures.rejected)
        self.camera = SharedCamera(create_camera(config.camera))
        self.audio = SharedAudio(create_audio(config.audio), config.audio.volume)
        self.display = open_display(
            config.display.backend,
            config.display.device,
            config.display.rotation,
            language=screen_language(config.ui.language, environ),
            stream=sys.stdout,
        )
        self.reception = Reception(
            self.hub,
            self._new_peer,
            max_calls=config.call.max_calls,
            max_duration=config.call.max_duration,
            renew_after=max(
                config.session.wait_timeout / 2, config.session.wait_timeout - LINK_MARGIN
            ),
            on_change=self._show,
            patience=Patience(lost=config.session.reconnect_grace + NOTICE),
        )
        self._config = config
        self._certificates = certificates
        self._host = public_host(config.server.public_host)
        self._started = time.monotonic()
        self._describe()

    @classmethod
    async def start(
        cls, config: Config, environ: Mapping[str, str], stack: contextlib.AsyncExitStack
    ) -> "Appliance":
        """Open the ports and serve; `stack` closes everything in reverse order."""
        server = config.server
        https = listen(server.address, server.https_port)
        stack.callback(https.close)
        certificates = await asyncio.to_thread(_certificates, config)
        appliance = cls(config, environ, certificates)
        stack.callback(appliance.display.close)
        appliance.display.show(StartingView())
        site = appliance.site()
        await stack.enter_async_context(
            serving(
                secure.https_app(site),
                https,
                guard=appliance.guard,
                request_timeout=config.limits.request_timeout,
                context=certificates.context,
                content_security_policy=secure.content_security_policy,
            )
        )
        if server.http_port:
            http = listen(server.address, server.http_port)
            stack.callback(http.close)
            helper = plain.http_app(site.authority_pem, server.https_port, appliance.base_url)
            await stack.enter_async_context(
                serving(
                    helper,
                    http,
                    guard=appliance.guard,
                    request_timeout=config.limits.request_timeout,
                    content_security_policy=plain.content_security_policy,
                )
            )
        await stack.enter_async_context(control_socket(Path(server.control_socket), appliance))
        stack.callback(appliance.hub.close)
        return appliance

    async def run(self, stop: asyncio.Event) -> None:
        """Run every part until `stop` is set; a part that fails ends the others and the daemon."""
        async with asyncio.TaskGroup() as group:
            parts = [
                group.create_task(self.camera.run(), name="camera"),
                group.create_task(self.audio.run(), name="audio"),
                group.create_task(self.reception.run(), name="reception"),
                group.create_task(self._watch_network(), name="network"),
                group.create_task(self.figures.watch_event_loop(), name="event loop"),
            ]
            await stop.wait()
            log.info("Stopping.")
            for part in parts:
                part.cancel()

    def site(self) -> Site:
        """Return what the HTTPS port serves."""
        session, server = self._config.session, self._config.server
        return Site(
            assets=Assets(STATIC),
            signal=SignalEndpoint(
                self.hub,
                self.guard,
                SocketLimits(
                    message_bytes=session.message_bytes,
                    unacknowledged_bytes=2 * session.queue_bytes,
                    first_message_timeout=self._config.limits.first_message_timeout,
                ),
                self.figures,
                server.allowed_origins,
            ),
            version=__version__,
            client_config=self._client_config,
            problems=self._problems,
            authority_pem=self._certificates.authority_pem,
        )

    def base_url(self) -> str:
        """Return the address of the web client, as links begin."""
        port = self._config.server.link_port
        return f"https://{link_host(self._host)}{'' if port == 443 else f':{port}'}/"

    def link(self) -> dict[str, Any]:
        """Return the link of the moment."""
        published = self.reception.published
        session_id = published.session_id if published else ""
        return {"url": f"{self.base_url()}?session={session_id}", "sessionId": session_id}

    def status(self) -> dict[str, Any]:
        """Return the state of the appliance as JSON values."""
        return {
            "version": __version__,
            "uptime": round(time.monotonic() - self._started, 1),
            "link": self.link(),
            "sessions": self.hub.counts(),
            "calls": [_call_status(call) for call in self.reception.calls],
            "camera": _device_status(self.camera),
            "audio": _device_status(self.audio),
            "process": {"tasks": len(asyncio.all_tasks()), **process.usage()},
        }

    def metrics(self) -> tuple[str, bytes]:
        """Return the figures for Prometheus: their media type and their text."""
        return metrics.CONTENT_TYPE, self.figures.text()

    def hang_up(self) -> int:
        """End every call with the appliance."""
        return self.reception.hang_up()

    def _describe(self) -> None:
        """Tell the figures where to find what they are not told."""
        self.figures.sessions(self.hub.counts)
        self.figures.gauge(
            "homecall_queue_bytes",
            "Bytes of messages that wait for absent participants.",
            lambda: self.hub.queued_bytes,
        )
        self.figures.gauge(
            "homecall_calls",
            "Calls with the appliance in progress.",
            lambda: len(self.reception.calls),
        )
        self.figures.gauge(
            "homecall_connections", "Open connections.", lambda: self.guard.connections
        )

    def _new_peer(self, on_state: Callable[[str], None]) -> Peer:
        servers = ice_servers(self._config.ice, time.time())
        return Peer(self.camera, self.audio, servers, on_state)

    def _client_config(self) -> dict[str, Any]:
        language = self._config.ui.language
        return {
            "iceServers": [
                server.to_json() for server in ice_servers(self._config.ice, time.time())
            ],
            "version": __version__,
            "language": None if language == "auto" else language,
            "guestSessions": self._config.session.guest_sessions,
        }

    def _problems(self) -> list[str]:
        return [] if self.reception.published else ["No link is published yet."]

    def _show(self) -> None:
        problems = [device.problem for device in (self.camera, self.audio) if device.problem]
        self.display.show(
            LinkView(self.link()["url"], calls=len(self.reception.calls), notes=tuple(problems))
        )

    async def _watch_network(self) -> None:
        """Follow the addresses of this machine, and keep the certificate fit for them and valid."""
        for tick in itertools.count(1):
            await asyncio.sleep(NETWORK_INTERVAL)
            host = await asyncio.to_thread(public_host, self._config.server.public_host)
            moved = host != self._host
            if moved:
                log.info("The address of the appliance has changed: the link is a new one.")
                self._host = host
                self._show()
            if moved or tick % CERTIFICATE_TICKS == 0:
                await self._refresh_certificate()

    async def _refresh_certificate(self) -> None:
        try:
            if await asyncio.to_thread(self._certificates.refresh):
                log.info("New connections get a new certificate.")
        except TlsError as error:
            log.warning("%s", error)


def _allow_open_files(connections: int) -> None:
    wanted = OPEN_FILES + FILES_PER_CONNECTION * connections
    allowed = process.allow_open_files(wanted)
    if allowed < wanted:
        log.warning(
            "The system allows %d open files, and %d connections may need %d. Allow more of them "
            "(LimitNOFILE= in the unit, ulimit -n in a shell), or fewer connections in the section "
            "[limits] of the configuration.",
            allowed,
            connections,
            wanted,
        )


def _hub_limits(session: SessionConfig) -> HubLimits:
    return HubLimits(
        session=Limits(
            wait_timeout=session.wait_timeout,
            signal_timeout=session.signal_timeout,
            reconnect_grace=session.reconnect_grace,
            queue_messages=session.queue_messages,
            queue_bytes=session.queue_bytes,
        ),
        max_sessions=session.max_sessions,
        guest_sessions=session.guest_sessions,
    )


def _guard_limits(limits: LimitsConfig) -> GuardLimits:
    return GuardLimits(
        connections=limits.connections,
        connections_per_address=limits.connections_per_address,
        connections_per_second=limits.connections_per_second,
        sockets_per_address=limits.sockets_per_address,
        handshakes_per_second=limits.handshakes_per_second,
        messages_per_second=limits.messages_per_second,
    )


def _certificates(config: Config) -> Certificates:
    tls = config.tls
    if tls.mode == "files":
        return CertificateFiles(Path(tls.certificate), Path(tls.private_key))
    return LocalAuthority(
        Path(tls.state_directory),
        lambda: certificate_names(public_host(config.server.public_host)),
        lambda: datetime.now(UTC),
    )


def _sentence_of(errors: BaseExceptionGroup) -> str:
    """Return the sentence of the first error in a group of groups."""
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return str(first)


def _device_status(device: Shared) -> dict[str, Any]:
    return {"state": "open" if device.open else "closed", "problem": device.problem}


def _call_status(call: Call) -> dict[str, Any]:
    status: dict[str, Any] = {
        "sessionId": call.session_id,
        "history": [state.value for state in call.history],
    }
    if call.peer is not None:
        video, audio = call.peer.sent
        received = call.peer.received
        status["sent"] = {"videoFrames": video, "audioFrames": audio}
        status["received"] = {
            "videoFrames": received.video_frames,
            "videoSize": [received.video_width, received.video_height],
            "audioFrames": received.audio_frames,
            "audioLevel": round(received.audio_level, 1),
        }
    return status

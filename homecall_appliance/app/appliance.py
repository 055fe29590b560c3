"""The composition root: makes every object of the appliance, starts them in order, ends them in
reverse."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homecall_appliance import __version__
from homecall_appliance.app import limits, status
from homecall_appliance.app.device_monitor import Presence
from homecall_appliance.app.display import display_finder
from homecall_appliance.app.health import Health
from homecall_appliance.app.ice import fresh_ice_servers
from homecall_appliance.app.network_monitor import Surroundings
from homecall_appliance.app.peers import Peers
from homecall_appliance.calls.bell import Bell
from homecall_appliance.calls.ice_servers import stun_servers
from homecall_appliance.calls.reception import Reception
from homecall_appliance.config.model import Config
from homecall_appliance.control.figures import samples
from homecall_appliance.control.server import ControlError, control_socket
from homecall_appliance.control.status import LinkStatus
from homecall_appliance.display.ports import DisplayError
from homecall_appliance.display.screen import Screen
from homecall_appliance.display.situation import Situation
from homecall_appliance.display.view import Trouble, View
from homecall_appliance.doctor.isolated import look
from homecall_appliance.faults import handlers
from homecall_appliance.media.audio import create_audio
from homecall_appliance.media.audio.echo import create_canceller
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc.clock import steady_clock
from homecall_appliance.service import metrics, process
from homecall_appliance.service.notify import Notifier
from homecall_appliance.signaling.hub import Hub
from homecall_appliance.web import plain, secure
from homecall_appliance.web.addresses import link_host
from homecall_appliance.web.assets import Assets
from homecall_appliance.web.certificates import open_certificates
from homecall_appliance.web.guard import Guard
from homecall_appliance.web.origins import Origins
from homecall_appliance.web.secure import Site
from homecall_appliance.web.server import PortError, listen, serving
from homecall_appliance.web.socket import SignalEndpoint
from homecall_appliance.web.tls import Certificates, TlsError

log = logging.getLogger(__name__)

STATIC = Path(__file__).parents[1] / "web" / "static"

GOODBYE = 1.0
"""Seconds that a display may take to say that the appliance stops, before it does: the code on it
is to be gone before its session is."""


class StartError(Exception):
    """The appliance cannot start; `str()` is a sentence for the owner."""


async def run(config: Config, environ: Mapping[str, str], stop: asyncio.Event) -> None:
    """Run the appliance until `stop` is set; raises StartError."""
    limits.allow_open_files(config)
    process.take_turns_quickly()
    process.keep_capabilities()
    try:
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(handlers.told_in_one_line())
            stack.enter_context(steady_clock())
            appliance = await Appliance.start(config, environ, stack)
            await appliance.run(stop)
    except* (PortError, TlsError, ControlError, DisplayError) as errors:
        raise StartError(_sentence_of(errors)) from errors


class Appliance:
    """The objects of the running appliance, and what the control socket tells of them."""

    def __init__(
        self,
        config: Config,
        environ: Mapping[str, str],
        certificates: Certificates,
        endpoint: tuple[str, int],
    ) -> None:
        self.notifier = Notifier(environ)
        self.figures = metrics.Metrics()
        self.hub = Hub(limits.hub_limits(config), [self.figures])
        self.guard = Guard(limits.guard_limits(config), time.monotonic, self.figures.rejected)
        self.camera = SharedCamera(config.camera)
        self.audio = SharedAudio(
            create_audio(config.audio), create_canceller(config.audio), config.audio.volume
        )
        self.screen = Screen(display_finder(config, environ), self._view, self._shown)
        peers = Peers(
            config.ice,
            camera=self.camera,
            audio=self.audio,
            screen=self.screen,
            show_remote_video=config.display.show_remote_video,
            on_drop=self.figures.datagram_dropped,
        )
        self.reception = Reception(
            self.hub,
            peers.new,
            addresses=peers.addresses,
            max_calls=config.call.max_calls,
            max_duration=config.call.max_duration,
            renew_after=limits.renew_after(config),
            on_change=self._changed,
            announcers=(Bell(config.audio, self.audio), self.screen, peers.decoders),
            patience=limits.patience(config),
        )
        self.health = Health(
            self.notifier, endpoint, self.guard, self.audio, lambda: self.reception.connected
        )
        self.presence = Presence(
            (config.camera, config.audio), (self.camera, self.audio), look, self._changed
        )
        self.surroundings = Surroundings(
            config.server.public_host, certificates, self.reception.look_at_addresses, self._changed
        )
        self._config = config
        self._certificates = certificates
        self._stopping = False
        self._status = status.StatusReader(
            hub=self.hub,
            guard=self.guard,
            reception=self.reception,
            camera=self.camera,
            audio=self.audio,
            screen=self.screen,
            certificates=certificates,
            link=self._link,
        )

    @classmethod
    async def start(
        cls, config: Config, environ: Mapping[str, str], stack: contextlib.AsyncExitStack
    ) -> "Appliance":
        """Open the ports and serve; `stack` closes everything in reverse order."""
        server = config.server
        https = listen(server.address, server.https_port)
        stack.callback(https.close)
        certificates = await asyncio.to_thread(
            open_certificates,
            config.tls.mode,
            certificate=config.tls.certificate,
            private_key=config.tls.private_key,
            state_directory=config.tls.state_directory,
            host=server.public_host,
        )
        appliance = cls(config, environ, certificates, https.getsockname()[:2])
        stack.callback(appliance.notifier.close)
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
        """Run every part until `stop` is set; a part that fails ends the others and the daemon.

        The screen tells what is going on to the end.
        """
        async with asyncio.TaskGroup() as group:
            screen = group.create_task(self.screen.run(), name="screen")
            await self._run_calls(stop)
            screen.cancel()

    async def _run_calls(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            parts = [
                group.create_task(self.camera.run(), name="camera"),
                group.create_task(self.audio.run(), name="audio"),
                group.create_task(self.reception.run(), name="reception"),
                group.create_task(self.presence.watch(), name="presence"),
                group.create_task(self.surroundings.watch(), name="surroundings"),
                group.create_task(self.figures.watch_event_loop(), name="event loop"),
                group.create_task(self.health.report(), name="health"),
                group.create_task(process.keep_memory_small(), name="memory"),
            ]
            await stop.wait()
            log.info("Stopping.")
            self.notifier.stopping()
            self._stopping = True
            self.screen.changed()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE):
                    await self.screen.settled()
            for part in parts:
                part.cancel()

    def site(self) -> Site:
        """Return what the HTTPS port serves."""
        return Site(
            assets=Assets(STATIC),
            signal=SignalEndpoint(
                self.hub,
                self.guard,
                limits.socket_limits(self._config),
                self.figures,
                Origins(
                    lambda: self._certificates.names,
                    lambda: self.surroundings.host,
                    {self._config.server.https_port, self._config.server.link_port},
                    self._config.server.allowed_origins,
                    time.monotonic,
                ),
            ),
            version=__version__,
            client_config=self._client_config,
            problems=self._problems,
            authority_pem=self._authority_pem if self._certificates.authority_pem else None,
        )

    def base_url(self) -> str:
        """Return the address of the web client, as links begin."""
        port = self._config.server.link_port
        return f"https://{link_host(self.surroundings.host)}{'' if port == 443 else f':{port}'}/"

    def link(self) -> dict[str, Any]:
        """Return the link of the moment."""
        return self._link().to_json()

    def status(self) -> dict[str, Any]:
        """Return the state of the appliance as JSON values."""
        return self._status.read().to_json()

    def metrics(self) -> tuple[str, bytes]:
        """Return the figures for Prometheus: their media type and their text."""
        return metrics.CONTENT_TYPE, self.figures.text(samples(self._status.read()))

    def hang_up(self) -> int:
        """End every call with the appliance."""
        return self.reception.hang_up()

    def _link(self) -> LinkStatus:
        published = self.reception.published
        session_id = published.session_id if published else ""
        return LinkStatus(f"{self.base_url()}?session={session_id}", session_id)

    def _authority_pem(self) -> bytes:
        return self._certificates.authority_pem or b""

    def _client_config(self, session_id: str | None) -> dict[str, Any]:
        """Return what the web client asks for; a relay is for participants of a session only."""
        language = self._config.ui.language
        live = self.hub.is_live(session_id)
        ice = self._config.ice
        servers = fresh_ice_servers(ice) if live else stun_servers(ice)
        return {
            "iceServers": [server.to_json() for server in servers],
            "sessionLive": live,
            "version": __version__,
            "language": None if language == "auto" else language,
            "guestSessions": self._config.session.guest_sessions,
        }

    def _problems(self) -> list[str]:
        return [] if self.reception.published else ["No link is published yet."]

    def _changed(self) -> None:
        self.screen.changed()
        calls = len(self.reception.calls)
        self.notifier.status(status.in_words(calls, self._troubles().values()))

    def _shown(self) -> None:
        self.health.shown.set()

    def _view(self) -> View:
        calls = self.reception.calls
        return Situation(
            link=self._link().url if self.reception.published else None,
            has_network=self.surroundings.connected,
            calls=len(calls),
            max_calls=self._config.call.max_calls,
            connected=self.reception.connected,
            just_ended=self.screen.just_ended,
            stopping=self._stopping,
            troubles=tuple(self._troubles()),
            fingerprint=status.fingerprint(self._certificates),
        ).view

    def _troubles(self) -> dict[Trouble, str]:
        """Return what calls have to do without, and why."""
        problems: dict[Trouble, str | None] = {
            "camera": self.camera.problem,
            "microphone": self.audio.problem,
            "certificate": self._certificates.problem,
        }
        return {trouble: problem for trouble, problem in problems.items() if problem}


def _sentence_of(errors: BaseExceptionGroup) -> str:
    """Return the sentence of the first error in a group of groups."""
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return str(first)

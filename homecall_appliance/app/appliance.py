"""The composition root: makes every object of the appliance, starts them in order, ends them in
reverse."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping

from homecall_appliance.app import limits
from homecall_appliance.app.control import ControlApi
from homecall_appliance.app.device_monitor import Presence
from homecall_appliance.app.display import display_finder
from homecall_appliance.app.health import Health
from homecall_appliance.app.ice import IceServers
from homecall_appliance.app.inside import Inside
from homecall_appliance.app.link import Link
from homecall_appliance.app.name_monitor import NameMonitor
from homecall_appliance.app.network_monitor import NetworkMonitor
from homecall_appliance.app.overview import Overview
from homecall_appliance.app.peers import Peers
from homecall_appliance.app.public_certificate import PublicCertificate, owner_files
from homecall_appliance.app.serving import Serving
from homecall_appliance.app.status import StatusReader
from homecall_appliance.calls.answering import Answering
from homecall_appliance.calls.bell import Bell, local_clock
from homecall_appliance.calls.call_event import CallEvent
from homecall_appliance.calls.reception import Reception
from homecall_appliance.certificates.opening import open_certificates
from homecall_appliance.certificates.tls import Certificates, TlsError
from homecall_appliance.config.model import Config
from homecall_appliance.control.server import ControlError
from homecall_appliance.display.ports import DisplayError, Frame
from homecall_appliance.display.screen import Screen
from homecall_appliance.doctor.isolated import look
from homecall_appliance.faults import handlers
from homecall_appliance.media.audio import create_audio
from homecall_appliance.media.audio.echo import create_canceller
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc import aiortc_compat
from homecall_appliance.media.webrtc.peer import Peer
from homecall_appliance.network import avahi
from homecall_appliance.network.home_network import HomeNetwork
from homecall_appliance.network.resolver import Resolver
from homecall_appliance.service import process
from homecall_appliance.service.metrics import Metrics
from homecall_appliance.service.notify import Notifier
from homecall_appliance.signaling.hub import Hub
from homecall_appliance.web.guard import Guard
from homecall_appliance.web.server import PortError, listen

log = logging.getLogger(__name__)

GOODBYE = 1.0
"""Seconds that a display may take to say that the appliance stops, before it does: the code on it
is to be gone before its session is."""


class StartError(Exception):
    """The appliance cannot start; `str()` is a sentence for the owner."""


async def run(config: Config, environ: Mapping[str, str], stop: asyncio.Event) -> None:
    """Run the appliance until `stop` is set; raises StartError."""
    limits.allow_open_files(config)
    process.take_turns_quickly()
    process.survive_spinning_threads()
    process.keep_capabilities()
    try:
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(handlers.told_in_one_line())
            aiortc_compat.warn()
            appliance = await Appliance.start(config, environ, stack)
            await appliance.run(stop)
    except* (PortError, TlsError, ControlError, DisplayError) as errors:
        raise StartError(_sentence_of(errors)) from errors


class Appliance:
    """The objects of the running appliance. Those that need each other meet through functions."""

    def __init__(
        self,
        config: Config,
        environ: Mapping[str, str],
        *,
        home: HomeNetwork,
        public_certificate: PublicCertificate | None,
        certificates: Certificates,
        endpoint: tuple[str, int],
    ) -> None:
        """`home` has this machine's addresses; `public_certificate` gets one by ACME; `endpoint` is
        where the HTTPS port listens."""
        self._https_port = endpoint[1]
        self.notifier = Notifier(environ)
        self.metrics = Metrics()
        self.hub = Hub(limits.hub_limits(config), [self.metrics])
        self.guard = Guard(limits.guard_limits(config), time.monotonic, self.metrics.rejected)
        self.camera = SharedCamera(config.camera)
        self.audio = SharedAudio(
            create_audio(config.audio), create_canceller(config.audio), config.audio.volume
        )
        self.screen = Screen(
            display_finder(config, environ), lambda: self.overview.view, self._shown
        )
        self.ice_servers = IceServers(config.ice)
        peers = Peers(
            config.ice,
            self.ice_servers,
            camera=self.camera,
            audio=self.audio,
            screen=self.screen,
            show_remote_video=config.display.show_remote_video,
            max_calls=config.call.max_calls,
            on_drop=self.metrics.datagram_dropped,
            on_frame=self._seen,
            home=home,
        )
        bell = Bell(config.audio, self.audio, asks=config.call.asks)
        self.reception = Reception(
            self.hub,
            peers.new,
            addresses=peers.addresses,
            max_calls=config.call.max_calls,
            max_duration=config.call.max_duration,
            renew_after=limits.renew_after(config),
            on_change=self._changed,
            on_event=self._happened,
            announcers=(bell, self.screen, peers.decoders),
            patience=limits.patience(config),
            answering=Answering(config.call.asks, config.call.ring_timeout, bell.alerting),
        )
        self.inside = Inside(
            config,
            environ,
            reception=self.reception,
            camera=self.camera,
            audio=self.audio,
            screen=self.screen,
            on_change=self._changed,
        )
        self.health = Health(
            self.notifier, endpoint, self.guard, self.audio, lambda: self.reception.connected
        )
        self.presence = Presence(
            (config.camera, config.audio), (self.camera, self.audio), look, self._changed
        )
        self.public_certificate = public_certificate
        self.network = NetworkMonitor(
            config.link_host,
            home,
            certificates,
            self._look_at_addresses,
            self._changed,
        )
        self.name = (
            NameMonitor(
                self.network.host,
                Resolver().ask,
                self._changed,
                expected=lambda: public_certificate.name_addresses,
                ready=public_certificate.name_published,
            )
            if public_certificate
            else NameMonitor(self.network.host, Resolver().ask, self._changed)
        )
        link = Link(config.server, self.network, self.reception, certificates, self.name)
        self.overview = Overview(
            reception=self.reception,
            max_calls=config.call.max_calls,
            link=link,
            network=self.network,
            screen=self.screen,
            camera=self.camera,
            audio=self.audio,
            certificates=certificates,
            name=self.name,
            ringing=self.inside.ringing,
            in_call=self.inside.in_call,
            touch=self.inside.touch,
            missed=lambda: self.inside.visits.missed,
            missed_picture=lambda: self.inside.visits.missed_picture,
            clock=local_clock if config.display.clock else str,
        )
        status = StatusReader(
            hub=self.hub,
            guard=self.guard,
            reception=self.reception,
            camera=self.camera,
            audio=self.audio,
            screen=self.screen,
            certificates=certificates,
            link=link,
            servers=peers.ice.memory,
            events_lost=lambda: self.inside.events_lost,
        )
        self.serving = Serving(
            config,
            certificates=certificates,
            hub=self.hub,
            guard=self.guard,
            metrics=self.metrics,
            link=link,
            control=ControlApi(status, self.metrics, link, self.inside.call_control),
            ice_servers=self.ice_servers,
            challenge_response=(
                public_certificate.challenge_response if public_certificate else lambda _: None
            ),
        )

    @classmethod
    async def start(
        cls, config: Config, environ: Mapping[str, str], stack: contextlib.AsyncExitStack
    ) -> "Appliance":
        """Open the ports and serve; `stack` closes everything in reverse order."""
        https = listen(config.server.address, config.server.https_port)
        stack.callback(https.close)
        home = HomeNetwork(config.server.interfaces, local_name=avahi.local_name)
        public = PublicCertificate(config.tls, home) if config.tls.mode == "acme" else None
        certificates = await asyncio.to_thread(
            open_certificates,
            owner_files(config.tls, public),
            state_directory=config.tls.state_directory,
            host=config.link_host,
            home=home,
        )
        appliance = cls(
            config,
            environ,
            home=home,
            public_certificate=public,
            certificates=certificates,
            endpoint=https.getsockname()[:2],
        )
        stack.callback(appliance.notifier.close)
        await stack.enter_async_context(appliance.serving.running(https))
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
                group.create_task(self.inside.run(), name="people inside"),
                group.create_task(self.network.watch(), name="network"),
                group.create_task(self.name.watch(), name="name"),
                group.create_task(self.ice_servers.keep_fresh(), name="ice servers"),
                group.create_task(avahi.publish(self._https_port), name="announcement"),
                group.create_task(self.metrics.watch_event_loop(), name="event loop"),
                group.create_task(self.health.report(), name="health"),
                group.create_task(process.keep_memory_small(), name="memory"),
            ]
            if self.public_certificate:
                public = self.public_certificate.run(self._follow_public_certificate)
                parts.append(group.create_task(public, name="certificate"))
            await stop.wait()
            log.info("Stopping.")
            self.notifier.stopping()
            self.overview.stopping = True
            self.screen.changed()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE):
                    await self.screen.settled()
            for part in parts:
                part.cancel()

    async def _look_at_addresses(self) -> None:
        if self.public_certificate:
            with contextlib.suppress(OSError):  # too many files are open: the next look finds them
                self.public_certificate.look_at_addresses()
        await self.reception.look_at_addresses()

    async def _follow_public_certificate(self) -> None:
        await self.network.refresh_certificate()
        self.name.look_now()

    def _changed(self) -> None:
        self.screen.changed()
        self.notifier.status(self.overview.words)

    def _happened(self, event: CallEvent) -> None:
        self.inside.visits.on_call_event(event)

    def _seen(self, peer: Peer, frame: Frame) -> None:
        self.inside.see(peer, frame)

    def _shown(self) -> None:
        self.health.shown.set()


def _sentence_of(errors: BaseExceptionGroup) -> str:
    """Return the sentence of the first error in a group of groups."""
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return str(first)

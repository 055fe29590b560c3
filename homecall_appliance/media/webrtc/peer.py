"""One peer connection of the appliance to a phone: one offer, one answer, one path.

ICE is not restarted, so a connection that failed is not repaired: the call makes a new peer and
sends a new offer in the same session (protocol.md, section 4).
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Coroutine, Sequence
from types import TracebackType
from typing import Self

from homecall_appliance.faults.containment import OnFailure, contained, guarded, reported
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.rtp.congestion.controller import CongestionController
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc.answer import read_answer
from homecall_appliance.media.webrtc.candidates import CandidateFilter, RemoteCandidate
from homecall_appliance.media.webrtc.continual_gathering import ContinualGathering
from homecall_appliance.media.webrtc.datagrams import Drop
from homecall_appliance.media.webrtc.ice_connection import IceConnection
from homecall_appliance.media.webrtc.ice_options import IceOptions
from homecall_appliance.media.webrtc.inbound import NewDecoder
from homecall_appliance.media.webrtc.offer import Offer
from homecall_appliance.media.webrtc.peer_connection import PeerConnection
from homecall_appliance.media.webrtc.peer_media import SOUND_BITRATE, PeerMedia
from homecall_appliance.media.webrtc.remote_candidates import RemoteCandidates
from homecall_appliance.media.webrtc.rtp_transport import RtpTransport
from homecall_appliance.media.webrtc.server_candidates import ServerCandidates
from homecall_appliance.media.webrtc.server_memory import ServerRecord
from homecall_appliance.media.webrtc.stats import CandidateTypes, Received, Sent
from homecall_appliance.media.webrtc.trickle import NO_CANDIDATE, Tell, TrickledCandidate

log = logging.getLogger(__name__)

CHECK_TIMEOUT = 1.0
"""Seconds in which a phone answers by the way that media take: enough for two requests."""

LEAST_BITRATE = 30_000
"""Bit/s below which congestion control does not go: sound needs as much."""

HEADROOM = 1.5
"""How much more than picture and sound the path is tried to bear: what is sent again needs it."""


class Peer:
    """The initiator's side of a connection."""

    def __init__(
        self,
        camera: SharedCamera,
        audio: SharedAudio,
        ice: IceOptions,
        on_state: Callable[[str], None],
        *,
        on_failure: OnFailure = reported,
        new_decoder: NewDecoder | None = None,
        on_drop: Callable[[Drop], None] = lambda _: None,
    ) -> None:
        """`on_state` is told each `connectionState` (W3C WebRTC 1.0, section 4.3.3).

        `on_failure` is told what the peer's own parts raise in what others do for it: its tasks,
        the shared devices, libraries. Closing it never raises.

        `new_decoder` makes what shows the phone's picture. None: nobody can see it, and it is not
        asked for. `on_drop` is told of each datagram that does not count, and why.
        """
        self._on_state = on_state
        self._on_failure = on_failure
        self._most_bitrate = camera.most_bitrate
        self._ice = ice
        self._agent = IceConnection(ice, ice.ports, on_drop)
        self._connection = PeerConnection(self._agent, self._on_change)
        self._remote = RemoteCandidates(self._agent, ice, self._start)
        self._path = ContinualGathering(self._agent, ice, self._start)
        self._media = PeerMedia(camera, audio, new_decoder, self._fail)
        self._offer: Offer | None = None
        self._transport: RtpTransport | None = None
        self._servers: ServerCandidates | None = None
        self._opens = False
        self._failed = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Each step is taken, whatever another raises: it is too late for it to end a call.
        self._on_failure = reported
        self._on_state = lambda _: None
        try:
            with contained(reported):
                self._media.devices.close()
            with contained(reported):
                if self._transport:
                    self._transport.close()
            with contained(reported):
                await self._path.stop()
            with contained(reported):
                if self._servers:
                    await self._servers.stop()
            with contained(reported):
                await self._connection.close()
            with contained(reported):
                if self._servers:
                    await self._servers.give_back()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def candidates(self) -> CandidateFilter:
        """Decides which candidates of the phone are tried; shared by the peers of a call."""
        return self._remote.filter

    @candidates.setter
    def candidates(self, candidates: CandidateFilter) -> None:
        self._remote.filter = candidates

    @property
    def received(self) -> Received:
        """What came from the phone so far."""
        return self._media.received

    @property
    def sent(self) -> Sent:
        """What was sent to the phone so far."""
        return self._media.sent

    @property
    def candidate_types(self) -> CandidateTypes:
        """The types of the candidates that media go by, or of all that were tried before that."""
        if pair := self._agent.nominated:
            return CandidateTypes.of([pair.local_candidate], [pair.remote_candidate])
        hosts = [each.local_candidate for each in self._agent.hosts]
        given = self._servers.candidates if self._servers else []
        return CandidateTypes.of([*hosts, *given], self._remote.tried)

    @property
    def server_records(self) -> Sequence[ServerRecord]:
        """What the STUN and TURN servers did when they were last asked, for any peer."""
        return self._ice.memory.records

    async def offer(self) -> str:
        """Return the SDP of the offer, with the addresses of this machine.

        Where servers are named, it says that more candidates follow: see `gather`.
        """
        self._remote.list_machine()
        await self._connection.gather()
        candidates = self._agent.local_candidates
        self._offer = Offer(
            secrets.randbits(62),
            secrets.token_hex(8),
            self._agent.local_username,
            self._agent.local_password,
            self._connection.fingerprint,
            self._media.offered,
            [each.to_sdp() for each in candidates if each.foundation != NO_CANDIDATE],
            self._ice.trickles,
        )
        return self._offer.written()

    def gather(self, tell: Tell) -> None:
        """Ask the servers for candidates, from when the offer has left to the peer's end.

        `tell` is called with each, and with None after the last: with neither where the offer
        carries all that there are.
        """
        if self._offer is None or not self._offer.trickles:
            return
        username, mid = self._offer.ufrag, self._offer.media[0].mid

        def tell_line(line: str | None) -> None:
            tell(TrickledCandidate(line, mid, 0, username) if line else None)

        self._servers = ServerCandidates(self._agent, self._ice, tell_line)
        self._servers.start()

    async def accept(self, sdp: str) -> None:
        """Take the answer, and connect; for what is sent see `open_devices`.

        Raises UnusableAnswer, and nothing has happened.
        """
        if self._offer is None:
            raise RuntimeError("There is no offer that could be answered.")
        answer = read_answer(self._offer, sdp)
        if self._opens:
            self._media.talk()  # a sound card takes its time
        most = round(HEADROOM * (self._most_bitrate + SOUND_BITRATE))
        start = self._most_bitrate // 2 + SOUND_BITRATE
        self._transport = RtpTransport(
            self._agent,
            self._connection.srtp,
            {uri: number for media in answer.media for uri, number in media.extensions.items()},
            reduced_size=answer.reduced_size,
            cname=self._offer.cname,
            congestion=CongestionController(start, LEAST_BITRATE, most),
            on_target=guarded(self._media.target_estimated, self._fail),
            on_failure=self._fail,
        )
        self._media.negotiated(answer, self._transport)
        if self._opens:
            self._media.send()
        for candidate in answer.candidates:
            self.add_candidate(candidate)
        self._remote.answered()
        self._start(self._media.decode())
        self._start(self._connection.connect(answer.transport, is_lite=answer.is_lite))

    def open_devices(self) -> None:
        """Open camera, microphone and loudspeaker for the phone: by its answer, or at once where
        that is there. Until then its sound is not played, and it gets nothing: its tracks of ours
        are muted (W3C Media Capture and Streams, section 4.3.1)."""
        if self._opens:
            return
        self._opens = True
        if self._transport is not None:
            self._media.send()

    def add_candidate(self, candidate: RemoteCandidate) -> None:
        """Take a candidate of the phone, and try it where the filter lets it through.

        One that comes before the answer is kept for it; one of no section is passed over (W3C
        WebRTC 1.0, section 4.4.1.6). Nobody waits here for a name to be looked up.
        """
        mids = [media.mid for media in self._media.offered]
        index = candidate.sdp_m_line_index
        if candidate.sdp_mid in mids or (index is not None and index < len(mids)):
            self._remote.add(candidate)

    def look_at_addresses(self) -> None:
        """Take another path where the address of this machine that media leave from is gone: to be
        called whenever the addresses may have changed."""
        self._path.look()

    def check_path(self, told: Callable[[bool], None]) -> None:
        """Ask the phone for an answer by the way that media take (RFC 7675, section 5.1); `told`
        learns whether one came in time."""
        self._start(self._check_path(told))

    @property
    def packets(self) -> int:
        """How many packets have come from the phone: media, and reports on ours."""
        return self._transport.session.stats.packets_received if self._transport else 0

    def keep_devices(self) -> contextlib.ExitStack:
        """Let the devices stay open when the peer is closed, until the stack is."""
        return self._media.devices.pop_all()

    async def _check_path(self, told: Callable[[bool], None]) -> None:
        if self._agent.nominated is None:
            return
        answered = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CHECK_TIMEOUT):
                answered = await self._agent.answers(self._agent.nominated)
        told(answered)

    def _on_change(self, state: str) -> None:
        if state == "connected":
            if self._servers:
                self._servers.settle()
            if self._transport:
                self._transport.open()
            self._media.connected()
        self._on_state(state)

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finish)
        return task

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """Tell the first failure, which ends the call: what has failed fails again until then."""
        if not self._failed:
            self._failed = True
            self._on_failure(error)

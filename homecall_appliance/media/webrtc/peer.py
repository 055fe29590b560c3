"""One peer connection of the appliance to a phone: one offer, one answer, one path.

aiortc cannot restart ICE, so a connection that failed is not repaired: the call makes a new peer
and sends a new offer in the same session (protocol.md, section 4).
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from operator import attrgetter
from types import TracebackType
from typing import Self

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceCandidate,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
    RTCTransportStats,
)

from homecall_appliance.faults.containment import OnFailure, contained, guarded, reported
from homecall_appliance.media.audio.opus import Sound
from homecall_appliance.media.audio.opus_settings import OpusPreferences
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.voice import Voice
from homecall_appliance.media.ports import SAMPLE_RATE
from homecall_appliance.media.video.picture import CLOCK_RATE, Codec, Picture
from homecall_appliance.media.video.shared_camera import SharedCamera, Viewer
from homecall_appliance.media.webrtc import datagram_gate
from homecall_appliance.media.webrtc.addresses import own_addresses, resolve
from homecall_appliance.media.webrtc.aiortc_compat import (
    GATHERING,
    MOVING,
    NEGOTIATING_CODECS,
    OFFERING_CODECS,
    RECEIVING_SOUND,
    REPORTING,
    SENDING,
    answers,
    host_protocols,
    ice_connection,
    known,
    nominated,
    nominated_pair,
    replace_gathering,
)
from homecall_appliance.media.webrtc.answer import read_answer
from homecall_appliance.media.webrtc.candidates import (
    Address,
    Candidate,
    CandidateFilter,
    Machine,
    RemoteCandidate,
    parse,
)
from homecall_appliance.media.webrtc.codec_preferences import (
    prefer_h264,
    prefer_opus,
    sent_codec,
    with_start_bitrate,
)
from homecall_appliance.media.webrtc.continual_gathering import ContinualGathering
from homecall_appliance.media.webrtc.datagrams import Drop
from homecall_appliance.media.webrtc.host_candidates import open_hosts
from homecall_appliance.media.webrtc.ice_options import IceOptions, known_to_aiortc
from homecall_appliance.media.webrtc.inbound import (
    NewDecoder,
    PictureReceiver,
    SoundReceiver,
    contain,
)
from homecall_appliance.media.webrtc.opus_parameters import (
    read_preferences,
    with_opus_parameters,
)
from homecall_appliance.media.webrtc.outbound import Delivery
from homecall_appliance.media.webrtc.packet_size import PacketSize
from homecall_appliance.media.webrtc.playout_delay import (
    PlayoutDelay,
    is_agreed,
    with_playout_delay,
)
from homecall_appliance.media.webrtc.rtcp_feedback import (
    FittingListener,
    SoundListener,
    limit_retransmission,
    listen,
)
from homecall_appliance.media.webrtc.rtp_sender import Wire
from homecall_appliance.media.webrtc.sdp import parse as parse_sdp
from homecall_appliance.media.webrtc.server_candidates import ServerCandidates
from homecall_appliance.media.webrtc.server_memory import ServerRecord
from homecall_appliance.media.webrtc.stats import CandidateTypes, Received, Sent
from homecall_appliance.media.webrtc.trickle import Tell, TrickledCandidate, offered

log = logging.getLogger(__name__)

CLOSE_TIMEOUT = 2.0
"""Seconds that leaving a peer waits for its sockets to be gathered and to close. They first send
what waits in them, which takes minutes where no address of a dead network can be resolved any
more."""

LISTING_PAUSE = 1.0
"""Seconds between two times at which the addresses of this machine are listed for candidates."""

CHECK_TIMEOUT = 1.0
"""Seconds in which a phone answers by the way that media take: enough for two requests."""


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
        the shared devices, aiortc. Closing it never raises.

        `new_decoder` makes what shows the phone's picture. None: nobody can see it, and it is not
        asked for. `on_drop` is told of each datagram that does not count, and why.
        """
        self.received = Received()
        self.candidates = CandidateFilter()
        """Decides which candidates of the phone are tried; shared by the peers of a call."""

        self._new_decoder = new_decoder
        self._on_drop = on_drop
        self._camera = camera
        self._audio = audio
        self._on_state = on_state
        self._on_failure = on_failure
        self._heard: SoundReceiver | None = None
        self._seen: PictureReceiver | None = None
        self._devices = contextlib.ExitStack()
        self._listed = Machine()
        """This machine, when its addresses could last be listed."""

        self._list_again = 0.0
        """Not before this time of the event loop's clock."""

        self._tried: dict[tuple[str, Address | str, int], Candidate] = {}
        """What the filter let through, by the mid of the section, host and port: each once."""
        self._answered = False
        self._opens = False
        self._voice: Voice | None = None
        self._preferences = OpusPreferences()
        self._codec: Codec | None = None
        self._size, self._delay = PacketSize(), PlayoutDelay()
        self._failed = False
        self._gathering: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._viewer: Viewer | None = None
        self._pictures: Delivery[Picture] | None = None
        self._sounds: Delivery[Sound] | None = None
        self._wires = contextlib.ExitStack()
        self._ice = ice
        self._servers: ServerCandidates | None = None
        self._path: ContinualGathering | None = None
        # None would mean a third party's STUN server to aiortc.
        servers = [] if known(GATHERING) else known_to_aiortc(ice.servers())
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self._connection.add_listener("track", self._on_track)
        self._connection.add_listener("connectionstatechange", self._on_change)

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
        try:
            with contained(reported):
                self._devices.close()
            with contained(reported):
                self._wires.close()
            with contained(reported):
                self._connection.remove_all_listeners()
            with contained(reported):
                await self._end_candidates()
            with contained(reported):
                if self._path:
                    await self._path.stop()
            with contained(reported):
                if self._servers:
                    await self._servers.stop()
            with contained(reported):
                await self._close_connection()
            with contained(reported):
                if self._servers:
                    await self._servers.give_back()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _end_candidates(self) -> None:
        """Without it aioice 0.10 waits for candidates for ever, however it is closed."""
        for transceiver in self._connection.getTransceivers():
            await transceiver.sender.transport.transport.addRemoteCandidate(None)

    async def _close_connection(self) -> None:
        closing = asyncio.create_task(self._close_gathered())
        await asyncio.wait([closing], timeout=CLOSE_TIMEOUT)
        if closing.done() and not closing.cancelled():
            closing.result()

    async def _close_gathered(self) -> None:
        if self._gathering is not None:
            await asyncio.wait([self._gathering])
        await self._connection.close()

    @property
    def sent(self) -> Sent:
        """What was sent to the phone so far."""
        sent = Sent()
        if self._sounds is not None:
            sent = Sent(audio_frames=self._sounds.frames, audio_bytes=self._sounds.octets)
        if self._pictures is None or self._viewer is None:
            return sent
        return replace(
            sent,
            video_codec=self._viewer.feed.codec,
            video_frames=self._pictures.frames,
            video_bytes=self._pictures.octets,
            video_dropped=self._viewer.feed.dropped,
            video_loss=self._viewer.loss,
            round_trip=self._viewer.round_trip,
            keyframes_wanted=self._viewer.keyframes_wanted,
        )

    @property
    def candidate_types(self) -> CandidateTypes:
        """The types of the candidates that media go by, or of all that were tried before that."""
        transport = self._connection.getTransceivers()[0].sender.transport
        pair = nominated_pair(transport) if known(SENDING) else None
        if pair is not None:
            return CandidateTypes.of([pair.local_candidate], [pair.remote_candidate])
        if not known(GATHERING):
            gathered = transport.transport.iceGatherer.getLocalCandidates()
            return CandidateTypes.of(gathered, self._tried.values())
        hosts = [each.local_candidate for each in host_protocols(ice_connection(transport))]
        given = self._servers.candidates if self._servers else []
        return CandidateTypes.of([*hosts, *given], self._tried.values())

    @property
    def server_records(self) -> Sequence[ServerRecord]:
        """What the STUN and TURN servers did when they were last asked, for any peer."""
        return self._ice.memory.records

    async def offer(self) -> str:
        """Return the SDP of the offer, with the addresses of this machine.

        Where servers are named, it says that more candidates follow: see `gather`.
        """
        for kind in ("audio", "video"):
            wanted = kind == "audio" or self._new_decoder is not None
            transceiver = self._connection.addTransceiver(
                kind, direction="sendrecv" if wanted else "sendonly"
            )
            transport = transceiver.receiver.transport
            datagram_gate.put_before(transport, self._on_drop)
            if known(GATHERING):
                connection = ice_connection(transport)
                # With BUNDLE, all goes by the first one's way.
                ports = self._ice.ports if kind == "audio" else ()
                replace_gathering(connection, partial(open_hosts, connection, self._ice, ports))
                if kind == "audio" and known(MOVING):
                    self._path = ContinualGathering(connection, self._ice, self._start)
            if known(OFFERING_CODECS):
                (prefer_h264 if kind == "video" else prefer_opus)(transceiver)
            if kind == "video":
                if self._new_decoder is not None:
                    decoded = guarded(self._see, self._fail)
                    self._seen = PictureReceiver(transceiver, self._new_decoder, decoded)
            else:
                self._heard = SoundReceiver(transceiver.receiver)
            contain(transceiver, self._fail)
        self._list()
        # Never cancelled: aioice would lose the sockets that it has opened.
        self._gathering = asyncio.create_task(self._gather())
        await asyncio.shield(self._gathering)
        sdp = offered(self._connection.localDescription.sdp, trickles=self._trickles())
        sdp = with_opus_parameters(sdp, dtx=known(RECEIVING_SOUND))
        return with_start_bitrate(with_playout_delay(sdp))

    def gather(self, tell: Tell) -> None:
        """Ask the servers for candidates, from when the offer has left to the peer's end.

        `tell` is called with each, and with None after the last: with neither where the offer
        carries all that there are.
        """
        if not self._trickles():
            return
        first = self._connection.getTransceivers()[0]
        connection = ice_connection(first.receiver.transport)
        username = connection.local_username

        mid = first.mid or ""

        def tell_line(line: str | None) -> None:
            tell(TrickledCandidate(line, mid, 0, username) if line else None)

        self._servers = ServerCandidates(connection, self._ice, tell_line)
        self._servers.start()

    def _trickles(self) -> bool:
        return known(GATHERING) and self._ice.trickles

    async def accept(self, sdp: str) -> None:
        """Take the answer, and connect; for what is sent see `open_devices`.

        Raises UnusableAnswer, and nothing has happened.
        """
        offer = with_playout_delay(self._connection.localDescription.sdp)
        answer = read_answer(offer, sdp)
        self._preferences = read_preferences(parse_sdp(sdp))
        if self._opens:
            self._voice = self._talk()  # a sound card takes its time
        await self._connection.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        self._negotiated(limits_delay=is_agreed(answer.sdp))
        if self._opens:
            self._send()
        for candidate in answer.candidates:
            self.add_candidate(candidate)
        self._answered = True
        for (mid, *_), tried in self._tried.items():
            self._start(self._add(mid, tried))

    def open_devices(self) -> None:
        """Open camera, microphone and loudspeaker for the phone: by its answer, or at once where
        that is there. Until then its sound is not played, and it gets nothing: its tracks of ours
        are muted (W3C Media Capture and Streams, section 4.3.1)."""
        if self._opens:
            return
        self._opens = True
        if self._answered:
            self._send()

    def add_candidate(self, candidate: RemoteCandidate) -> None:
        """Take a candidate of the phone, and try it where the filter lets it through.

        One that comes before the answer is kept for it. No end of candidates is told to aiortc: a
        phone may still be found as peer-reflexive. Nobody waits here for a name to be looked up.
        """
        read, mid = parse(candidate.candidate), self._mid(candidate)
        if read is None or mid is None or (mid, read.host, read.port) in self._tried:
            return
        if self.candidates.admits(read, self._machine()):
            self._tried[mid, read.host, read.port] = read
            if self._answered:
                self._start(self._add(mid, read))

    def look_at_addresses(self) -> None:
        """Take another path where the address of this machine that media leave from is gone: to be
        called whenever the addresses may have changed."""
        if self._path:
            self._path.look()

    def check_path(self, told: Callable[[bool], None]) -> None:
        """Ask the phone for an answer by the way that media take (RFC 7675, section 5.1); `told`
        learns whether one came in time."""
        self._start(self._check_path(told))

    async def packets(self) -> int:
        """Return how many packets have come from the phone: media, and reports on ours."""
        stats = (await self._connection.getStats()).values()
        return sum(each.packetsReceived for each in stats if isinstance(each, RTCTransportStats))

    def keep_devices(self) -> contextlib.ExitStack:
        """Let the devices stay open when the peer is closed, until the stack is."""
        return self._devices.pop_all()

    async def _check_path(self, told: Callable[[bool], None]) -> None:
        connection = ice_connection(self._connection.getTransceivers()[0].sender.transport)
        pair, answered = nominated(connection), False
        if pair and known(MOVING):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CHECK_TIMEOUT):
                    answered = await answers(connection, pair)
            told(answered)

    async def _gather(self) -> None:
        await self._connection.setLocalDescription(await self._connection.createOffer())

    def _machine(self) -> Machine:
        """Return what this machine's addresses are by now; a phone names many at a time."""
        now = asyncio.get_running_loop().time()
        if now >= self._list_again:
            self._list_again = now + LISTING_PAUSE
            with contextlib.suppress(OSError):  # too many files are open
                self._list()
        return self._listed

    def _list(self) -> None:
        offered = self._ice.wanted() if self._ice.wanted else None
        self._listed = Machine(own_addresses(), offered)

    async def _add(self, mid: str, candidate: Candidate) -> None:
        if isinstance(candidate.host, str):
            if self._ice.relay_only:
                return  # it is nobody's business there (draft-ietf-mmusic-mdns-ice-candidates)
            address = await resolve(candidate.host)
            found = address and self.candidates.resolved(candidate, address, self._machine())
            if not found:
                return
            candidate = found
        await self._connection.addIceCandidate(
            RTCIceCandidate(
                component=1,
                foundation="phone",  # aioice freezes no pair for it
                ip=str(candidate.host),
                port=candidate.port,
                priority=candidate.priority,
                protocol="udp",
                type=candidate.type,
                sdpMid=mid,
            )
        )

    def _mid(self, candidate: RemoteCandidate) -> str | None:
        """Return the mid of a candidate's section (W3C WebRTC 1.0, section 4.4.1.6)."""
        mids = [each.mid for each in self._connection.getTransceivers()]
        if candidate.sdp_mid in mids:
            return candidate.sdp_mid
        index = candidate.sdp_m_line_index
        return mids[index] if index is not None and index < len(mids) else None

    def _talk(self) -> Voice:
        if self._heard is None:
            raise RuntimeError("There is no offer that could be answered.")
        talk = self._audio.talk(self._heard.make_decoder, self._fail)
        voice = self._devices.enter_context(talk)
        voice.preferences = self._preferences
        self._heard.take = voice.play
        self.received.sound = voice.playout.played
        return voice

    def _negotiated(self, *, limits_delay: bool) -> None:
        """Have the ways out for sound and picture; `limits_delay`: the phone takes a limit of its
        playout delay."""
        sender = self._sender("audio")
        marked = attrgetter("begins_talkspurt")
        self._sounds = Delivery(sender, self._wire(sender), SAMPLE_RATE, marked=marked)
        self._codec = sent_codec(self._connection) if known(NEGOTIATING_CODECS) else None
        if self._codec is None:
            log.warning("The phone takes no picture of ours: the call goes on with sound alone.")
            return
        sender = self._sender("video")
        extension = self._delay.extension if limits_delay else bytes
        wire = self._wire(sender)
        self._pictures = Delivery(sender, wire, CLOCK_RATE, self._size.cut, extension=extension)

    def _send(self) -> None:
        """Open the devices, and send what they give."""
        voice = self._voice = self._voice or self._talk()
        if self._sounds is not None:
            self._sounds.begin(guarded(voice.begin, self._fail))
        if known(REPORTING):
            listen(self._sender("audio"), SoundListener(voice.loss_reported), self._fail)
        if self._pictures is None or self._codec is None:
            return
        viewer = self._devices.enter_context(self._camera.watch(self._codec, self._fail))
        self._viewer = viewer
        self._pictures.begin(guarded(viewer.feed.begin, self._fail))
        if known(REPORTING):
            sender = self._sender("video")
            listen(sender, FittingListener(viewer, self._size, self._delay), self._fail)
            limit_retransmission(sender, guarded(viewer.keyframe_wanted, self._fail))

    def _wire(self, sender: RTCRtpSender) -> Wire:
        return self._wires.enter_context(Wire(sender.transport))

    def _sender(self, kind: str) -> RTCRtpSender:
        return next(each for each in self._connection.getSenders() if each.kind == kind)

    def _on_change(self) -> None:
        state = self._connection.connectionState
        if state == "connected" and self._servers:
            self._servers.settle()
        self._on_state(state)

    def _on_track(self, track: MediaStreamTrack) -> None:
        receiver = self._seen if track.kind == "video" else self._heard
        if receiver is not None:
            self._start(receiver.read(track))

    def _see(self, width: int, height: int) -> None:
        self.received.video_frames += 1
        self.received.video_width, self.received.video_height = width, height

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

"""Everything that is private to aiortc and aioice and yet needed: it is named here, nowhere else.

A `Seam` is a place where something of the appliance's own stands in for a part of theirs. `check`
looks at every seam once, on a throw-away connection. Where one is not as expected there is one
policy: the appliance starts, calls go on by aiortc's own way, and one warning says what is worse
until a version is installed that is known. What is public is what `aiortc` itself exports; what the
rest of this room takes from here may be used where `known` says so.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from inspect import iscoroutinefunction, signature
from operator import attrgetter
from types import ModuleType
from typing import Any, NamedTuple, Protocol, TypeAlias

import aioice
import aiortc
from aiortc import (
    RTCConfiguration,
    RTCDtlsTransport,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCRtpCodecParameters,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCRtpTransceiver,
)

from homecall_appliance.faults.containment import contained
from homecall_appliance.media.webrtc.ice_connection import IceConnection

log = logging.getLogger(__name__)

FIRST_VERSION, LAST_VERSION = "1.11", "1.16"
"""The minor versions of aiortc that are known: those of requirements/aiortc-matrix.txt."""

CLOSE_TIMEOUT = 2.0
"""Seconds that closing the throw-away connection may take. It has nothing to wait for in a version
that is known; the start of the appliance waits no longer for another."""


class Specimen(NamedTuple):
    """The transceivers of a connection that has no offer and no sockets."""

    audio: RTCRtpTransceiver
    video: RTCRtpTransceiver


@dataclass(frozen=True)
class Seam:
    """A place where something of the appliance's own stands in for a part of aiortc or aioice."""

    does: str
    """What is replaced: what they do there, as a verb with its object."""

    meanwhile: str
    """What is worse as long as they do it in their own way, as a clause."""

    is_known: Callable[[Specimen], bool]
    """Whether they do it in the way that the appliance was made for; raises anything if not."""


def _module(name: str) -> Any:
    """Return a module of a library; an empty one if there is none, in which no seam is known."""
    try:
        return import_module(name)
    except ImportError:
        return ModuleType(name)


def _has(thing: object, *paths: str) -> bool:
    """Whether it has all these attributes; a path may lead through others, with dots."""
    try:
        attrgetter(*paths)(thing)
    except AttributeError:
        return False
    return True


def _takes(function: Callable[..., object], parameter: str, *, waits: bool) -> bool:
    """Whether it takes this one parameter, and is a coroutine function or not."""
    return [*signature(function).parameters] == [parameter] and (
        iscoroutinefunction(function) == waits
    )


_clock = _module("aiortc.clock")
_dtls = _module("aiortc.rtcdtlstransport")
_rtp = _module("aiortc.rtp")
_ice = _module("aioice.ice")
_turn = _module("aioice.turn")
_mdns = _module("aioice.mdns")
_candidate = _module("aioice.candidate")
_stun = _module("aioice.stun")


# Frames that are sent: RTCRtpSender, and RTCDtlsTransport below it.


class Rtx(NamedTuple):
    """The stream in which packets are sent again (RFC 4588)."""

    payload_type: int
    ssrc: int
    sequence_number: int


class SenderInternals:
    """What a loop needs that sends in place of the sender's own."""

    def __init__(self, sender: RTCRtpSender) -> None:
        internals: Any = sender
        self._sender = internals
        self.ssrc: int = internals._ssrc
        self.ntp_time: Callable[[], int] = _clock.current_ntp_time
        """Returns the time of aiortc's clock as an NTP timestamp (RFC 3550, section 4)."""

        self.extensions: Callable[..., object] = _rtp.HeaderExtensions
        """Makes the values of a packet's header extensions: `abs_send_time`, `mid`."""

        self.extensions_map: Any = internals._RTCRtpSender__rtp_header_extensions_map
        """Its `set` returns the profile and the value of a header extension with them (RFC 8285),
        b"" where none of them was agreed."""

        self.mid: str | None = None
        """That of the section; known once the task runs."""

    def replace_loop(
        self,
        run: Callable[[RTCRtpCodecParameters], Awaitable[None]],
        retransmit: Callable[[int], Awaitable[None]],
    ) -> None:
        """Let `run` be the sender's task, from its start to its cancellation, and let `retransmit`
        send the packet again whose sequence number a NACK names."""
        self._sender._run_rtp, self._sender._retransmit = run, retransmit

    def has_started(self) -> None:
        """Tell the sender that its task runs: it waits for that before it cancels it."""
        self.mid = self._sender._RTCRtpSender__mid
        self._sender._RTCRtpSender__rtp_started.set()

    def has_ended(self) -> None:
        """Tell the sender that its task has ended: stopping it waits for that."""
        self._sender._RTCRtpSender__rtp_exited.set()

    def count(self, ntp_time: int, timestamp: int, packets: int, octets: int) -> None:
        """Note a frame for the sender reports and the statistics (RFC 3550, section 6.4.1)."""
        sender = self._sender
        sender._RTCRtpSender__ntp_timestamp = ntp_time
        sender._RTCRtpSender__rtp_timestamp = timestamp
        sender._RTCRtpSender__packet_count += packets
        sender._RTCRtpSender__octet_count += octets

    def next_rtx(self) -> Rtx | None:
        """Return what the next packet that is sent again has; None if that was not agreed."""
        sender = self._sender
        if sender._RTCRtpSender__rtx_payload_type is None:
            return None
        number = sender._RTCRtpSender__rtx_sequence_number
        sender._RTCRtpSender__rtx_sequence_number = number + 1 & 0xFFFF
        return Rtx(sender._RTCRtpSender__rtx_payload_type, sender._rtx_ssrc, number)


class CandidatePair(Protocol):
    """aioice's pair of a socket here and an address of the phone."""

    @property
    def remote_addr(self) -> tuple[str, int]:
        """The address of the phone."""
        ...

    @property
    def protocol(self) -> Any:
        """What is called for the socket's datagrams; has the socket's `transport`."""
        ...

    @property
    def local_candidate(self) -> aioice.Candidate:
        """The candidate of the socket."""
        ...

    @property
    def remote_candidate(self) -> aioice.Candidate:
        """The candidate of the phone."""
        ...


class TransportInternals:
    """What sending RTP past a DTLS transport needs of it; nothing is touched before."""

    def __init__(self, transport: RTCDtlsTransport) -> None:
        self._transport: Any = transport

    def protect(self, packets: Sequence[bytes]) -> tuple[CandidatePair, list[bytes]] | None:
        """Encrypt RTP packets (RFC 3711) and count them as sent, by the nominated pair.

        Returns None as long as there is no connection, and after its end.
        """
        transport = self._transport
        if transport._state is not _dtls.State.CONNECTED:
            return None
        pair = nominated_pair(transport)
        if pair is None:
            return None
        protect = transport._tx_srtp.protect
        protected = [protect(packet) for packet in packets]
        transport._RTCDtlsTransport__tx_packets += len(protected)
        transport._RTCDtlsTransport__tx_bytes += sum(map(len, protected))
        return pair, protected


def ice_connection(transport: RTCDtlsTransport) -> Any:
    """Return the aioice.Connection below a DTLS transport."""
    return transport.transport._connection


def nominated_pair(transport: RTCDtlsTransport) -> CandidatePair | None:
    """Return the pair that media take, None as long as there is none."""
    pair: CandidatePair | None
    if isinstance(connection := ice_connection(transport), IceConnection):
        pair = connection.nominated
    else:
        pair = connection._nominated.get(1)
    return pair


def _sends_as_known(specimen: Specimen) -> bool:
    sender = specimen.video.sender
    internals = SenderInternals(sender)
    internals.extensions_map.set(internals.extensions(abs_send_time=0, mid=""))
    return (
        _has(
            sender,
            "_rtx_ssrc",
            "_RTCRtpSender__mid",
            "_RTCRtpSender__ntp_timestamp",
            "_RTCRtpSender__octet_count",
            "_RTCRtpSender__packet_count",
            "_RTCRtpSender__rtp_exited.set",
            "_RTCRtpSender__rtp_started.set",
            "_RTCRtpSender__rtp_timestamp",
            "_RTCRtpSender__rtx_payload_type",
            "_RTCRtpSender__rtx_sequence_number",
        )
        and _has(
            sender.transport,
            "_state",
            "_tx_srtp",
            "_RTCDtlsTransport__tx_bytes",
            "_RTCDtlsTransport__tx_packets",
            "transport._connection._nominated.get",
        )
        and _has(_dtls, "State.CONNECTED")
        and _has(
            _ice,
            "CandidatePair.remote_addr",
            "CandidatePair.local_candidate",
        )
        and _takes(sender._run_rtp, "codec", waits=True)
        and _takes(sender._retransmit, "sequence_number", waits=True)
    )


SENDING = Seam("sends frames", "calls cost more", _sends_as_known)


# Reports of the phone: RTCP that comes to RTCRtpSender, by way of the transport's router.

HandleReport: TypeAlias = Callable[[object], Awaitable[None]]
RouteReport: TypeAlias = Callable[[object], Collection[object]]


class PayloadFeedback(Protocol):
    """aiortc's payload-specific feedback message (RFC 4585, section 6.3)."""

    fmt: int
    media_ssrc: int
    fci: bytes


class Nack(Protocol):
    """aiortc's generic NACK (RFC 4585, section 6.2.1)."""

    lost: list[int]


class ReportBlock(Protocol):
    """aiortc's report block (RFC 3550, section 6.4.1)."""

    ssrc: int
    fraction_lost: int
    jitter: int


class ReportInternals:
    """The way of the phone's reports to a sender; `route` and `handle` may be replaced."""

    def __init__(self, sender: RTCRtpSender) -> None:
        self._sender: Any = sender
        self._router: Any = self._sender.transport._rtp_router
        self.ssrc: int = self._sender._ssrc

    @property
    def route(self) -> RouteReport:
        """Returns who is given an RTCP packet: senders and receivers of the transport."""
        route: RouteReport = self._router.route_rtcp
        return route

    @route.setter
    def route(self, route: RouteReport) -> None:
        self._router.route_rtcp = route

    @property
    def handle(self) -> HandleReport:
        """Does what the sender does with an RTCP packet."""
        handle: HandleReport = self._sender._handle_rtcp_packet
        return handle

    @handle.setter
    def handle(self, handle: HandleReport) -> None:
        self._sender._handle_rtcp_packet = handle


def payload_feedback(packet: object) -> PayloadFeedback | None:
    """Return an RTCP packet that is payload-specific feedback, None for another."""
    return packet if isinstance(packet, _rtp.RtcpPsfbPacket) else None


def nack(packet: object) -> Nack | None:
    """Return an RTCP packet that is a generic NACK, None for another."""
    if isinstance(packet, _rtp.RtcpRtpfbPacket) and packet.fmt == _rtp.RTCP_RTPFB_NACK:
        found: Nack = packet
        return found
    return None


def report_blocks(packet: object) -> Sequence[ReportBlock]:
    """Return the report blocks of a sender or receiver report, none for another RTCP packet."""
    if isinstance(packet, (_rtp.RtcpRrPacket, _rtp.RtcpSrPacket)):
        blocks: Sequence[ReportBlock] = packet.reports
        return blocks
    return ()


def read_remb(fci: bytes) -> tuple[int, list[int]]:
    """Return the bits per second of an estimate, and the SSRCs that it is of.

    Raises ValueError for another application layer feedback (draft-alvestrand-rmcat-remb-03).
    """
    remb: tuple[int, list[int]] = _rtp.unpack_remb_fci(fci)
    return remb


def _reports_as_known(specimen: Specimen) -> bool:
    internals = ReportInternals(specimen.video.sender)
    return (
        isinstance(internals.ssrc, int)
        and _takes(internals.route, "packet", waits=False)
        and _takes(internals.handle, "packet", waits=True)
        and _has(_rtp, "RtcpPsfbPacket", "RtcpRtpfbPacket", "RtcpRrPacket", "RtcpSrPacket")
        and _has(_rtp, "RTCP_RTPFB_NACK", "unpack_remb_fci")
    )


REPORTING = Seam(
    "passes on what the phones report",
    "the picture does not follow what the network bears",
    _reports_as_known,
)


# Packets that are received: RTCRtpReceiver.

_JITTER_BUFFER, _CODECS = "_RTCRtpReceiver__jitter_buffer", "_RTCRtpReceiver__codecs"


class RtpPacket(Protocol):
    """aiortc's RTP packet (RFC 3550, section 5.1)."""

    sequence_number: int
    timestamp: int
    marker: int
    payload_type: int
    payload: bytes


class JitterBuffer(Protocol):
    """What a receiver gives its packets to."""

    def add(self, packet: Any) -> tuple[bool, Any]:
        """Take a packet; return whether to ask for a key frame, and a frame for the decoder."""
        ...


def jitter_buffer(receiver: RTCRtpReceiver) -> JitterBuffer:
    """Return the jitter buffer of a receiver."""
    buffer: JitterBuffer = getattr(receiver, _JITTER_BUFFER)
    return buffer


def replace_jitter_buffer(receiver: RTCRtpReceiver, buffer: JitterBuffer) -> None:
    """Let a receiver give its packets to another object."""
    setattr(receiver, _JITTER_BUFFER, buffer)


def received_codecs(receiver: RTCRtpReceiver) -> Mapping[int, RTCRtpCodecParameters]:
    """Return the codecs of a receiver by payload type; they come with the answer."""
    codecs: Mapping[int, RTCRtpCodecParameters] = getattr(receiver, _CODECS)
    return codecs


def depayloaded(packet: Any) -> bytes:
    """Return what a received packet carries as a decoder takes it, b"" for padding alone."""
    data: bytes = packet._data
    return data


def _buffers_as_known(transceiver: RTCRtpTransceiver) -> bool:
    return _takes(jitter_buffer(transceiver.receiver).add, "packet", waits=False)


def _receives_pictures_as_known(specimen: Specimen) -> bool:
    receiver: Any = specimen.video.receiver
    return (
        _buffers_as_known(specimen.video)
        and _has(receiver, _CODECS)
        and "_data" in receiver._handle_rtp_packet.__code__.co_names
    )


RECEIVING_SOUND = Seam(
    "receives sound", "sound is later", lambda specimen: _buffers_as_known(specimen.audio)
)
RECEIVING_PICTURES = Seam(
    "receives pictures", "no picture of a phone is shown", _receives_pictures_as_known
)


# The ICE agent: aioice's connection below RTCIceGatherer and RTCIceTransport.


def replace_connection(transport: RTCDtlsTransport, connection: IceConnection) -> None:
    """Let a transport that has not gathered yet go by this ICE agent."""
    ice: Any = transport.transport
    ice._connection = ice.iceGatherer._connection = connection
    ice._recv, ice._send = connection.recv, connection.send


def _carries_as_known(specimen: Specimen) -> bool:
    ice: Any = specimen.audio.receiver.transport.transport
    connection = ice._connection
    client = _turn.TurnClientUdpProtocol(("192.0.2.1", 3478), None, None, 600, 600)
    return (
        ice.iceGatherer._connection is connection
        and _has(ice, "_recv", "_send")
        and _has(connection, "_check_list", "_protocols", "remote_candidates", "sort_check_list")
        and _has(connection, "local_username", "local_password", "ice_controlling", "recv")
        and [*signature(connection.get_component_candidates).parameters]
        == ["component", "addresses", "timeout"]
        and [*signature(connection.request_received).parameters][:3]
        == ["message", "addr", "protocol"]
        and [*signature(connection.build_request).parameters] == ["pair", "nominate"]
        and _takes(connection.check_complete, "pair", waits=False)
        and [*signature(connection.data_received).parameters] == ["data", "component"]
        and [*signature(connection.sendto).parameters] == ["data", "component"]
        and all(
            iscoroutinefunction(each)
            for each in (connection.connect, connection.recvfrom, connection.close)
        )
        and [*signature(_ice.CandidatePair).parameters] == ["protocol", "remote_candidate"]
        and [*signature(_ice.StunProtocol).parameters] == ["receiver"]
        and [*signature(_ice.StunProtocol.request).parameters]
        == ["self", "request", "addr", "integrity_key", "retransmissions"]
        and [*signature(_ice.get_host_addresses).parameters] == ["use_ipv4", "use_ipv6"]
        and _has(_ice, "CandidatePair.State.SUCCEEDED", "sort_candidate_pairs")
        and _has(_turn, "TurnClientTcpProtocol")
        and _has(_candidate, "candidate_foundation", "candidate_priority")
        and _has(_stun, "TransactionFailed", "TransactionError", "Message")
        and _has(client, "channel_to_peer", "peer_to_channel", "receiver", "refresh_task")
        and iscoroutinefunction(client.connect)
        and iscoroutinefunction(client.channel_bind)
    )


CARRYING = Seam(
    "carries datagrams",
    "strangers can disturb calls, calls wait for STUN and TURN servers and break off where the "
    "appliance gets another address, and ice.policy, ice.port, ice.public_address and "
    "server.interfaces have no effect",
    _carries_as_known,
)


# Codecs: RTCRtpTransceiver.

OPUS = RTCRtpCodecCapability("audio/opus", clockRate=48000, channels=2)

H264 = RTCRtpCodecCapability(
    "video/H264",
    clockRate=90000,
    parameters={
        "level-asymmetry-allowed": "1",
        "packetization-mode": "1",
        "profile-level-id": "42e01f",
    },
)
"""Constrained baseline, level 3.1 (RFC 6184, section 8.1): what every browser decodes."""

VP8 = RTCRtpCodecCapability("video/VP8", clockRate=90000)

RTX = RTCRtpCodecCapability("video/rtx", clockRate=90000)
"""Retransmission (RFC 4588), which aiortc offers for each of the others if it is named."""


def negotiated_codecs(transceiver: RTCRtpTransceiver) -> Sequence[RTCRtpCodecParameters]:
    """Return the codecs that both sides have, once there is an answer; the first is sent."""
    codecs: Sequence[RTCRtpCodecParameters] = transceiver._codecs
    return codecs


def _offers_as_known(specimen: Specimen) -> bool:
    specimen.audio.setCodecPreferences([OPUS])
    specimen.video.setCodecPreferences([H264, VP8, RTX])
    return True


OFFERING_CODECS = Seam("offers codecs", "its own codecs are offered", _offers_as_known)
NEGOTIATING_CODECS = Seam(
    "negotiates codecs",
    "calls are without our picture",
    lambda specimen: _has(specimen.video, "_codecs"),
)


# The time.

_READERS_OF_TIME = (
    "aiortc.mediastreams",
    "aiortc.rtcrtpreceiver",
    "aiortc.rtcrtpsender",
    "aiortc.rtcsctptransport",
    "aioice.turn",
)
"""The modules that ask the module `time`."""


@contextmanager
def replaced_clock(current_datetime: Callable[[], datetime], time: object) -> Iterator[None]:
    """Let them ask `current_datetime` and `time.time` for the time; what is not known stays."""
    with ExitStack() as stack:
        for module, name, ours in (
            (_clock, "current_datetime", current_datetime),
            *((_module(reader), "time", time) for reader in _READERS_OF_TIME),
        ):
            if _has(module, name):
                stack.callback(setattr, module, name, getattr(module, name))
                setattr(module, name, ours)
        yield


def _takes_time_as_known(_: Specimen) -> bool:
    return _has(_clock, "current_datetime") and all(
        _has(_module(reader), "time") for reader in _READERS_OF_TIME
    )


TIMEKEEPING = Seam(
    "takes the time", "calls suffer where the time of day is set", _takes_time_as_known
)


# Names: mDNS (RFC 6762).


async def resolve_name(name: str) -> str | None:
    """Return the address of a `.local` name, None if nobody tells it within a second.

    Raises OSError.
    """
    protocol = await _mdns.create_mdns_protocol()
    try:
        address: str | None = await protocol.resolve(name)
    finally:
        await protocol.close()
    return address


RESOLVING = Seam(
    "looks up names",
    "phones that hide their addresses are harder to reach",
    lambda _: _has(_mdns, "create_mdns_protocol"),
)


# The check.

SEAMS = (
    SENDING,
    REPORTING,
    RECEIVING_SOUND,
    RECEIVING_PICTURES,
    CARRYING,
    OFFERING_CODECS,
    NEGOTIATING_CODECS,
    TIMEKEEPING,
    RESOLVING,
)


def known(seam: Seam) -> bool:
    """Whether what a seam has in place of aiortc's own may be used."""
    return seam not in check()


@cache
def check() -> Sequence[Seam]:
    """Return the seams that are not known, once for each process; the first call logs a warning.

    Never raises.
    """
    unknown: Sequence[Seam] = SEAMS
    # An event loop of its own: this one may be running, or there may be none yet.
    with contained(_unexpected), ThreadPoolExecutor(1) as thread:
        unknown = thread.submit(asyncio.run, _unknown_seams()).result()
    if unknown:
        log.warning("%s", described(unknown))
    return unknown


def described(unknown: Sequence[Seam]) -> str:
    """Return what there is to say of seams that are not known, in sentences for the owner."""
    return (
        f"{versions()} works in a way that is not known here: how it "
        f"{_enumerated([each.does for each in unknown])}. Install a version from {FIRST_VERSION} "
        f"to {LAST_VERSION}. Until then {_enumerated([each.meanwhile for each in unknown])}."
    )


def versions() -> str:
    """Return the versions that are installed: "aiortc 1.16.0 (aioice 0.13.0)"."""
    return f"aiortc {aiortc.__version__} (aioice {aioice.__version__})"


def _enumerated(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


async def _unknown_seams() -> Sequence[Seam]:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    specimen = Specimen(connection.addTransceiver("audio"), connection.addTransceiver("video"))
    unknown = tuple(seam for seam in SEAMS if not _is_known(seam, specimen))
    with contained(_unexpected):
        await asyncio.wait_for(connection.close(), CLOSE_TIMEOUT)
    return unknown


def _is_known(seam: Seam, specimen: Specimen) -> bool:
    with contained(_unexpected):
        return seam.is_known(specimen)
    return False


def _unexpected(error: Exception) -> None:
    log.debug("What is looked for in aiortc is not there: %s", error)

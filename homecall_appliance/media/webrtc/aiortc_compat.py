"""Everything that is private to aiortc and aioice and yet needed: it is named here, nowhere else.

A `Seam` is a place where something of the appliance's own stands in for a part of theirs. `check`
looks at every seam once, on a throw-away connection. Where one is not as expected there is one
policy: the appliance starts, calls go on by aiortc's own way, and one warning says what is worse
until a version is installed that is known. What is public is what `aiortc` itself exports; what the
rest of this room takes from here may be used where `known` says so.
"""

import asyncio
import logging
import socket
import ssl
import struct
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from inspect import iscoroutinefunction, signature
from operator import attrgetter
from types import ModuleType
from typing import Any, NamedTuple, Protocol, Self, TypeAlias

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
from homecall_appliance.media.webrtc.trickle import NO_CANDIDATE

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
    return nominated(ice_connection(transport))


def nominated(connection: Any) -> CandidatePair | None:
    """Return the pair by which the data of a connection go, None as long as there is none."""
    pair: CandidatePair | None = connection._nominated.get(1)
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


# Datagrams that come in: aioice's connection, and the protocols that it makes for its sockets.

_GATE = "_homecall_gate"


def replace_queue(connection: Any, queue: asyncio.Queue[Any]) -> None:
    """Let the datagrams of an ICE connection wait in this queue to be read.

    Its items are a datagram and its component; None, or two of it, at the end.
    """
    connection._queue = queue


def bound_early_checks(connection: Any, most: int) -> None:
    """Let so many checks wait for the answer, the newest."""
    connection._early_checks = deque(maxlen=most)


def remote_addresses(connection: Any) -> Iterable[tuple[str, int]]:
    """Yield the addresses of the phone that a connection checks."""
    return (pair.remote_addr for pair in connection._check_list)


def extend_protocols(stun: type, turn: type) -> None:
    """Let the protocols be subclasses in which these classes come before aioice's own.

    aioice makes them by these names, `stun` for a socket or a relay's address, `turn` for a TURN
    server; what is made from now on is extended.
    """
    for module, name, mixin in (
        (_ice, "StunProtocol", stun),
        (_turn, "TurnClientUdpProtocol", turn),
        (_turn, "TurnClientTcpProtocol", turn),
    ):
        base = getattr(module, name)
        if not issubclass(base, mixin):
            setattr(module, name, type(name, (mixin, base), {}))


def attach_gate(connection: Any, gate: object) -> None:
    """Let `attached_gate` find the gate of a connection."""
    setattr(connection, _GATE, gate)


def attached_gate(connection: Any) -> Any:
    """Return the gate of a connection, None if it has none."""
    return getattr(connection, _GATE, None)


def _queues_as_known(specimen: Specimen) -> bool:
    return _has(ice_connection(specimen.audio.receiver.transport), "_queue", "data_received")


def _receives_datagrams_as_known(specimen: Specimen) -> bool:
    connection = ice_connection(specimen.audio.receiver.transport)
    return (
        _has(connection, "local_username", "local_password", "_check_list", "_early_checks")
        and _has(_ice, "StunProtocol.datagram_received", "CandidatePair.remote_addr")
        and _has(_turn, "TurnClientUdpProtocol", "TurnClientTcpProtocol")
        and [*signature(_ice.StunProtocol).parameters] == ["receiver"]
        and [*signature(_ice.StunProtocol.request).parameters]
        == ["self", "request", "addr", "integrity_key", "retransmissions"]
    )


QUEUEING = Seam("keeps datagrams that wait", "strangers can fill the memory", _queues_as_known)
RECEIVING_DATAGRAMS = Seam(
    "gets datagrams", "strangers can disturb calls", _receives_datagrams_as_known
)


# Candidates of this side: aioice's connection gathers them, its clients ask STUN and TURN servers.

TransportAddress: TypeAlias = tuple[str, int]

_ALLOCATION_LIFETIME = 600
"""Seconds that are asked for (RFC 8656, section 3.2); aioice's client refreshes them."""

_CHANNEL_HEADER = struct.Struct("!HH")  # RFC 8656, section 12.4
_RECEIVE_BUFFER = 262_144
"""Bytes of a socket's buffer, as aioice has them."""


class ServerRefused(Exception):
    """A STUN or TURN server has answered with an error, or with something of no use."""

    def __init__(self, code: int | None) -> None:
        """`code` is that of the error (RFC 8489, section 14.8; RFC 8656, section 19)."""
        super().__init__(f"The server has answered with the error {code}.")
        self.code = code


class ServerSilent(Exception):
    """A STUN or TURN server has not answered."""


@contextmanager
def _told_apart() -> Iterator[None]:
    """Raise ServerRefused or ServerSilent for what aioice raises."""
    try:
        yield
    except _stun.TransactionFailed as error:
        code, _ = error.response.attributes.get("ERROR-CODE", (None, ""))
        raise ServerRefused(code) from None
    except _stun.TransactionError:
        raise ServerSilent from None
    except (KeyError, ConnectionError):  # an attribute is not there
        raise ServerRefused(None) from None


class LocalCandidate(Protocol):
    """aioice's candidate of this side (RFC 8839, section 5.1)."""

    host: str
    port: int
    type: str


def local_candidate(
    kind: str, address: TransportAddress, *, preference: int, foundation: str
) -> LocalCandidate:
    """Return a candidate for component 1 over UDP; `preference` is the local one (RFC 8445,
    section 5.1.2.1)."""
    candidate: LocalCandidate = aioice.Candidate(
        foundation=foundation,
        component=1,
        transport="udp",
        priority=_candidate.candidate_priority(1, kind, preference),
        host=address[0],
        port=address[1],
        type=kind,
    )
    return candidate


def candidate_line(candidate: Any, related: TransportAddress | None = None) -> str:
    """Return a candidate as a line of SDP has it, with a related address."""
    line = f"candidate:{candidate.to_sdp()}"
    return f"{line} raddr {related[0]} rport {related[1]}" if related else line


def replace_gathering(
    connection: Any, open_hosts: Callable[[Sequence[str]], Awaitable[Sequence[Any]]]
) -> None:
    """Let `open_hosts` open the sockets of a connection, in place of aioice's own gathering.

    It gets the addresses of this machine, and returns protocols of `host_protocol`. aiortc starts
    no connection that has no candidate at all: without one, it gets a placeholder of port 9, which
    stands for none (RFC 8840, section 4.1.1).
    """

    async def gather(
        component: int,  # noqa: ARG001 - aioice's signature
        addresses: Sequence[str],
        timeout: int = 5,  # noqa: ARG001, ASYNC109 - aioice's signature
    ) -> list[LocalCandidate]:
        protocols = await open_hosts(addresses)
        connection._protocols += protocols
        none = local_candidate("host", ("0.0.0.0", 9), preference=0, foundation=NO_CANDIDATE)  # noqa: S104
        return [each.local_candidate for each in protocols] or [none]

    connection.get_component_candidates = gather


async def host_protocol(connection: Any, address: str, port: int) -> Any:
    """Open a socket at an address for a connection; port 0 is any. Raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:  # here, for uvloop loses a socket whose port is taken
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        bound.bind((address, port))
        own = bound.getsockname()[:2]
        _, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _ice.StunProtocol(connection), sock=bound
        )
    except BaseException:
        bound.close()
        raise
    foundation = _candidate.candidate_foundation("host", "udp", own[0])
    protocol.local_candidate = local_candidate("host", own, preference=65535, foundation=foundation)
    return protocol


def host_protocols(connection: Any) -> list[Any]:
    """Return the protocols of a connection's own sockets; each has its `local_candidate`."""
    return [each for each in connection._protocols if each.local_candidate.type == "host"]


async def mapped_address(protocol: Any, server: TransportAddress) -> TransportAddress:
    """Ask a STUN server from a host's socket how that is seen (RFC 8489, section 2).

    Raises ServerRefused, ServerSilent.
    """
    request = _stun.Message(_stun.Method.BINDING, _stun.Class.REQUEST)
    with _told_apart():
        response, _ = await protocol.request(request, server)
        address: TransportAddress = response.attributes["XOR-MAPPED-ADDRESS"]
    return address


def relay_protocol(connection: Any) -> Any:
    """Return a protocol for a relayed candidate of a connection, for `add_relay`."""
    return _ice.StunProtocol(connection)


def add_relay(connection: Any, protocol: Any) -> bool:
    """Let a connection check pairs with a relayed candidate, with remote candidates of now and
    later; whether it still checks any."""
    if connection._check_list_done or connection._closed:
        return False
    connection._protocols.append(protocol)
    for remote in connection.remote_candidates:
        if protocol.local_candidate.can_pair_with(remote):
            connection._check_list.append(_ice.CandidatePair(protocol, remote))
    connection.sort_check_list()
    return True


def remove_relay(connection: Any, protocol: Any) -> None:
    """Let a connection forget a relayed candidate that carries nothing."""
    if protocol in connection._protocols:
        connection._protocols.remove(protocol)
    for pair in [each for each in connection._check_list if each.protocol is protocol]:
        connection._check_list.remove(pair)
        if pair.task:
            pair.task.cancel()


def is_nominated(connection: Any, protocol: Any) -> bool:
    """Whether a protocol carries the data of a connection."""
    return any(pair.protocol is protocol for pair in connection._nominated.values())


class TurnReceiver(Protocol):
    """Who is given what comes through a relay."""

    @property
    def gate(self) -> Any:
        """See `attached_gate`."""
        ...

    def datagram_received(self, data: bytes, addr: TransportAddress) -> None:
        """Take a datagram of a peer."""
        ...

    def connection_lost(self, exc: Exception | None) -> None:
        """Learn that the way to the relay is closed."""
        ...


class TurnClient:
    """aioice's client of a TURN server, for one allocation (RFC 8656, section 3)."""

    def __init__(self, transport: Any, protocol: Any) -> None:
        """For `open`."""
        self.transport = transport
        self._protocol = protocol

    @classmethod
    async def open(
        cls,
        address: TransportAddress,
        *,
        tcp: bool,
        tls: ssl.SSLContext | None,
        name: str,
        username: str | None,
        password: str | None,
    ) -> Self:
        """Connect to a server; `name` is what its certificate is to bear. Raises OSError."""
        loop = asyncio.get_running_loop()
        arguments = address, username, password, _ALLOCATION_LIFETIME, _ALLOCATION_LIFETIME
        transport: asyncio.BaseTransport
        if tcp:
            transport, protocol = await loop.create_connection(
                lambda: _turn.TurnClientTcpProtocol(*arguments),
                *address,
                ssl=tls,
                server_hostname=name if tls else None,
            )
        else:
            transport, protocol = await loop.create_datagram_endpoint(
                lambda: _turn.TurnClientUdpProtocol(*arguments), remote_addr=address
            )
        return cls(transport, protocol)

    async def allocate(self, receiver: TurnReceiver) -> TransportAddress:
        """Return the relayed address, from which all comes to `receiver`.

        Raises ServerRefused, ServerSilent.
        """
        self._protocol.receiver = receiver
        with _told_apart():
            relayed: TransportAddress = await self._protocol.connect()
        # In some versions nothing else comes of it when refreshing fails.
        self._protocol.refresh_task.add_done_callback(self._refreshed)
        return relayed

    async def bind(self, channel: int, peer: TransportAddress) -> None:
        """Bind a channel to a peer, or refresh it (RFC 8656, section 12).

        Raises ServerRefused, ServerSilent.
        """
        with _told_apart():
            await self._protocol.channel_bind(channel, peer)
        self._protocol.channel_to_peer[channel] = peer
        self._protocol.peer_to_channel[peer] = channel

    def send(self, channel: int, data: bytes) -> None:
        """Send data to the peer of a channel that is bound."""
        self._protocol._send(_CHANNEL_HEADER.pack(channel, len(data)) + data)

    async def delete(self) -> None:
        """Give the allocation back, and close."""
        try:
            with _told_apart():
                await self._protocol.delete()
        finally:
            self.close()

    def close(self) -> None:
        """Close at once; the server forgets the allocation in time."""
        if task := self._protocol.refresh_task:
            task.cancel()
        self.transport.abort()

    def _refreshed(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled():
            task.exception()
            self.transport.abort()


def _gathers_as_known(specimen: Specimen) -> bool:
    connection = ice_connection(specimen.audio.receiver.transport)
    client = _turn.TurnClientUdpProtocol(("192.0.2.1", 3478), None, None, 600, 600)
    return (
        [*signature(connection.get_component_candidates).parameters]
        == ["component", "addresses", "timeout"]
        and _has(connection, "_protocols", "_check_list", "_check_list_done", "_closed")
        and _has(connection, "_nominated", "remote_candidates", "sort_check_list")
        and [*signature(_ice.CandidatePair).parameters] == ["protocol", "remote_candidate"]
        and [*signature(_ice.StunProtocol).parameters] == ["receiver"]
        and _has(_candidate, "candidate_foundation", "candidate_priority")
        and _has(_stun, "TransactionFailed", "TransactionError", "Message")
        and _has(client, "channel_to_peer", "peer_to_channel", "receiver", "refresh_task", "_send")
        and _has(_turn, "TurnClientTcpProtocol._send", "TurnClientTcpProtocol.delete")
        and iscoroutinefunction(client.connect)
        and iscoroutinefunction(client.channel_bind)
    )


GATHERING = Seam(
    "gathers candidates",
    "calls wait for STUN and TURN servers, one of each is used, and ice.policy, ice.port, "
    "ice.public_address and server.interfaces have no effect",
    _gathers_as_known,
)


# Another path in a call: aioice's connection checks none after the first.


def host_addresses() -> Sequence[str]:
    """Return the addresses of this machine as aioice gathers them. Raises OSError."""
    addresses: Sequence[str] = _ice.get_host_addresses(use_ipv4=True, use_ipv6=True)
    return addresses


def base_address(pair: CandidatePair) -> str:
    """Return the address of this machine from which a pair's datagrams leave, "" for that of a TLS
    or TCP connection which is closed."""
    address: str = pair.protocol.transport.get_extra_info("sockname", ("",))[0]
    return address


def add_protocols(connection: Any, protocols: Iterable[Any]) -> None:
    """Let a connection have further sockets, which it closes in its end."""
    connection._protocols += protocols


def pairs_of_hosts(connection: Any) -> list[CandidatePair]:
    """Return every pair of a socket and a remote candidate, that of the highest priority first."""
    pairs: list[CandidatePair] = [
        _ice.CandidatePair(protocol, remote)
        for protocol in host_protocols(connection)
        for remote in connection.remote_candidates
        if protocol.local_candidate.can_pair_with(remote)
    ]
    _ice.sort_candidate_pairs(pairs, connection.ice_controlling)
    return pairs


async def answers(connection: Any, pair: CandidatePair, priority: int | None = None) -> bool:
    """Check a pair; whether the phone answers (RFC 8445, section 7.2.5).

    With a priority the pair is nominated to the phone by the same request: it is that of the
    peer-reflexive candidate which the phone may learn. Takes a minute where nothing comes.
    """
    request = connection.build_request(pair, nominate=priority is not None)
    if priority is not None:
        request.attributes["PRIORITY"] = priority
    key = connection.remote_password.encode()
    try:
        _, address = await pair.protocol.request(request, pair.remote_addr, integrity_key=key)
    except _stun.TransactionError:
        return False
    is_symmetric: bool = address == pair.remote_addr
    return is_symmetric


def nominate(connection: Any, pair: Any) -> None:
    """Let the data of a connection go by a pair that was checked."""
    pair.state, pair.nominated = _ice.CandidatePair.State.SUCCEEDED, True
    connection._check_list.append(pair)
    connection._nominated[1] = pair


def _moves_as_known(specimen: Specimen) -> bool:
    connection = ice_connection(specimen.audio.receiver.transport)
    return (
        [*signature(connection.build_request).parameters] == ["pair", "nominate"]
        and [*signature(_ice.get_host_addresses).parameters] == ["use_ipv4", "use_ipv6"]
        and _has(connection, "_protocols", "_check_list", "_nominated", "remote_candidates")
        and _has(connection, "ice_controlling", "remote_password")
        and _has(_ice, "CandidatePair.State.SUCCEEDED", "sort_candidate_pairs")
        and _has(_stun, "TransactionError")
    )


MOVING = Seam(
    "keeps to a path",
    "calls break off where the appliance gets another address",
    _moves_as_known,
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
    QUEUEING,
    RECEIVING_DATAGRAMS,
    GATHERING,
    MOVING,
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

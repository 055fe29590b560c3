"""RTP by a shorter way than aiortc's own.

aiortc wakes a task for each frame, and makes, encrypts and sends each packet in ten calls and three
awaits. Here a frame leaves from within the call that brings it: its packets share one header
extension, and go out by one system call (UDP_SEGMENT in udp(7)).

All that is private to aiortc and aioice and needed for that stands here, and is looked at before
anything is changed: `Outlet` raises UnknownAiortc where it is not what it was, and aiortc's own way
is still there.
"""

import asyncio
import contextlib
import errno
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Self

from aiortc import RTCDtlsTransport, RTCRtpCodecParameters, RTCRtpSender, clock
from aiortc.rtcdtlstransport import State
from aiortc.rtp import HeaderExtensions
from aiortc.utils import random16, random32

from homecall_appliance.media.webrtc.aiortc_compat import UnknownAiortc, has, takes

HISTORY = 256
"""Packets that can be sent again: a second of the usual picture."""

SEGMENTS = 45
"""Datagrams of one system call: the kernel takes 64, and 65,507 bytes in all."""

_UDP_SEGMENT = 103  # linux/udp.h
_NO_ROOM = frozenset({errno.EAGAIN, errno.ENOBUFS})

_HEADER = struct.Struct("!BBHLL")  # RFC 3550, section 5.1
_VERSION, _EXTENDED, _MARKER = 0x80, 0x10, 0x80


class Wire:
    """The way out of one DTLS transport. Whoever leaves it closes its socket."""

    def __init__(self, transport: RTCDtlsTransport) -> None:
        self._transport: Any = transport
        self._pair: Any = None
        self._socket: socket.socket | None = None
        self._left = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._left = True
        if self._socket:
            self._socket.close()

    def send(self, packets: Sequence[bytes]) -> bool:
        """Encrypt RTP packets and send them; whether the system had room for them.

        Before there is a connection, and after, they are lost.
        """
        if self._left or self._transport._state is not State.CONNECTED:
            return True
        pair = self._transport.transport._connection._nominated.get(1)
        if pair is None:
            return True
        sealed = [self._transport._tx_srtp.protect(packet) for packet in packets]
        self._transport._RTCDtlsTransport__tx_packets += len(sealed)
        self._transport._RTCDtlsTransport__tx_bytes += sum(map(len, sealed))
        if pair is not self._pair:
            self._use(pair)
        if self._socket is not None:
            grouped = bursts(sealed, SEGMENTS)
            return all(send_burst(self._socket, burst, pair.remote_addr) for burst in grouped)
        with contextlib.suppress(RuntimeError):  # uvloop's, where it was closed meanwhile
            for packet in sealed:
                pair.protocol.transport.sendto(packet, pair.remote_addr)
        return True

    def _use(self, pair: Any) -> None:
        """Share the socket of a pair of candidates.

        A relay has none of its own, and the system may have no descriptor left for it.
        """
        if self._socket:
            self._socket.close()
        self._pair, self._socket = pair, None
        own = pair.protocol.transport.get_extra_info("socket")
        if own is not None:
            with contextlib.suppress(OSError):
                self._socket = socket.socket(fileno=os.dup(own.fileno()))


class Outlet:
    """The way out for the frames of one sender, in place of aiortc's own loop."""

    def __init__(self, sender: RTCRtpSender, wire: Wire, opened: Callable[[], None]) -> None:
        """`opened` is called once frames can be sent. Raises UnknownAiortc."""
        _look_at(sender)
        self._sender: Any = sender
        self._wire = wire
        self._opened = opened
        self._open = False
        self._payload_type = 0
        self._sequence_number = random16() % 32768  # far from a wrap (RFC 3711, section 3.3.1)
        self._origin = random32()
        self._history: dict[int, _Packet] = {}
        sender._run_rtp = self._run  # type: ignore[method-assign]
        sender._retransmit = self._send_again  # type: ignore[method-assign]

    def send(self, payloads: Sequence[bytes], timestamp: int) -> bool:
        """Send a frame, `timestamp` in ticks of its codec; whether the system had room for it."""
        if not self._open:
            return True
        sender = self._sender
        timestamp = self._origin + timestamp & 0xFFFFFFFF
        now = clock.current_ntp_time()
        head, tail = self._head_and_tail(now)
        packets = []
        for number, payload in enumerate(payloads, 1):
            marker = _MARKER if number == len(payloads) else 0
            sequence_number = self._sequence_number
            self._sequence_number = sequence_number + 1 & 0xFFFF
            packet = _Packet(sequence_number, timestamp, marker, payload)
            self._history[sequence_number % HISTORY] = packet
            packets.append(
                _HEADER.pack(
                    head, marker | self._payload_type, sequence_number, timestamp, sender._ssrc
                )
                + tail
                + payload
            )
        sender._RTCRtpSender__ntp_timestamp = now
        sender._RTCRtpSender__rtp_timestamp = timestamp
        sender._RTCRtpSender__packet_count += len(packets)
        sender._RTCRtpSender__octet_count += sum(map(len, payloads))
        return self._wire.send(packets)

    async def _run(self, codec: RTCRtpCodecParameters) -> None:
        """Run as aiortc's task: from its start to its cancellation the frames can be sent."""
        self._payload_type = codec.payloadType or 0
        self._sender._RTCRtpSender__rtp_started.set()
        try:
            self._open = True
            self._opened()
            await asyncio.get_running_loop().create_future()
        finally:
            self._open = False
            self._sender._RTCRtpSender__rtp_exited.set()

    async def _send_again(self, sequence_number: int) -> None:
        """Send what a NACK asks for, in a packet of its own where that was agreed (RFC 4588)."""
        packet = self._history.get(sequence_number % HISTORY)
        if packet is None or packet.sequence_number != sequence_number:
            return
        sender = self._sender
        number, payload_type, ssrc = sequence_number, self._payload_type, sender._ssrc
        payload = packet.payload
        if sender._RTCRtpSender__rtx_payload_type is not None:
            number = sender._RTCRtpSender__rtx_sequence_number
            sender._RTCRtpSender__rtx_sequence_number = number + 1 & 0xFFFF
            payload_type, ssrc = sender._RTCRtpSender__rtx_payload_type, sender._rtx_ssrc
            payload = sequence_number.to_bytes(2, "big") + payload
        head, tail = self._head_and_tail(clock.current_ntp_time())
        header = _HEADER.pack(head, packet.marker | payload_type, number, packet.timestamp, ssrc)
        self._wire.send([header + tail + payload])

    def _head_and_tail(self, now: int) -> tuple[int, bytes]:
        """Return a header's first byte, and the extension at its end (RFC 8285)."""
        extensions = HeaderExtensions(
            abs_send_time=now >> 14 & 0x00FFFFFF, mid=self._sender._RTCRtpSender__mid
        )
        profile, value = self._sender._RTCRtpSender__rtp_header_extensions_map.set(extensions)
        if not value:
            return _VERSION, b""
        return _VERSION | _EXTENDED, struct.pack("!HH", profile, len(value) >> 2) + value


class _Packet(NamedTuple):
    sequence_number: int
    timestamp: int
    marker: int
    payload: bytes


def bursts(packets: Iterable[bytes], most: int) -> Iterator[list[bytes]]:
    """Group packets in their order, `most` at most: all of one size, but the last may be shorter.

    That is what UDP segmentation takes.
    """
    burst: list[bytes] = []
    for packet in packets:
        if burst and (
            len(burst) == most or len(burst[-1]) < len(burst[0]) or len(packet) > len(burst[0])
        ):
            yield burst
            burst = []
        burst.append(packet)
    if burst:
        yield burst


def send_burst(way: socket.socket, burst: Sequence[bytes], address: tuple[str, int]) -> bool:
    """Send a burst; whether there was room for it."""
    together = []
    if len(burst) > 1:
        size = len(burst[0]).to_bytes(2, sys.byteorder)
        together = [(socket.IPPROTO_UDP, _UDP_SEGMENT, size)]
    try:
        way.sendmsg(burst, together, 0, address)
    except OSError as error:
        if error.errno in _NO_ROOM:
            return False
        if together:  # not on this system, or not through this interface
            return all(send_burst(way, [packet], address) for packet in burst)
        # The network is gone. Whether it comes back is for ICE to find out.
    return True


_PRIVATE = (
    "transport._state",
    "transport._tx_srtp",
    "transport._RTCDtlsTransport__tx_bytes",
    "transport._RTCDtlsTransport__tx_packets",
    "transport.transport._connection._nominated.get",
    "_ssrc",
    "_rtx_ssrc",
    "_RTCRtpSender__mid",
    "_RTCRtpSender__ntp_timestamp",
    "_RTCRtpSender__octet_count",
    "_RTCRtpSender__packet_count",
    "_RTCRtpSender__rtp_exited.set",
    "_RTCRtpSender__rtp_header_extensions_map.set",
    "_RTCRtpSender__rtp_started.set",
    "_RTCRtpSender__rtp_timestamp",
    "_RTCRtpSender__rtx_payload_type",
    "_RTCRtpSender__rtx_sequence_number",
)


def _look_at(sender: RTCRtpSender) -> None:
    if not (
        has(sender, "_run_rtp", "_retransmit", *_PRIVATE)
        and takes(sender._run_rtp, "codec", waits=True)
        and takes(sender._retransmit, "sequence_number", waits=True)
    ):
        raise UnknownAiortc("sends frames")

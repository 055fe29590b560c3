"""RTP by a shorter way than aiortc's own.

aiortc wakes a task for each frame, and makes, encrypts and sends each packet in ten calls and three
awaits. Here a frame leaves from within the call that brings it: its packets share one header
extension, and go out by one system call (UDP_SEGMENT in udp(7)).
"""

import asyncio
import contextlib
import errno
import os
import secrets
import socket
import struct
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Self

from aiortc import RTCDtlsTransport, RTCRtpCodecParameters, RTCRtpSender

from homecall_appliance.media.webrtc.aiortc_compat import (
    CandidatePair,
    SenderInternals,
    TransportInternals,
)

HISTORY = 256
"""Packets that can be sent again: a second of the usual picture."""

SEGMENTS = 45
"""Datagrams of one system call: the kernel takes 64, and 65,507 bytes in all."""

_UDP_SEGMENT = 103  # linux/udp.h
_NO_ROOM = frozenset({errno.EAGAIN, errno.ENOBUFS})

_HEADER = struct.Struct("!BBHLL")  # RFC 3550, section 5.1
_VERSION, _EXTENDED, _MARKER = 0x80, 0x10, 0x80
_ONE_BYTE = 0xBEDE  # RFC 8285, section 4.2


class Wire:
    """The way out of one DTLS transport. Whoever leaves it closes its socket."""

    def __init__(self, transport: RTCDtlsTransport) -> None:
        self._protect = TransportInternals(transport).protect
        self._pair: CandidatePair | None = None
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
        if self._left or (protected := self._protect(packets)) is None:
            return True
        pair, sealed = protected
        if pair is not self._pair:
            self._use(pair)
        if self._socket is not None:
            grouped = bursts(sealed, SEGMENTS)
            return all(send_burst(self._socket, burst, pair.remote_addr) for burst in grouped)
        with contextlib.suppress(RuntimeError):  # uvloop's, where it was closed meanwhile
            for packet in sealed:
                pair.protocol.transport.sendto(packet, pair.remote_addr)
        return True

    def _use(self, pair: CandidatePair) -> None:
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

    def __init__(
        self,
        sender: RTCRtpSender,
        wire: Wire,
        opened: Callable[[], None],
        extension: Callable[[], bytes] = bytes,
    ) -> None:
        """`opened` is called once frames can be sent.

        `extension` returns what their packets have in their headers beside what aiortc agreed on:
        elements with a header of one byte (RFC 8285, section 4.2), a multiple of four bytes.
        """
        self._sender = SenderInternals(sender)
        self._extension = extension
        self._wire = wire
        self._opened = opened
        self._open = False
        self._payload_type = 0
        self._sequence_number = secrets.randbits(15)  # far from a wrap (RFC 3711, section 3.3.1)
        self._origin = secrets.randbits(32)
        self._history: dict[int, _Packet] = {}
        self._sender.replace_loop(self._run, self._send_again)

    def send(self, payloads: Sequence[bytes], timestamp: int, marked: bool) -> bool:
        """Send a frame, `timestamp` in ticks of its codec; whether the system had room for it.

        Its last packet has the marker bit if it is `marked`.
        """
        if not self._open:
            return True
        ssrc = self._sender.ssrc
        timestamp = self._origin + timestamp & 0xFFFFFFFF
        now = self._sender.ntp_time()
        head, tail = self._head_and_tail(now)
        packets = []
        for number, payload in enumerate(payloads, 1):
            marker = _MARKER if marked and number == len(payloads) else 0
            sequence_number = self._sequence_number
            self._sequence_number = sequence_number + 1 & 0xFFFF
            packet = _Packet(sequence_number, timestamp, marker, payload)
            self._history[sequence_number % HISTORY] = packet
            packets.append(
                _HEADER.pack(head, marker | self._payload_type, sequence_number, timestamp, ssrc)
                + tail
                + payload
            )
        self._sender.count(now, timestamp, len(packets), sum(map(len, payloads)))
        return self._wire.send(packets)

    async def _run(self, codec: RTCRtpCodecParameters) -> None:
        """Run as aiortc's task: from its start to its cancellation the frames can be sent."""
        self._payload_type = codec.payloadType or 0
        self._sender.has_started()
        try:
            self._open = True
            self._opened()
            await asyncio.get_running_loop().create_future()
        finally:
            self._open = False
            self._sender.has_ended()

    async def _send_again(self, sequence_number: int) -> None:
        """Send what a NACK asks for, in a packet of its own where that was agreed (RFC 4588)."""
        packet = self._history.get(sequence_number % HISTORY)
        if packet is None or packet.sequence_number != sequence_number:
            return
        payload_type, ssrc, number = self._payload_type, self._sender.ssrc, sequence_number
        payload = packet.payload
        if rtx := self._sender.next_rtx():
            payload_type, ssrc, number = rtx
            payload = sequence_number.to_bytes(2, "big") + payload
        head, tail = self._head_and_tail(self._sender.ntp_time())
        header = _HEADER.pack(head, packet.marker | payload_type, number, packet.timestamp, ssrc)
        self._wire.send([header + tail + payload])

    def _head_and_tail(self, now: int) -> tuple[int, bytes]:
        """Return a header's first byte, and the extension at its end (RFC 8285)."""
        sender = self._sender
        extensions = sender.extensions(abs_send_time=now >> 14 & 0x00FFFFFF, mid=sender.mid)
        profile, value = sender.extensions_map.set(extensions)
        if more := self._extension():
            profile, value = _ONE_BYTE, value + more
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

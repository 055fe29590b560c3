"""The live source of the senders that encode nothing: one picture and one sound, as RTP.

The appliance's own test pattern, encoder and tone; packets of RFC 6184 and RFC 7587 to two ports of
the loopback. Every PLI (RFC 4585, section 6.3.1) that comes to the port of `--control` is followed
by a key frame. `--rtcp` is a port that is told, by one packet, where that is.
"""

import argparse
import socket
import struct
import threading
from collections.abc import Iterable
from fractions import Fraction

from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.opus import OpusEncoder
from aiortc.rtp import RtcpRrPacket, RtpPacket
from av import Packet

from homecall_appliance.media.audio.tone import Tone
from homecall_appliance.media.camera.pattern import TestPattern
from homecall_appliance.media.ports import Block
from homecall_appliance.media.video.encoder import Encoder
from tests.benchmarks.sending.blocks import Framer
from tests.benchmarks.sending.feed import H264, LOOPBACK, OPUS
from tests.benchmarks.sending.sender import FRAMERATE, HEIGHT, WIDTH
from tests.support.exchange import Nobody

PAYLOAD_SPECIFIC_FEEDBACK = 206
"""RFC 4585, section 6.1."""


class Stream:
    """One RTP stream to a port."""

    def __init__(self, payload_type: int, port: int) -> None:
        self._payload_type = payload_type
        self._to = LOOPBACK, port
        self._ssrc = payload_type  # any will do
        self._number = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def send(self, payloads: Iterable[bytes], timestamp: int) -> None:
        """Send the packets of one frame."""
        *first, last = payloads
        for payload, marker in [*((payload, 0) for payload in first), (last, 1)]:
            packet = RtpPacket(
                payload_type=self._payload_type,
                marker=marker,
                sequence_number=self._number % 2**16,
                timestamp=timestamp % 2**32,
                ssrc=self._ssrc,
                payload=payload,
            )
            self._socket.sendto(packet.serialize(), self._to)
            self._number += 1


class Sound(Nobody):
    """The tone as Opus, a packet every 20 ms."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._encoder = OpusEncoder()
        self._framer = Framer()

    def hear(self, captured: Block, _played: Block, _skipped: float) -> None:
        """Send one block."""
        payloads, timestamp = self._encoder.encode(self._framer.frame(captured))
        if payloads:  # the first block only fills the encoder
            self._stream.send(payloads, timestamp)


class Wishes:
    """Those for a key frame."""

    def __init__(self, port: int, rtcp: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOOPBACK, port))
        if rtcp:
            self._socket.sendto(bytes(RtcpRrPacket(ssrc=1)), (LOOPBACK, rtcp))
        self._wished = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def take(self) -> bool:
        """Whether there was one since the last time."""
        wished = self._wished.is_set()
        self._wished.clear()
        return wished

    def _read(self) -> None:
        while True:
            data = self._socket.recv(2**16)
            # A compound packet: each part tells its length in words less one (RFC 3550, 6.4.1).
            while len(data) >= 4:
                _, kind, words = struct.unpack_from("!BBH", data)
                if kind == PAYLOAD_SPECIFIC_FEEDBACK:
                    self._wished.set()
                data = data[4 * (words + 1) :]


def main() -> None:
    """Send until ended."""
    parser = argparse.ArgumentParser()
    for option in ("video", "audio", "control", "rtcp", "bitrate"):
        parser.add_argument(f"--{option}", type=int, required=True)
    options = parser.parse_args()
    wishes = Wishes(options.control, options.rtcp)
    video = Stream(H264, options.video)
    encoder = Encoder("h264", FRAMERATE)
    packetizer = H264Encoder()
    with Tone().open(Sound(Stream(OPUS, options.audio))):
        for frame in TestPattern(WIDTH, HEIGHT, FRAMERATE).frames():
            wished = wishes.take()
            for picture in encoder.encode(frame, bitrate=options.bitrate, keyframe=wished):
                packet = Packet(picture.data)
                packet.pts, packet.time_base = picture.timestamp, Fraction(1, 90_000)
                video.send(*packetizer.pack(packet))


if __name__ == "__main__":
    main()

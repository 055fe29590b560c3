"""The process that decodes a phone's pictures, and paints them as the screen has them.

A decoder is the largest piece of C that reads a stranger's bytes. Here it has a socket to the
daemon (descriptor 0), the memory that it paints into (descriptor 1), and nothing else: see
confinement.py. It answers each picture, in order (see wire.py), and ends with the socket.
"""

import mmap
import os
import signal
from collections.abc import Sequence
from typing import BinaryIO

import av
from av import CodecContext, Packet, VideoCodecContext, VideoFrame

from homecall_appliance.decoder.confinement import confine
from homecall_appliance.decoder.wire import (
    ORDER_BYTES,
    SLOTS,
    Kind,
    Order,
    Reply,
    parse_format,
)
from homecall_appliance.display.painting import Painter
from homecall_appliance.display.scaling import Scaler
from homecall_appliance.media.video.headers import MOST_PIXELS
from homecall_appliance.media.video.picture import Codec

_SOCKET, _MEMORY = 0, 1


class Worker:
    """Decodes what it is given; paints the newest image, whenever it has a slot."""

    def __init__(self, painters: Sequence[Painter]) -> None:
        """`painters` paint into the slots, which are all free."""
        self._painters = painters
        self._free = [*range(len(painters))]
        self._codec: Codec | None = None
        self._decoder: VideoCodecContext | None = None
        self._newest: VideoFrame | None = None

    def decode(self, codec: Codec, data: bytes) -> list[Reply]:
        """Return what to tell of a picture. Raises MemoryError."""
        if self._decoder is None or codec != self._codec:
            self._codec, self._decoder = codec, make_decoder(codec)
        try:
            frames = self._decoder.decode(Packet(data))
        except MemoryError:  # one of libav's, too
            raise
        except av.FFmpegError:
            return [Reply(Kind.SPOILT)]
        if not frames:
            return [Reply(Kind.DECODED)]
        self._newest = frames[-1]
        size = self._newest.width, self._newest.height
        return [Reply(Kind.DECODED, 0, *size), *self._paint()]

    def give(self, slot: int) -> list[Reply]:
        """Take a slot back, which has been shown, or is not to be; return what to tell."""
        self._free.append(slot)
        return self._paint()

    def _paint(self) -> list[Reply]:
        if self._newest is None or not self._free:
            return []
        frame, self._newest = self._newest, None
        try:
            self._painters[self._free[-1]].paint(frame)
        except MemoryError:
            raise
        except av.FFmpegError:  # libswscale does not know its colours, and so it is not seen
            return []
        return [Reply(Kind.PAINTED, self._free.pop())]


def make_decoder(codec: Codec) -> VideoCodecContext:
    """Return a decoder that hands out each picture at once."""
    decoder = CodecContext.create(codec, "r")
    decoder.thread_count = 1  # More would hold frames back.
    decoder.flags |= av.codec.context.Flags.low_delay
    decoder.options = {"max_pixels": str(MOST_PIXELS)}
    return decoder


def main() -> None:
    """Decode until the daemon hangs up."""
    for number in (signal.SIGINT, signal.SIGTERM):  # they are for the daemon, which ends us
        signal.signal(number, signal.SIG_IGN)
    mapped = mmap.mmap(_MEMORY, 0)  # which has a descriptor of its own
    os.close(_MEMORY)
    form = parse_format(mapped.readline())
    memory = memoryview(mapped)
    scaler = Scaler(form.mode)
    painters = [
        Painter(form, memory[slot * form.size : (slot + 1) * form.size], scaler)
        for slot in range(SLOTS)
    ]
    for painter in painters:  # whatever is loaded late is loaded now
        painter.paint(VideoFrame(16, 16, "yuv420p"))
    left = confine()
    _tell([Reply.ready(left)])
    try:
        _work(Worker(painters), os.fdopen(_SOCKET, "rb", closefd=False))
    finally:
        os._exit(1)  # nothing that Python does in the end can be done here


def _work(worker: Worker, orders: BinaryIO) -> None:
    while len(header := orders.read(ORDER_BYTES)) == ORDER_BYTES:
        order = Order.parse(header)
        if (slot := order.slot) is not None:
            _tell(worker.give(slot))
        else:
            _tell(worker.decode(order.codec, orders.read(order.value)))


def _tell(replies: Sequence[Reply]) -> None:
    if replies:
        os.write(_SOCKET, b"".join(reply.dump() for reply in replies))


if __name__ == "__main__":
    main()

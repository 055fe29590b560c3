"""Decoding a webcam's H.264 when somebody needs frames, and only then."""

from collections import deque
from fractions import Fraction

import av
from av import CodecContext, Packet, VideoFrame

from homecall_appliance.media.ports import DeviceError
from homecall_appliance.media.video.annexb import AccessUnit

LONGEST = 60
"""Access units that may have to be caught up on at once: at 720p, half a second of a Raspberry
Pi 4. Of a longer group of pictures the older ones are decoded as they come."""


class Backlog:
    """The access units since the last key frame that have not been decoded."""

    def __init__(self, patience: int) -> None:
        """So many spoilt pictures in a row are borne."""
        self._patience = patience
        self._spoilt = 0
        self._waiting: deque[tuple[AccessUnit, int, Fraction]] = deque()
        self._decoder = CodecContext.create("h264", "r")
        self._decoder.thread_count = 1  # More would hold frames back.
        self._decoder.flags |= av.codec.context.Flags.low_delay

    def take(
        self, unit: AccessUnit, pts: int, time_base: Fraction, *, wanted: bool
    ) -> list[VideoFrame]:
        """Add a unit; return its frame, if it is wanted and can be decoded.

        Raises DeviceError when there are only spoilt pictures.
        """
        if unit.keyframe:
            self._waiting.clear()
        self._waiting.append((unit, pts, time_base))
        frames: list[VideoFrame] = []
        while self._waiting and (wanted or len(self._waiting) > LONGEST):
            frames = self._decode(*self._waiting.popleft())
        return frames if wanted else []

    def _decode(self, unit: AccessUnit, pts: int, time_base: Fraction) -> list[VideoFrame]:
        packet = Packet(unit.data)
        packet.pts, packet.time_base = pts, time_base
        try:
            frames = self._decoder.decode(packet)
        except av.InvalidDataError as error:
            self._spoilt += 1
            if self._spoilt > self._patience:
                raise DeviceError(
                    "The camera's pictures cannot be decoded. Plug it in again."
                ) from error
            return []
        self._spoilt = 0
        return frames

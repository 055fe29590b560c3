"""A Raspberry Pi camera whose H.264 comes from the hardware."""

import time
from collections.abc import Callable, Generator, Iterator
from functools import partial

from homecall_appliance.media.camera.picamera import CHECK, OpenPiCamera, PiCamera
from homecall_appliance.media.camera.picamera_encoder import (
    LARGEST,
    HardwareEncoder,
    hardware_encoder,
    has_hardware_encoder,
    output,
)
from homecall_appliance.media.ports import DeviceError
from homecall_appliance.media.video.encoder import KEYFRAME_SECONDS
from homecall_appliance.media.video.encoders import Encoders
from homecall_appliance.media.video.handover import Encoded, Handover
from homecall_appliance.media.video.ipc import Wish
from homecall_appliance.media.video.picture import Picture
from homecall_appliance.media.video.rising import Rising
from homecall_appliance.media.video.source import Software, Wishes

LEAST_BITRATE = 600_000
"""Bits per second of the hardware. With fewer than the scene needs it leaves pictures out, and
with much fewer it is known to hang (raspberrypi/rpicam-apps issue 664: up to 512 kbit/s), while
libx264 holds any bitrate by the quality alone. So the software has the poor networks."""

ENOUGH_BITRATE = 750_000
"""From here on the hardware takes over again: each change costs a key frame."""

FIRST_PATIENCE, PATIENCE = 5.0, 1.5
"""Seconds without a picture after which the camera counts as lost: at first, and later. Less than
the daemon's, which knows no reason."""

MakeEncoder = Callable[[tuple[int, int], int, int, int], HardwareEncoder]
"""`hardware_encoder`, or what takes its place."""


def hardware_suits(bitrate: int, *, in_use: bool) -> bool:
    """Whether the hardware is to encode at this bitrate."""
    return bitrate >= (LEAST_BITRATE if in_use else ENOUGH_BITRATE)


class RaspberryPi:
    """A `PictureSource` for cameras on the Raspberry Pi's camera connector.

    H.264 comes from the hardware where there is one for it and the network is not too poor, all
    else from the software.
    """

    def __init__(
        self,
        camera: PiCamera,
        framerate: int,
        *,
        has_encoder: Callable[[], bool] = has_hardware_encoder,
        make_encoder: MakeEncoder = hardware_encoder,
        patience: float = PATIENCE,
    ) -> None:
        self._camera = camera
        self._framerate = framerate
        self._has_encoder = has_encoder
        self._make_encoder = make_encoder
        self._patience = patience

    def pictures(self, wishes: Wishes) -> Generator[Picture, None, None]:
        """See PictureSource."""
        if not self._has_encoder():
            yield from Software(self._camera, self._framerate).pictures(wishes)
            return
        with self._camera.opened() as camera:
            stream = self._started(camera)
            if stream is None:
                yield from Software(camera, self._framerate).pictures(wishes)
                return
            while (wish := wishes.newest) is not None:
                yield from stream.take(wish)

    def _started(self, camera: OpenPiCamera) -> "_Stream | None":
        """Start the encoder; None where it refuses, for want of memory perhaps."""
        if camera.size[0] > LARGEST[0] or camera.size[1] > LARGEST[1]:
            return None
        encoder = self._make_encoder(
            camera.size, self._framerate, LEAST_BITRATE, KEYFRAME_SECONDS * self._framerate
        )
        handover = Handover(partial(_steered, encoder.force_key_frame))
        try:
            camera.start_encoder(encoder, output(encoder, handover.put))
        except (OSError, RuntimeError):
            return None
        return _Stream(camera, encoder, handover, Encoders(self._framerate), self._patience)


class _Stream:
    """What one opening of the camera gives."""

    def __init__(
        self,
        camera: OpenPiCamera,
        encoder: HardwareEncoder,
        handover: Handover,
        encoders: Encoders,
        patience: float,
    ) -> None:
        self._camera = camera
        self._encoder = encoder
        self._handover = handover
        self._encoders = encoders
        self._patience = patience
        self._deadline = time.monotonic() + FIRST_PATIENCE
        self._suits = True
        self._passes = True
        self._bitrate = 0
        self._asked: int | None = None
        self._rising = Rising()

    def take(self, wish: Wish) -> Iterator[Picture]:
        """Wait for a picture, and yield what there is by then."""
        self._steer(wish)
        encoded = dict(wish.keyframes)
        if self._passes:
            encoded.pop("h264", None)
        self._encoders.keep(encoded)
        if encoded:
            frame = self._camera.capture()
            for picture in self._encoders.encode(frame, Wish(wish.bitrate, encoded)):
                yield self._rising.risen(picture) if picture.codec == "h264" else picture
        for packet in self._handed_over(wait=not encoded):
            # The software goes on until the hardware begins with a key frame.
            self._passes = self._passes or (self._suits and packet.keyframe)
            if self._passes and "h264" in wish.keyframes:
                yield self._rising.h264(packet.data, packet.seconds, keyframe=packet.keyframe)

    def _steer(self, wish: Wish) -> None:
        suits = hardware_suits(wish.bitrate, in_use=self._suits)
        asked = wish.keyframes.get("h264")
        if asked not in (None, self._asked) or (suits and not self._suits):
            _steered(self._encoder.force_key_frame)
        self._asked, self._suits = asked, suits
        self._passes = self._passes and suits
        bitrate = max(wish.bitrate, LEAST_BITRATE)
        if bitrate != self._bitrate:
            self._bitrate = bitrate
            _steered(partial(self._encoder.set_bitrate, bitrate))

    def _handed_over(self, *, wait: bool) -> list[Encoded]:
        left = self._deadline - time.monotonic()
        packets = self._handover.take(max(0.0, left) if wait else 0.0)
        if packets:
            self._deadline = time.monotonic() + self._patience
        elif wait or left < 0:
            raise _stopped()
        return packets


def _steered(steer: Callable[[], None]) -> None:
    try:
        steer()
    except OSError as error:
        raise _stopped() from error


def _stopped() -> DeviceError:
    return DeviceError(f"The Raspberry Pi camera or its encoder stopped delivering. {CHECK}")

"""The H.264 encoder in the hardware of a Raspberry Pi, through picamera2.

Raspberry Pis up to the 4 have it. On a 5 picamera2 gives libx264 under the same name, which the
appliance's own encoder replaces.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from homecall_appliance.media.camera.picamera import BROKEN
from homecall_appliance.media.camera.v4l2_controls import (
    BITRATE,
    H264_LEVEL,
    H264_LEVEL_3_1,
    Controls,
)
from homecall_appliance.media.camera.v4l2_devices import Capability, capability

DEVICE = Path("/dev/video11")
"""Where picamera2 looks for it."""

LARGEST = 1920, 1080
"""Pixels of the picture that it takes."""

_LEVEL_3_1 = 3600, 108_000
"""Macroblocks of a picture and in a second (ITU-T H.264, table A-1)."""

Put = Callable[[bytes, bool, int], None]
"""Takes an access unit, whether it is a key frame, and the sensor's time in microseconds."""


class HardwareEncoder(Protocol):
    """An encoder of picamera2 that follows the calls."""

    def set_bitrate(self, bits_per_second: int) -> None:
        """Change it from the next picture on. Raises OSError."""
        ...

    def force_key_frame(self) -> None:
        """Make the next picture a key frame. Raises OSError."""
        ...


def has_hardware_encoder(ask: Callable[[Path], Capability | None] = capability) -> bool:
    """Whether picamera2 has it here; not without picamera2."""
    try:
        from picamera2.platform import Platform, get_platform  # noqa: PLC0415
    except BROKEN:
        return False
    # VC4 is also what picamera2 says of machines that it does not know.
    device = ask(DEVICE) if get_platform() is Platform.VC4 else None
    return device is not None and device.name == "bcm2835-codec-encode"


def hardware_encoder(
    size: tuple[int, int], framerate: int, bitrate: int, keyframe_interval: int
) -> HardwareEncoder:
    """Return it, for `picamera2.start_encoder()`; `keyframe_interval` is in pictures."""
    from picamera2.encoders import H264Encoder  # noqa: PLC0415

    class Steerable(H264Encoder):  # type: ignore[misc]
        def _send_streams(self, output: Any) -> None:
            # picamera2 calls this between choosing its controls and setting them; its own level
            # is 4.0 for every size.
            super()._send_streams(output)
            if in_level_3_1(size, framerate):
                self._controls.append((H264_LEVEL, H264_LEVEL_3_1))

        def set_bitrate(self, bits_per_second: int) -> None:
            Controls(self.vd).set(BITRATE, bits_per_second)

    encoder: HardwareEncoder = Steerable(
        bitrate=bitrate,
        repeat=True,  # parameter sets with every key frame
        iperiod=keyframe_interval,
        framerate=framerate,
        enable_sps_framerate=True,  # tells it, too, how many pictures share the bitrate
        profile="constrained baseline",
    )
    return encoder


def in_level_3_1(size: tuple[int, int], framerate: int) -> bool:
    """Whether pictures may be sent as 42e01f promises."""
    width, height = size
    macroblocks = -(-width // 16) * -(-height // 16)
    return macroblocks <= _LEVEL_3_1[0] and macroblocks * framerate <= _LEVEL_3_1[1]


def output(encoder: Any, put: Put) -> Any:
    """Return an output of picamera2 that hands everything to `put`, in a thread of picamera2's.

    An exception would end that thread, and closing the camera would hang: `put` must raise none.
    """
    from picamera2.outputs import Output  # noqa: PLC0415

    class Handed(Output):  # type: ignore[misc]
        def outputframe(
            self, frame: bytes, keyframe: bool = True, timestamp: int = 0, *_: object
        ) -> None:
            # The encoder counts from its first frame, whose time it keeps.
            put(bytes(frame), keyframe, encoder.firsttimestamp + timestamp)

    return Handed()

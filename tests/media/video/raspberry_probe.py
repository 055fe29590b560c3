"""Runs the encoder's plumbing inside the rig and prints what came: raspberry_probe.py STORY.

picamera2's encoder for the Raspberry Pi 5, libx264 in its own thread, stands in for the hardware.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import av
import videodev2
from av.video.frame import PictureType
from picamera2 import MappedArray, platform
from picamera2.encoders import LibavH264Encoder
from picamera2.encoders.v4l2_encoder import V4L2Encoder

from homecall_appliance.media.camera.picamera import PiCamera
from homecall_appliance.media.camera.picamera_encoder import (
    hardware_encoder,
    has_hardware_encoder,
    output,
)
from homecall_appliance.media.camera.v4l2_devices import Capability
from homecall_appliance.media.ports import DeviceError
from homecall_appliance.media.video.annexb import nal_units
from homecall_appliance.media.video.ipc import Wish
from homecall_appliance.media.video.picture import Codec, Picture
from homecall_appliance.media.video.raspberry import RaspberryPi

RATE = 30
STALL = Path(os.environ.get("VIRTCAM_STALL", "/run/virtcam-stall"))


class StandIn(LibavH264Encoder):  # type: ignore[misc]
    """libx264 as the hardware is used: picamera2's own way to ask for key frames is broken."""

    dies_at = mute_at = 10**9
    bitrates: ClassVar[list[int]] = []

    def __init__(self, size: tuple[int, int], framerate: int, bitrate: int, interval: int) -> None:
        super().__init__(bitrate, True, interval, framerate, profile="constrained baseline")
        self.threads = 1
        self.number = self.forced = 0

    def _start(self) -> None:
        super()._start()
        self._stream.codec_context.bit_rate = 14_000_000
        self._stream.codec_context.options |= {
            "maxrate": "14000000",
            "bufsize": "500000",
            "forced-idr": "1",
        }
        self._stream.codec_context.open()

    def set_bitrate(self, bits_per_second: int) -> None:
        self.bitrates.append(bits_per_second)
        self._stream.codec_context.bit_rate = bits_per_second

    def _encode(self, stream: str, request: Any) -> None:
        self.number += 1
        if self.number >= self.dies_at:
            raise RuntimeError("The encoder's thread dies.")
        with MappedArray(request, stream) as mapped:
            frame = av.VideoFrame.from_numpy_buffer(mapped.array, "yuv420p", self.width)
            frame.pts = self._timestamp(request)
            if self._key_frames_requested > self.forced:
                self.forced = self._key_frames_requested
                frame.pict_type = PictureType.I
            packets = self._stream.encode(frame)
        for packet in packets:
            if self.number < self.mute_at:
                self.outputframe(bytes(packet), packet.is_keyframe, packet.pts, packet)


class Dying(StandIn):
    dies_at = 20


class Hanging(StandIn):
    """As picamera2's hardware encoder does once its own thread has died: with all locks held."""

    def _encode(self, stream: str, request: Any) -> None:
        if self.number == 19:
            threading.Event().wait()
        super()._encode(stream, request)


class Mute(StandIn):
    mute_at = 20


class Refusing(StandIn):
    def _start(self) -> None:
        raise OSError("no memory")


class Wishes:
    """What is wished for now."""

    def __init__(self, bitrate: int, **keyframes: int) -> None:
        self.newest: Wish | None = None
        self.wish(bitrate, **keyframes)

    def wish(self, bitrate: int, **keyframes: int) -> None:
        codecs: dict[str, Codec] = {"h264": "h264", "vp8": "vp8"}
        self.newest = Wish(bitrate, {codecs[name]: count for name, count in keyframes.items()})


Change = Callable[[], None]


def watch(
    encoder: Any, wishes: Wishes, *acts: tuple[int, Change], hardware: bool = True
) -> dict[str, Any]:
    """Take so many pictures of each act, which begins with a change of the wishes."""
    source = RaspberryPi(
        PiCamera("", 1280, 720, RATE),
        RATE,
        make_encoder=encoder,
        has_encoder=lambda: hardware,
        patience=1.0,
    )
    seen: dict[str, Any] = {"acts": [], "error": None}  # and how long nothing came at the end
    every: list[Picture] = []
    pictures = source.pictures(wishes)
    last = time.monotonic()
    try:
        for count, change in acts:
            change()
            act: list[Picture] = []
            seen["acts"].append(act)
            for picture in islice(pictures, count):
                act.append(picture)
                last = time.monotonic()
            every += act
    except DeviceError as error:
        seen["error"] = str(error)
    pictures.close()
    ended = time.monotonic()
    seen["acts"] = [[told(each) for each in act] for act in seen["acts"]]
    decoded = {codec: decode([each for each in every if each.codec == codec]) for codec in CODECS}
    return seen | {
        "bitrates": StandIn.bitrates,
        "decoded": decoded,
        "silence": ended - last,
    }


CODECS = ("h264", "vp8")


def told(picture: Picture) -> dict[str, Any]:
    types = [unit[0] & 0x1F for unit in nal_units(picture.data)] if picture.codec == "h264" else []
    return {
        "codec": picture.codec,
        "timestamp": picture.timestamp,
        "keyframe": picture.keyframe,
        "bits": 8 * len(picture.data),
        "types": types,
    }


def decode(pictures: list[Picture]) -> dict[str, Any]:
    """The sizes of the pictures, and how many did not give a frame at once."""
    sizes: set[str] = set()
    missing = 0
    decoder: av.VideoCodecContext | None = None
    for picture in pictures:
        if decoder is None:
            decoder = av.VideoCodecContext.create(picture.codec, "r")
            decoder.thread_count = 1
        frames = decoder.decode(av.Packet(picture.data))
        missing += not frames
        sizes |= {f"{frame.width}x{frame.height}" for frame in frames}
    return {"sizes": sorted(sizes), "missing": missing}


def controls() -> dict[str, Any]:
    """What the real class sets on the device, by the names of videodev2."""
    set_on_device: dict[Any, Any] = {}

    def start(encoder: Any) -> None:
        set_on_device.update(
            {
                "bitrate": encoder.bitrate,
                "framerate": encoder.framerate if encoder._enable_framerate else None,
                **dict(encoder._controls),
            }
        )

    V4L2Encoder._start = start
    encoder: Any = hardware_encoder((1280, 720), RATE, 1_000_000, 300)
    encoder.width, encoder.height = 1280, 720
    encoder.output = output(encoder, print)
    encoder.start()
    wanted = {
        "bitrate": 1_000_000,
        "framerate": RATE,
        videodev2.V4L2_CID_MPEG_VIDEO_H264_PROFILE: (
            videodev2.V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE
        ),
        videodev2.V4L2_CID_MPEG_VIDEO_H264_LEVEL: videodev2.V4L2_MPEG_VIDEO_H264_LEVEL_3_1,
        videodev2.V4L2_CID_MPEG_VIDEO_H264_I_PERIOD: 300,
        videodev2.V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER: 1,
    }
    return {"equal": set_on_device == wanted, "set": str(set_on_device)}


def found() -> dict[str, bool]:
    """Whether the hardware is found: on a 5, with another device at its place, and on a 4."""
    flags = 0x0420_4000  # what all stages of the codec have

    def find(name: str | None) -> bool:
        said = Capability("bcm2835-codec", name, "platform:bcm2835-codec", flags) if name else None
        return has_hardware_encoder(lambda path: said if path == Path("/dev/video11") else None)

    encoder = "bcm2835-codec-encode"
    four = {name: find(name) for name in (encoder, "bcm2835-codec-decode", "HD Webcam")}
    nothing = find(None)
    platform._platform = platform.Platform.PISP
    return {**four, "nothing": nothing, "on a 5": find(encoder)}


def main(story: str) -> None:
    """Tell a story."""
    wishes = Wishes(1_500_000, h264=1)

    def stay() -> None:
        pass

    def change(bitrate: int, **keyframes: int) -> Change:
        return lambda: wishes.wish(bitrate, **keyframes)

    short, long = (20, stay), (60, stay)
    stories: dict[str, Callable[[], dict[str, Any]]] = {
        "pictures": lambda: watch(StandIn, wishes, long, (40, change(1_500_000, h264=2))),
        "both": lambda: watch(
            StandIn,
            wishes,
            short,
            (60, change(1_500_000, h264=1, vp8=1)),
            (20, change(1_500_000, vp8=2)),
            (30, change(1_500_000, h264=2)),
        ),
        "bitrate": lambda: watch(
            StandIn,
            wishes,
            *((90, change(bits, h264=1)) for bits in (2_500_000, 600_000, 300_000, 1_500_000)),
        ),
        "dying": lambda: watch(Dying, wishes, long),
        "hanging": lambda: watch(Hanging, wishes, long),
        "mute": lambda: watch(Mute, wishes, long),
        "stall": lambda: watch(StandIn, wishes, (19, stay), (60, STALL.touch)),
        "refusing": lambda: watch(Refusing, wishes, short),
        "no-device": lambda: watch(hardware_encoder, wishes, short),
        "no-hardware": lambda: watch(StandIn, wishes, short, hardware=has_hardware_encoder()),
        "ends": lambda: watch(
            StandIn, wishes, (10, stay), (10, lambda: setattr(wishes, "newest", None))
        ),
        "controls": controls,
        "found": found,
    }
    json.dump(stories[story](), sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # A camera that hangs would be waited for; the daemon ends its process, too.


main(sys.argv[1])

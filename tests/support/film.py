"""Pictures as a phone sends them, and the screen that they are painted for."""

from fractions import Fraction

import numpy as np
from av import CodecContext, VideoFrame

from homecall_appliance.display.pixels import Channel, FrameFormat, Mode
from homecall_appliance.media.video.encoder import Encoder
from homecall_appliance.media.video.picture import Codec, Picture

WIDTH, HEIGHT = 160, 120

MODE = Mode(WIDTH, HEIGHT, 32, 4 * WIDTH, 0, Channel(16, 8), Channel(8, 8), Channel(0, 8))
SCREEN = FrameFormat(MODE, 0)

CENTRE = 4 * (HEIGHT // 2 * WIDTH + WIDTH // 2)
"""Where the pixel in the middle of the screen is."""


def film(codec: Codec, count: int, width: int = WIDTH, height: int = HEIGHT) -> list[Picture]:
    """A picture that grows lighter."""
    encoder, pictures = Encoder(codec, 30), list[Picture]()
    for number in range(count):
        shade = np.full((height, width, 3), 100 + 5 * number, np.uint8)
        frame = VideoFrame.from_ndarray(shade, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, 30)
        pictures += encoder.encode(frame, bitrate=500_000, keyframe=False)
    return pictures


def by_x264(
    settings: str, width: int = WIDTH, height: int = HEIGHT, pixels: str = "yuv420p", count: int = 1
) -> list[Picture]:
    """Orange, with settings of x264's own."""
    context = CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = width, height, pixels
    context.time_base = context.framerate = Fraction(1, 30)
    context.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": settings}
    orange = np.full((height, width, 3), (255, 128, 0), np.uint8)
    packets = []
    for number in range(count):
        frame = VideoFrame.from_ndarray(orange, format="rgb24").reformat(format=pixels)
        frame.pts = number
        packets += context.encode(frame)
    packets += context.encode(None)
    return [Picture("h264", bytes(each), 0, bool(each.is_keyframe)) for each in packets]

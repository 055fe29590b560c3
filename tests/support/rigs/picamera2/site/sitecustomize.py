"""Glue that lets the real picamera2 run on libcamera's software camera.

Python imports this file by its name before the program, which knows nothing of it. The machine
has no kernel camera, no DRM and no dma-heap. Replaced, and nothing else:

- pykms (DRM previews) and pidng (raw photographs), which picamera2 imports and we never use.
- DmaHeap, by memory files; each buffer gets the two planes that the virtual handler writes to
  (with one, libcamera aborts the process).
- The list of raw modes, since the virtual handler has no raw stream.
- YUV420, which a Pi gives: the handler has only NV12, so its chroma plane is split in place.
- The pace: the handler fills a buffer the moment it is queued, so requests are held back and one
  is handed over each period, as a sensor does. VIRTCAM_FPS sets the rate; while the file named by
  VIRTCAM_STALL exists the sensor is dead.
"""

import os
import sys
import threading
import time
from collections import deque
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

sys.modules.update(
    {name: MagicMock() for name in ("pykms", "pidng", "pidng.camdefs", "pidng.core")}
)

import libcamera  # noqa: E402
import numpy as np  # noqa: E402
from picamera2 import picamera2  # noqa: E402
from picamera2.allocators import dmaallocator  # noqa: E402
from picamera2.dma_heap import UniqueFD  # noqa: E402

PERIOD = 1 / float(os.environ.get("VIRTCAM_FPS", "30"))
STALL = Path(os.environ.get("VIRTCAM_STALL", "/run/virtcam-stall"))


class MemoryHeap:
    """Takes the place of picamera2's DmaHeap."""

    isValid = True  # noqa: N815

    def alloc(self, name: str, size: int) -> Any:
        """Return the owner of a file descriptor to `size` bytes of memory."""
        descriptor = os.memfd_create(name, os.MFD_CLOEXEC)
        os.ftruncate(descriptor, size)
        return UniqueFD(descriptor)

    def close(self) -> None:
        """Do nothing: each buffer closes itself."""


def two_planes(planes: list[Any]) -> Any:
    """Make a libcamera.FrameBuffer of NV12 from the one plane that picamera2 describes."""
    (luma,) = planes  # kept as it is: DmaAllocator goes by its descriptor's number
    chroma = libcamera.FrameBuffer.Plane()
    size = luma.length
    luma.length = size * 2 // 3
    chroma.fd, chroma.offset = luma.fd, luma.offset + luma.length
    chroma.length = size - luma.length
    return libcamera.FrameBuffer([luma, chroma])


vars(two_planes)["Plane"] = libcamera.FrameBuffer.Plane
dmaallocator.DmaHeap = MemoryHeap
dmaallocator.libcamera = SimpleNamespace(FrameBuffer=two_planes)
dmaallocator.fcntl = SimpleNamespace(ioctl=lambda *_: 0)  # DMA_BUF_IOCTL_SYNC


def raw_modes(camera: Any) -> list[dict[str, Any]]:
    """List the sizes of the video stream in place of the missing raw one's."""
    roles = [libcamera.StreamRole.VideoRecording]
    formats = camera.camera.generate_configuration(roles).at(0).formats
    return [
        {"format": str(pixels), "size": (size.width, size.height)}
        for pixels in formats.pixel_formats
        for size in formats.sizes(pixels)
    ]


picamera2.Picamera2._get_raw_modes = raw_modes

update_stream_config = picamera2.Picamera2._update_stream_config


def report_yuv420(camera: Any, config: dict[str, Any], actual: Any) -> None:
    """Report the NV12 stream as the YUV420 that was asked for."""
    wanted = config["format"]
    update_stream_config(camera, config, actual)
    if (wanted, config["format"]) == ("YUV420", "NV12"):
        config["format"] = "YUV420"


class Yuv420Request(picamera2.CompletedRequest):  # type: ignore[misc]
    """A completed request whose NV12 chroma plane is split into the two of YUV420."""

    def __init__(self, request: Any, camera: Any) -> None:
        super().__init__(request, camera)
        main = self.config["main"]
        if main["format"] != "YUV420":
            return
        buffer = camera.allocator.mapped_buffers[request.buffers[self.stream_map["main"]]]
        chroma = np.frombuffer(buffer, np.uint8)[main["stride"] * main["size"][1] :]
        half = len(chroma) // 2
        blue, red = chroma[0::2].copy(), chroma[1::2].copy()
        chroma[:half], chroma[half:] = blue, red


picamera2.Picamera2._update_stream_config = report_yuv420
picamera2.CompletedRequest = Yuv420Request

start, stop = libcamera.Camera.start, libcamera.Camera.stop
queue_request = libcamera.Camera.queue_request


class Sensor(threading.Thread):
    """Hands over one request each period; with none waiting, the frame is lost."""

    def __init__(self, camera: Any) -> None:
        super().__init__(name="virtcam-sensor", daemon=True)
        self.camera = camera
        self.waiting: deque[Any] = deque()
        self.ended = threading.Event()
        self.lock = threading.Lock()

    def run(self) -> None:
        """Expose frames until `ended`."""
        due = time.monotonic()
        while not self.ended.wait(max(0.0, due - time.monotonic())):
            due = max(due + PERIOD, time.monotonic() - PERIOD)
            with self.lock:
                if self.waiting and not self.ended.is_set() and not STALL.exists():
                    queue_request(self.camera, self.waiting.popleft())


sensors: dict[str, Sensor] = {}


def start_sensor(camera: Any, *controls: Any) -> Any:
    """Take the place of libcamera.Camera.start."""
    result = start(camera, *controls)
    sensors[camera.id] = Sensor(camera)
    sensors[camera.id].start()
    return result


def stop_sensor(camera: Any) -> Any:
    """Take the place of libcamera.Camera.stop."""
    sensor = sensors.pop(camera.id, None)
    if sensor is not None:
        with sensor.lock:
            sensor.ended.set()
        sensor.join()
    return stop(camera)


def queue_at_sensor(camera: Any, request: Any) -> Any:
    """Take the place of libcamera.Camera.queue_request."""
    sensor = sensors.get(camera.id)
    if sensor is None:
        return queue_request(camera, request)
    with sensor.lock:
        return sensor.waiting.append(request)


libcamera.Camera.start, libcamera.Camera.stop = start_sensor, stop_sensor
libcamera.Camera.queue_request = queue_at_sensor

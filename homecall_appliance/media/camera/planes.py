"""The pixels of a video frame as arrays."""

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def pixels(frame: VideoFrame, index: int) -> Pixels:
    """The visible pixels of a plane with one byte each, to write to: shape (height, width)."""
    plane = frame.planes[index]
    rows: Pixels = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def from_yuv420(buffer: Pixels, size: tuple[int, int], stride: int) -> VideoFrame:
    """Copy a picture of (width, height) pixels as libcamera's YUV420 has it in memory.

    `buffer`, shape (bytes,), holds the three planes one after another; their rows are padded to
    `stride` bytes, in the two chroma planes to half of it.
    """
    frame = VideoFrame(*size, "yuv420p")
    start = 0
    for index, pitch in enumerate((stride, stride // 2, stride // 2)):
        plane = pixels(frame, index)
        rows, columns = plane.shape
        plane[:] = buffer[start : start + rows * pitch].reshape(rows, pitch)[:, :columns]
        start += rows * pitch
    return frame

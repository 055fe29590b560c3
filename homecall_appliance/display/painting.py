"""A phone's picture, painted as a screen has it in its memory."""

import numpy as np
from av import VideoFrame

from homecall_appliance.display.pixels import FrameFormat, canvas
from homecall_appliance.display.scaling import Box, Scaler, fitted


class Painter:
    """Paints into one memory: the picture as large as it can be between black bars."""

    def __init__(self, form: FrameFormat, memory: memoryview, scaler: Scaler) -> None:
        """`memory` has `form.size` bytes; `scaler` is for the same mode."""
        self._canvas = canvas(memory, form.mode, form.rotation)
        self._scaler = scaler
        self._box: Box | None = None

    def paint(self, frame: VideoFrame) -> None:
        """Paint a picture over what was there. Raises av.FFmpegError where it cannot be scaled."""
        height, width = self._canvas.shape
        box = fitted(frame.width, frame.height, (width, height))
        pixels = self._scaler.scaled(frame, box.width, box.height)
        if box != self._box:
            self._canvas[:] = np.zeros((), self._canvas.dtype)
            self._box = box
        self._canvas[box.top : box.top + box.height, box.left : box.left + box.width] = pixels

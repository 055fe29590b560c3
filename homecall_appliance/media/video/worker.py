"""The process of the camera: it opens the camera, encodes each frame once, and ends with the calls.

A process of its own because camera libraries hang, crash and leak, and none of that may reach the
daemon: it can be killed, and what it has leaked goes with it. It waits, with everything imported,
for the first line of its standard input; at the end of its input it stops (see wire.py).
"""

import contextlib
import os
import signal
import threading
from typing import BinaryIO

from homecall_appliance.media.camera import create_camera
from homecall_appliance.media.ports import DeviceError, VideoSource
from homecall_appliance.media.video.encoder import Encoder
from homecall_appliance.media.video.picture import Codec
from homecall_appliance.media.video.wire import (
    READY,
    Problem,
    Wish,
    dump,
    parse_camera,
    parse_wish,
)

STOP_SECONDS = 3.0
"""How long the camera may take to be released when the daemon is gone."""


class Wishes:
    """The newest wish, as a thread reads it."""

    def __init__(self, orders: BinaryIO) -> None:
        """`orders` are lines of Wish; there is at least one."""
        self._orders = orders
        self.newest: Wish | None = parse_wish(orders.readline())
        threading.Thread(target=self._read, name="wishes", daemon=True).start()

    def _read(self) -> None:
        for line in self._orders:
            self.newest = parse_wish(line)
        self.newest = None
        threading.Event().wait(STOP_SECONDS)
        os._exit(1)  # the camera hangs, and nobody is there to kill us


def work(camera: VideoSource, framerate: int, wishes: Wishes, pictures: BinaryIO) -> None:
    """Encode the frames of the camera until nobody wishes for them any more.

    Raises DeviceError when the camera is missing or lost.
    """
    encoders: dict[Codec, Encoder] = {}
    made: dict[Codec, int] = {}
    with contextlib.closing(camera.frames()) as frames:
        for frame in frames:
            wish = wishes.newest
            if wish is None:
                return
            for codec in encoders.keys() - wish.keyframes.keys():
                encoders.pop(codec).close()
            for codec, wanted in wish.keyframes.items():
                if codec not in encoders:
                    encoders[codec] = Encoder(codec, framerate)
                keyframe = wanted != made.get(codec)
                made[codec] = wanted
                encoded = encoders[codec].encode(frame, bitrate=wish.bitrate, keyframe=keyframe)
                pictures.writelines(map(dump, encoded))
            pictures.flush()


def main() -> None:
    """Do what the daemon asks for."""
    for number in (signal.SIGINT, signal.SIGTERM):  # they are for the daemon, which ends us
        signal.signal(number, signal.SIG_IGN)
    # What libraries print must not get between the pictures.
    pictures = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    pictures.write(READY)
    pictures.flush()
    # Without a buffer: Python aborts at its end where a thread still waits with one.
    orders = os.fdopen(0, "rb", buffering=0, closefd=False)
    line = orders.readline()
    if not line:
        return
    settings = parse_camera(line)
    wishes = Wishes(orders)
    with contextlib.suppress(BrokenPipeError):
        try:
            work(create_camera(settings), settings.framerate, wishes, pictures)
        except DeviceError as error:
            pictures.write(dump(Problem(str(error))))
            pictures.flush()


if __name__ == "__main__":
    main()

"""The process of the camera: it opens it, has each picture encoded once, and ends with the calls.

A process of its own because camera libraries hang, crash and leak, and none of that may reach the
daemon: it can be killed, and what it has leaked goes with it. It waits, with everything imported,
for the first line of its standard input; at the end of its input it stops (see ipc.py).
"""

import contextlib
import os
import signal
import threading
from typing import BinaryIO

from homecall_appliance.media.ports import DeviceError
from homecall_appliance.media.video.ipc import (
    READY,
    Problem,
    Wish,
    dump,
    parse_camera,
    parse_wish,
)
from homecall_appliance.media.video.source import PictureSource, Wishes
from homecall_appliance.media.video.sources import create_source

LARGEST_PICTURE = 1 << 20
"""Bytes that are written at once: each write wakes the daemon."""

STOP_SECONDS = 3.0
"""How long the camera may take to be released when the daemon is gone."""


class Orders:
    """The newest wish (`source.Wishes`), as a thread reads it."""

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


def work(source: PictureSource, wishes: Wishes, pictures: BinaryIO) -> None:
    """Pass the camera's pictures on until nobody wishes for them any more.

    Raises DeviceError when the camera is missing or lost.
    """
    with contextlib.closing(source.pictures(wishes)) as made:
        for picture in made:
            pictures.write(dump(picture))
            pictures.flush()


def main() -> None:
    """Do what the daemon asks for."""
    for number in (signal.SIGINT, signal.SIGTERM):  # they are for the daemon, which ends us
        signal.signal(number, signal.SIG_IGN)
    # What libraries print must not get between the pictures.
    pictures = os.fdopen(os.dup(1), "wb", buffering=LARGEST_PICTURE)
    os.dup2(2, 1)
    pictures.write(READY)
    pictures.flush()
    # Without a buffer: Python aborts at its end where a thread still waits with one.
    lines = os.fdopen(0, "rb", buffering=0, closefd=False)
    line = lines.readline()
    if not line:
        return
    settings = parse_camera(line)
    orders = Orders(lines)
    with contextlib.suppress(BrokenPipeError):
        try:
            work(create_source(settings), orders, pictures)
        except DeviceError as error:
            pictures.write(dump(Problem(str(error))))
            pictures.flush()


if __name__ == "__main__":
    main()

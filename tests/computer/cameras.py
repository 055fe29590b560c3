"""The webcams of the computer: software, though for every program they are the kernel's."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from tests.support.rigs.qemu.computer import Computer

NODE = "/dev/video0"

DRIVER = "/sys/bus/platform/drivers/vivid"

VIVID = ("vivid", "n_devs=1", "node_types=0x1", "num_inputs=1", "input_types=0x0")
"""One webcam, of raw pictures (Documentation/admin-guide/media/vivid.rst)."""

LOOPBACK = ("v4l2loopback", "video_nr=0", "exclusive_caps=1", "max_buffers=16")
"""A webcam that gives what a program writes, of which a slow reader may be so far behind."""

PICTURES = "testsrc=size=320x180:rate=10:duration=5"

Codec = Literal["mjpeg", "h264", "grey"]

ENCODERS: dict[Codec, str] = {
    "mjpeg": "-c:v mjpeg -q:v 5 -pix_fmt yuvj420p",
    "h264": "-c:v libx264 -profile:v baseline -g 10 -pix_fmt yuv420p -bsf:v dump_extra=keyframe",
    "grey": "-c:v rawvideo -pix_fmt gray",
}

FORMATS: dict[Codec, str] = {"mjpeg": "'MJPG'", "h264": "'H264'", "grey": "'GREY'"}

SECONDS = 30.0
"""Generous, for a driver to come or go."""


class Webcam:
    """A webcam that gives moving colour bars in raw pictures; it is plugged in."""

    def __init__(self, computer: Computer, node: str) -> None:
        self._computer = computer
        self.node = node

    @property
    def pid(self) -> str:
        """The process that has it open."""
        return self._computer.run("sh", "-c", f"fuser {self.node} 2>/dev/null").strip()

    def pull_out(self) -> None:
        """Take it from whoever uses it."""
        self._computer.run("sh", "-c", f"echo vivid.0 >{DRIVER}/unbind && test ! -e {self.node}")

    def plug_in(self, node: str = NODE) -> None:
        """Bring it back, where the kernel gives it this name."""
        self._computer.run("sh", "-c", f"echo vivid.0 >{DRIVER}/bind")
        self.node = node
        self.set_bars_moving()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Have a program keep it open, also when it is pulled out: so its number stays taken."""
        program = self._computer.start(f"exec sleep 600 <{self.node}")
        self._computer.wait_for(lambda: self.pid != "", SECONDS, "the other program")
        try:
            yield
        finally:
            self._computer.run("kill", "-KILL", program)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Have another program take its pictures."""
        program = self._computer.start(
            f"exec v4l2-ctl --device {self.node} --stream-mmap --stream-poll"
        )
        self._computer.wait_for(lambda: self.pid != "", SECONDS, "the other program")
        try:
            yield
        finally:
            self._computer.run("kill", "-KILL", program)

    def set_bars_moving(self) -> None:
        """They stand still at first."""
        self.set("horizontal_movement", 0)

    def set(self, control: str, value: int) -> None:
        """Set one of its controls."""
        self._computer.run("v4l2-ctl", "--device", self.node, f"--set-ctrl={control}={value}")

    def control(self, name: str) -> int:
        """The id of one of its controls."""
        listed = self._computer.run("v4l2-ctl", "--device", self.node, "--list-ctrls")
        found = re.search(rf"^ *{name} (0x[0-9a-f]+) ", listed, re.MULTILINE)
        assert found, listed
        return int(found[1], 16)


@contextmanager
def raw_webcam(computer: Computer, node: str = NODE) -> Iterator[Webcam]:
    """Plug one in, where the kernel gives it this name, and pull it out in the end."""
    with _driver(computer, *VIVID):
        webcam = Webcam(computer, node)
        webcam.set_bars_moving()
        try:
            yield webcam
        finally:
            computer.attempt("sh", "-c", f"echo vivid.0 >{DRIVER}/unbind")


@contextmanager
def loopback_webcam(computer: Computer, codec: Codec) -> Iterator[None]:
    """A webcam that gives nothing but moving pictures in this format."""
    film = f"/run/{codec}.nut"
    make = f"ffmpeg -v error -y -f lavfi -i {PICTURES} {ENCODERS[codec]} {film}"
    play = f"exec ffmpeg -v error -re -stream_loop -1 -i {film} -c copy -f v4l2 {NODE}"
    with _driver(computer, *LOOPBACK):
        computer.run("sh", "-c", make)
        player = computer.start(play)
        try:
            computer.wait_for(
                lambda: FORMATS[codec] in computer.attempt("v4l2-ctl", "--list-formats").output,
                SECONDS,
                f"a webcam that gives {codec}",
            )
            yield
        finally:
            computer.attempt("kill", "-KILL", player)


@contextmanager
def _driver(computer: Computer, name: str, *options: str) -> Iterator[None]:
    computer.run("modprobe", name, *options)
    try:
        yield
    finally:
        removed = lambda: computer.attempt("rmmod", name).code == 0  # noqa: E731
        computer.wait_for(removed, SECONDS, f"the end of {name}")

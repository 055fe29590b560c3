"""The sound cards of the computer: software, though for every program they are ALSA's."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.rigs.qemu.computer import Computer

TALKING = Path(__file__).with_name("talking.py")
PROGRAM, OUTPUT, LOG = "/run/talking.py", "/run/talking.json", "/run/talking.log"

LOOPBACK = ("snd-aloop", "pcm_substreams=1")
"""A card whose microphone hears what is played to its other end, at that rate and no other."""

CARD, OTHER_END = "Loopback: PCM (hw:0,0)", "hw:Loopback,1"

CAPTURE, PLAYBACK = "/dev/snd/pcmC0D0c", "/dev/snd/pcmC0D0p"
"""The device files of its microphone and of its loudspeaker."""

DRIVER = "/sys/bus/platform/drivers/snd_aloop"

UNIT = Path(__file__).parents[2] / "systemd/homecall-appliance.service"

SECONDS = 60.0
"""Generous: Python takes ten to start."""

Said = dict[str, Any]


class Talk:
    """The program talking.py, at work in the computer."""

    def __init__(self, computer: Computer) -> None:
        self._computer = computer

    def says(self) -> Said:
        """The last that it has said."""
        last = self._computer.run("sh", "-c", f"tail -n 1 {OUTPUT}").strip()
        said: Said = json.loads(last) if last else {"blocks": 0, "problem": None, "hertz": 0.0}
        return said

    def log(self) -> str:
        """What it has logged."""
        return self._computer.run("cat", LOG)

    def until(self, reached: Callable[[Said], object], what: str) -> float:
        """Seconds until it says so."""
        try:
            return self._computer.wait_for(lambda: reached(self.says()), SECONDS, what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.says()}\n{self.log()}") from error

    def until_heard(self) -> float:
        """Seconds until half a second more of sound has come."""
        begun = time.monotonic()
        before = self.says()["blocks"]
        self.until(lambda said: said["blocks"] >= before + 25, "sound")
        return time.monotonic() - begun


@contextmanager
def talk(computer: Computer, microphone: str = "", loudspeaker: str = "") -> Iterator[Talk]:
    """Use the sound card in the computer until left, within the unit's limit of RLIMIT_RTTIME."""
    computer.put(PROGRAM, TALKING.read_text())
    limits = re.search(r"^LimitRTTIME=(\d+)s:(\d+)s$", UNIT.read_text(), re.MULTILINE)
    assert limits
    rttime = ":".join(f"{seconds}000000" for seconds in limits.groups())
    command = (
        f"exec prlimit --rttime={rttime} python3 {PROGRAM} '{microphone}' '{loudspeaker}' "
        f">{OUTPUT} 2>{LOG}"
    )
    computer.run("rm", "-f", OUTPUT, LOG)
    computer.run("touch", OUTPUT, LOG)
    process = computer.start(command)
    try:
        yield Talk(computer)
    finally:
        computer.run("kill", "-KILL", process)


@contextmanager
def loopback(computer: Computer, *numbers: int) -> Iterator[None]:
    """Plug that card in, or some of the same with these numbers, and pull them out in the end."""
    cards = [f"index={','.join(map(str, numbers))}", f"enable={','.join('1' for _ in numbers)}"]
    computer.run("modprobe", *LOOPBACK, *(cards if numbers else ()))
    try:
        yield
    finally:
        computer.wait_for(
            lambda: computer.attempt("modprobe", "-r", LOOPBACK[0]).code == 0, SECONDS, "no card"
        )


def pull_out(computer: Computer) -> None:
    """Take that card from whoever uses it. The kernel waits until it is let go."""
    computer.start(f"echo snd_aloop.0 >{DRIVER}/unbind")


def plug_in(computer: Computer) -> None:
    """Bring it back; raises AssertionError where somebody has not let go of it."""
    computer.wait_for(
        lambda: computer.attempt("sh", "-c", f"echo snd_aloop.0 >{DRIVER}/bind").code == 0,
        SECONDS,
        "the card let go",
    )


@contextmanager
def another_program(computer: Computer, *arguments: str) -> Iterator[str]:
    """Have FFmpeg use a sound card; yields its process."""
    words = " ".join(arguments)
    process = computer.start(f"exec ffmpeg -nostdin -v error {words}")
    try:
        yield process
    finally:
        computer.attempt("kill", "-KILL", process)

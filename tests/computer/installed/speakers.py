"""The speakerphone of the computer, as far as it has keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.rigs.qemu.computer import Computer

SPEAKERPHONE = Path(__file__).with_name("speakerphone.py")
PROGRAM = "/run/speakerphone.py"

NAME = "Speakerphone"

SECONDS = 60.0
"""Generous, for Python to start."""


class Speakerphone:
    """One that is plugged in."""

    def __init__(self, computer: Computer, number: int) -> None:
        self._computer = computer
        self._keys = f"/run/speakerphone.{number}"
        computer.run("modprobe", "uinput")
        computer.put(PROGRAM, SPEAKERPHONE.read_text())
        computer.run("mkfifo", self._keys)
        output = f"{self._keys}.log"
        self._program = computer.start(f"exec python3 {PROGRAM} {self._keys} >{output}")
        there = f"grep /dev/input/ {output}"
        reached = lambda: computer.attempt("sh", "-c", there).code == 0  # noqa: E731
        computer.wait_for(reached, SECONDS, "the speakerphone")
        self.node = computer.run("cat", output).strip()
        """Its input device."""

    def press(self, key: str) -> None:
        """Press one of its keys."""
        self._computer.run("sh", "-c", f"echo {key} >{self._keys}")

    def pull_out(self) -> None:
        """Take it from whoever uses it."""
        self._computer.attempt("kill", "-KILL", self._program)
        self._computer.run("rm", "-f", self._keys)


@contextmanager
def speakerphone(computer: Computer, number: int) -> Iterator[Speakerphone]:
    """Plug one in, and pull it out in the end; no two with the same number at a time."""
    made = Speakerphone(computer, number)
    try:
        yield made
    finally:
        made.pull_out()

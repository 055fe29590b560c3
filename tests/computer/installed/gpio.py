"""The GPIO adapter of the computer, and what its lines have been."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.support.rigs.qemu.computer import Computer

CHIP = "mcp2221_gpio"
"""Its label (drivers/hid/hid-mcp2221.c)."""

ADAPTER = Path(__file__).with_name("gpio_adapter.py")
PROGRAM, OUTPUT = "/run/gpio_adapter.py", "/run/gpio_adapter.json"

SECONDS = 120.0
"""Generous, for Python and a driver to come, while the computer boots."""


@dataclass(frozen=True)
class Level:
    """What a line is from a moment on, by CLOCK_MONOTONIC."""

    at: float
    value: int | None
    """None: it is an input."""


class Adapter:
    """The adapter, while it is plugged in."""

    def __init__(self, computer: Computer) -> None:
        self._computer = computer

    def levels(self, line: int) -> list[Level]:
        """What one of its lines has been, each change."""
        levels: list[Level] = []
        for told in self._computer.run("cat", OUTPUT).splitlines():
            change = json.loads(told)
            value = change["lines"][line]
            if not levels or value != levels[-1].value:
                levels.append(Level(change["at"], value))
        return levels

    def is_high(self, line: int) -> bool:
        """Whether it is at this moment."""
        return self.levels(line)[-1].value == 1

    def high(self, line: int) -> list[float]:
        """For how many seconds it was, each time; the last one may go on."""
        levels = self.levels(line)
        return [after.at - level.at for level, after in pairwise(levels) if level.value == 1]


@contextmanager
def adapter(computer: Computer) -> Iterator[Adapter]:
    """Plug it in, and pull it out in the end."""
    computer.run("modprobe", "uhid")
    computer.put(PROGRAM, ADAPTER.read_text())
    # Hardware does not wait for the processor.
    program = computer.start(f"exec chrt --fifo 50 python3 {PROGRAM} >{OUTPUT} 2>&1")
    try:
        there = lambda: computer.attempt("sh", "-c", "test -e /dev/gpiochip0").code == 0  # noqa: E731
        computer.wait_for(there, SECONDS, "the GPIO adapter")
        yield Adapter(computer)
    finally:
        computer.run("kill", "-KILL", program)

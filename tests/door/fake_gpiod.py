"""The module gpiod of both versions, as far as it is used, with chips that are no hardware.

Names and arguments are those of python3-libgpiod 1.6.3 (Debian 12), and of gpiod 2.2 (Debian 13) to
2.5.
"""

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any


@dataclass
class FakeChip:
    """A chip, and what has been done to its lines."""

    label: str
    size: int = 32
    users: dict[int, str] = field(default_factory=dict)
    """By line; empty: it is the kernel's."""

    history: list[tuple[object, ...]] = field(default_factory=list)


def _opened(chips: Mapping[Path, FakeChip], path: str) -> FakeChip:
    if Path(path) not in chips:
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
    if not os.access(path, os.R_OK | os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return chips[Path(path)]


def version_1(chips: Mapping[Path, FakeChip]) -> Any:  # noqa: C901 - two small classes
    """The module of libgpiod 1.6; `chips` by their paths."""

    class Line:
        def __init__(self, chip: FakeChip, offset: int) -> None:
            self._chip, self._offset = chip, offset

        def is_used(self) -> bool:
            return self._offset in self._chip.users

        def consumer(self) -> str | None:
            return self._chip.users.get(self._offset) or None

        def request(self, consumer: str, type: int, flags: int, default_val: int) -> None:  # noqa: A002
            low = flags == module.LINE_REQ_FLAG_ACTIVE_LOW
            assert low or flags == 0
            assert type == module.LINE_REQ_DIR_OUT
            self._chip.users[self._offset] = consumer
            self._chip.history.append(("request", self._offset, low, default_val))

        def set_value(self, value: int) -> None:
            self._chip.history.append((self._offset, value))

    class Chip:
        OPEN_BY_PATH = 3

        def __init__(self, description: str, how: int) -> None:
            assert how == self.OPEN_BY_PATH
            self._chip = _opened(chips, description)

        def label(self) -> str:
            return self._chip.label

        def num_lines(self) -> int:
            return self._chip.size

        def get_line(self, offset: int) -> Line:
            if offset >= self._chip.size:
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
            return Line(self._chip, offset)

    module = SimpleNamespace(Chip=Chip, LINE_REQ_DIR_OUT=3, LINE_REQ_FLAG_ACTIVE_LOW=4)
    return module


class Direction(Enum):
    """Of gpiod.line."""

    INPUT = 2
    OUTPUT = 3


class Value(Enum):
    """Of gpiod.line."""

    INACTIVE = 0
    ACTIVE = 1


@dataclass
class LineSettings:
    """Of gpiod."""

    direction: Direction
    active_low: bool
    output_value: Value


def version_2(chips: Mapping[Path, FakeChip]) -> Any:
    """The module of libgpiod 2; `chips` by their paths."""

    class Request:
        def __init__(self, chip: FakeChip) -> None:
            self._chip = chip

        def set_value(self, line: int, value: Value) -> None:
            assert isinstance(value, Value)
            self._chip.history.append((line, value.value))

    class Chip:
        def __init__(self, path: str) -> None:
            self._chip = _opened(chips, path)

        def get_info(self) -> Any:
            return SimpleNamespace(label=self._chip.label, num_lines=self._chip.size)

        def get_line_info(self, line: int) -> Any:
            user = self._chip.users.get(line)
            return SimpleNamespace(used=user is not None, consumer=user or "")

        def request_lines(self, config: dict[int, LineSettings], consumer: str) -> Request:
            ((line, settings),) = config.items()
            assert settings.direction is Direction.OUTPUT
            self._chip.users[line] = consumer
            value = settings.output_value.value
            self._chip.history.append(("request", line, settings.active_low, value))
            return Request(self._chip)

    line = SimpleNamespace(Direction=Direction, Value=Value)
    return SimpleNamespace(
        Chip=Chip, LineSettings=LineSettings, line=line, request_lines=Chip.request_lines
    )

"""Lines of GPIO chips by libgpiod, whose Python interface in version 1 (Debian 12) is another one
than in version 2 (Debian 13); both are the module gpiod."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from homecall_appliance.door.ports import DoorError, Line

CONSUMER = "homecall-appliance"
"""The name by which `gpioinfo` shows who holds the line."""

_WHICH = "Set door.gpio_chip to one that this lists: gpiodetect"


class _Chip(Protocol):
    """An open GPIO chip. Its methods raise OSError."""

    def label(self) -> str:
        """The name of the hardware."""
        ...

    def size(self) -> int:
        """How many lines it has."""
        ...

    def user(self, number: int) -> str | None:
        """Who uses a line; None: nobody."""
        ...

    def request(self, number: int, active_low: bool) -> Line:
        """Take a line as an output that is inactive. The kernel is given direction and value in one
        request, so that there is no moment at which it is active."""
        ...


class _Chip1:
    """By version 1."""

    def __init__(self, gpiod: Any, path: str) -> None:
        self._gpiod = gpiod
        self._chip = gpiod.Chip(path, gpiod.Chip.OPEN_BY_PATH)

    def label(self) -> str:
        return str(self._chip.label())

    def size(self) -> int:
        return int(self._chip.num_lines())

    def user(self, number: int) -> str | None:
        line = self._chip.get_line(number)
        return str(line.consumer() or "the kernel") if line.is_used() else None

    def request(self, number: int, active_low: bool) -> Line:
        line = self._chip.get_line(number)
        flags = self._gpiod.LINE_REQ_FLAG_ACTIVE_LOW if active_low else 0
        kind = self._gpiod.LINE_REQ_DIR_OUT
        line.request(consumer=CONSUMER, type=kind, flags=flags, default_val=0)
        return _Line1(self._chip, line)


class _Line1:
    def __init__(self, chip: Any, line: Any) -> None:
        self._chip = chip  # which gives back its lines when it is closed
        self._line = line

    def set(self, active: bool) -> None:
        self._line.set_value(int(active))


class _Chip2:
    """By version 2."""

    def __init__(self, gpiod: Any, path: str) -> None:
        self._gpiod = gpiod
        self._chip = gpiod.Chip(path)

    def label(self) -> str:
        return str(self._chip.get_info().label)

    def size(self) -> int:
        return int(self._chip.get_info().num_lines)

    def user(self, number: int) -> str | None:
        line = self._chip.get_line_info(number)
        return str(line.consumer or "the kernel") if line.used else None

    def request(self, number: int, active_low: bool) -> Line:
        line = self._gpiod.line
        settings = self._gpiod.LineSettings(
            direction=line.Direction.OUTPUT,
            active_low=active_low,
            output_value=line.Value.INACTIVE,
        )
        request = self._chip.request_lines(config={number: settings}, consumer=CONSUMER)
        return _Line2(request, number, line.Value)


class _Line2:
    def __init__(self, request: Any, number: int, value: Any) -> None:
        self._request = request
        self._number = number
        self._value = value

    def set(self, active: bool) -> None:
        value = self._value.ACTIVE if active else self._value.INACTIVE
        self._request.set_value(self._number, value)


class Chips:
    """The GPIO chips of this machine."""

    def __init__(self, gpiod: Any, devices: Path = Path("/dev")) -> None:
        """`gpiod` is the library's module, of either version."""
        self._gpiod = gpiod
        self._open = _Chip2 if hasattr(gpiod, "request_lines") else _Chip1
        self._devices = devices

    def request(self, chip: str, number: int, *, active_low: bool) -> Line:
        """Take a line as an output that is inactive; raises DoorError. `chip` is a path, a name or
        a label."""
        path = self.path(chip)
        with _told(path):
            opened = self._checked(path, number)
            user = opened.user(number)
            if user is not None:
                raise DoorError(
                    f"The line {number} of {path} is used by {user}. Set door.gpio_line to one "
                    "that is free: gpioinfo shows who uses which."
                )
            return opened.request(number, active_low)

    def user(self, chip: str, number: int) -> str | None:
        """Who uses a line; None: nobody. Raises DoorError."""
        path = self.path(chip)
        with _told(path):
            return self._checked(path, number).user(number)

    def path(self, chip: str) -> str:
        """The path of a chip; raises DoorError where there is none, or where a label is that of
        several."""
        named = self._devices / chip  # which is `chip` itself where that is a path
        if named.exists():
            return str(named)
        # A chip may have several names, as on a Raspberry Pi 5: /dev/gpiochip4 leads to gpiochip0.
        paths = {each.resolve() for each in self._devices.glob("gpiochip*")}
        found = []
        for path in sorted(paths):
            with _told(str(path)):
                if self._open(self._gpiod, str(path)).label() == chip:
                    found.append(str(path))
        if not found:
            raise DoorError(f'There is no GPIO chip "{chip}". {_WHICH}')
        if len(found) > 1:
            raise DoorError(
                f'Several GPIO chips have the label "{chip}": {", ".join(found)}. Set '
                "door.gpio_chip to the path of the right one."
            )
        return found[0]

    def _checked(self, path: str, number: int) -> _Chip:
        opened: _Chip = self._open(self._gpiod, path)
        if number >= opened.size():
            raise DoorError(
                f"{path} has the lines 0 to {opened.size() - 1}, and no {number}. Set "
                "door.gpio_line to one of those: gpioinfo lists them."
            )
        return opened


def chips() -> Chips:
    """Those that the installed library has; raises DoorError where there is none."""
    try:
        import gpiod  # noqa: PLC0415 - nobody needs it who has no door
    except ImportError as error:
        raise DoorError(
            "The library of GPIO lines is not installed. Type: sudo apt install python3-libgpiod"
        ) from error
    return Chips(gpiod)


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Say in a sentence what the system has against it."""
    try:
        yield
    except PermissionError as error:
        raise DoorError(
            f"The appliance may not open {path}. Restart the machine once after the installation; "
            "then it belongs to the group gpio, in which the appliance's user is."
        ) from error
    except OSError as error:
        raise DoorError(f"{path} cannot be used ({error.strerror}). {_WHICH}") from error

"""What the keys need of the calls, and of the machine. PURE."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from homecall_appliance.keys.touch_screen import TouchSurface


class CallControl(Protocol):
    """What a person inside can do. Each returns whether there was something to do it to, or to how
    many calls."""

    def answer(self) -> bool:
        """Accept the visitor who rings."""

    def decline(self) -> bool:
        """Send the visitor away who rings."""

    def hang_up(self) -> int:
        """End the call that has been accepted."""

    def mute(self) -> bool:
        """Switch the microphone of the call off, or on again."""

    def camera(self) -> bool:
        """Switch the camera of the call off, or on again."""

    def open_door(self) -> bool:
        """Open the door to the visitor who rings or is in a call."""


@dataclass(frozen=True)
class TapTarget:
    """What a finger is on."""

    name: str
    """What is done when it is tapped, such as "answer"."""

    since: float
    """When it came to be seen there: seconds of time.monotonic()."""


class Tappable(Protocol):
    """What is to be seen where a touch screen is touched."""

    def at(self, x: float, y: float) -> TapTarget | None:
        """Return what is at a place of the panel, as in touches.Touch; None: nothing is."""

    def tap(self, name: str) -> bool:
        """Do what is done when it is tapped; return whether there was something to do it to."""


@dataclass(frozen=True)
class KeyEvent:
    """An event of the type EV_KEY (struct input_event in linux/input.h)."""

    code: int
    """One of linux/input-event-codes.h."""

    value: int
    """1: the key went down; 0: it went up; 2: it is held, and repeats."""

    at: float
    """Seconds of CLOCK_MONOTONIC, which time.monotonic() reads, too."""


@dataclass(frozen=True)
class AxisEvent:
    """An event of the type EV_ABS of a touch screen."""

    code: int
    value: int


@dataclass(frozen=True)
class Report:
    """The end of what a touch screen tells of one moment (SYN_REPORT)."""

    at: float
    """As in KeyEvent."""


@dataclass(frozen=True)
class EventsLost:
    """The kernel's queue for this reader was full (SYN_DROPPED), or the device is gone: keys may
    have gone up unseen."""


InputEvent: TypeAlias = KeyEvent | AxisEvent | Report | EventsLost


class KeyDevice(Protocol):
    """An input device with keys, or to be touched."""

    @property
    def path(self) -> str:
        """Such as /dev/input/event3."""

    @property
    def name(self) -> str:
        """What it calls itself."""

    @property
    def codes(self) -> frozenset[int]:
        """The keys that it has."""

    @property
    def is_touch_screen(self) -> bool:
        """Whether it is touched where something is seen."""


class InputDevice(KeyDevice, Protocol):
    """One that is open, and shared with whoever else reads it."""

    @property
    def surface(self) -> TouchSurface | None:
        """What of it is touched; None: it is no touch screen."""

    def fileno(self) -> int:
        """The descriptor that is readable when there are events."""

    def read(self) -> tuple[Sequence[InputEvent], int]:
        """Return the events of keys among the next ones, of a touch screen those of axes and
        reports, too, and how many were read in all: 64 at most, of whatever type, and 0 if there
        are none now. Never waits. Raises OSError when the device is gone."""

    def close(self) -> None:
        """Let it go."""


class OpenDevice(Protocol):
    """Opens input devices."""

    def __call__(self, path: str) -> InputDevice:
        """Open one, which may take some 50 ms (usbhid_open in the kernel); raises OSError, and
        NoInputLibraryError where there is nothing to read it with."""


class NoInputLibraryError(Exception):
    """Input devices cannot be read here; `str()` is a sentence for the owner."""

"""What the appliance needs of a screen."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from homecall_appliance.display.view import View

if TYPE_CHECKING:  # numpy would take commands that only draw a code a tenth of a second
    from homecall_appliance.display.pixels import FrameFormat
    from homecall_appliance.display.targets import Targets


class DisplayError(Exception):
    """The screen could not be opened, or was lost; `str()` is a sentence for the owner."""


@dataclass(frozen=True)
class Frame:
    """A phone's picture as it lies in the memory of a screen."""

    format: "FrameFormat"

    pixels: memoryview
    """`format.size` bytes."""


class FrameSource(Protocol):
    """Whoever makes frames."""

    def newest(self) -> AbstractContextManager[Frame | None]:
        """Lend the newest frame that was not lent before, until left; None: there is none."""
        ...


class Display(Protocol):
    """A screen."""

    @property
    def where(self) -> str:
        """Where the view is to be seen, for the owner; empty: nowhere."""
        ...

    @property
    def hidden(self) -> str:
        """Why it cannot be seen there at this moment, as of the last call of `show` or
        `show_picture`: a sentence for the owner. Empty: it can, as far as that may be known."""
        ...

    @property
    def frame_format(self) -> "FrameFormat | None":
        """How a phone's picture has to lie in memory to be shown; None: it cannot be."""
        ...

    @property
    def show_picture(self) -> Callable[[Frame, View], None] | None:
        """Show a phone's picture in place of what is shown, and below it what the view says; None:
        it cannot be. One of another format than that of the moment is not shown.

        Takes some milliseconds. Raises DisplayError.
        """
        ...

    @property
    def targets(self) -> "Targets | None":
        """What of the picture may be tapped, as it was drawn last; None: it has no buttons."""
        ...

    def show(self, view: View) -> None:
        """Show this in place of what is shown.

        It is called again and again: nothing happens then, but where the display has another size,
        or was taken away meanwhile. Takes some tens of milliseconds when there is a new code.
        Raises DisplayError.
        """
        ...

    def close(self) -> None:
        """Give the screen back. Raises DisplayError."""
        ...

"""What the appliance needs of a screen."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from homecall_appliance.display.view import View

if TYPE_CHECKING:  # libav would take commands that only draw a code a fifth of a second
    from av import VideoFrame


class DisplayError(Exception):
    """The screen could not be opened, or was lost; `str()` is a sentence for the owner."""


class Display(Protocol):
    """A screen."""

    @property
    def where(self) -> str:
        """Where the view is to be seen, for the owner; empty: nowhere."""
        ...

    @property
    def show_picture(self) -> "Callable[[VideoFrame], None] | None":
        """Show a phone's picture in place of what is shown; None: it cannot.

        Takes some milliseconds. Raises DisplayError.
        """
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

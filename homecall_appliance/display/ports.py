"""What the appliance needs of a screen."""

from typing import Protocol

from homecall_appliance.display.view import View


class DisplayError(Exception):
    """The screen could not be opened, or was lost; `str()` is a sentence for the owner."""


class Display(Protocol):
    """A screen."""

    @property
    def where(self) -> str:
        """Where the view is to be seen, for the owner; empty: nowhere."""
        ...

    @property
    def shows_picture(self) -> bool:
        """Whether it can show a phone's picture."""
        ...

    def show(self, view: View) -> None:
        """Show this in place of what is shown; nothing happens where it is shown already.

        Takes some tens of milliseconds when there is a new code. Raises DisplayError.
        """
        ...

    def close(self) -> None:
        """Give the screen back. Raises DisplayError."""
        ...

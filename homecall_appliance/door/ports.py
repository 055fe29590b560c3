"""What opening the door needs of others, and how it fails. It imports nothing: the process that
holds the line does."""

from typing import Protocol


class DoorError(Exception):
    """The door cannot be opened; `str()` is a sentence that says what to do."""


class Line(Protocol):
    """A line of a GPIO chip, requested as an output. Whoever is forked holds it as well."""

    def set(self, active: bool) -> None:
        """Make it active or inactive; raises OSError."""
        ...


class Opener(Protocol):
    """What opens the door."""

    async def run(self) -> None:
        """Be ready to open it, until cancelled; then it is closed."""
        ...

    async def open(self) -> None:
        """Open it; one call at a time. Raises DoorError."""
        ...

"""What is private to aiortc and yet needed: looked at before it is used."""

from collections.abc import Callable
from inspect import iscoroutinefunction, signature
from operator import attrgetter

import aiortc


class UnknownAiortc(RuntimeError):
    """This aiortc works in another way than those that the appliance was made for."""

    def __init__(self, what: str) -> None:
        """`what` it does in another way, as a verb with its object."""
        super().__init__(
            f"aiortc {aiortc.__version__} {what} in a way that is not known here. "
            "Install a version from 1.11 to 1.16."
        )


def has(thing: object, *paths: str) -> bool:
    """Whether it has all these attributes; a path may lead through others, with dots."""
    try:
        attrgetter(*paths)(thing)
    except AttributeError:
        return False
    return True


def takes(function: Callable[..., object], parameter: str, *, waits: bool) -> bool:
    """Whether it takes this one parameter, and is a coroutine function or not."""
    return [*signature(function).parameters] == [parameter] and (
        iscoroutinefunction(function) == waits
    )

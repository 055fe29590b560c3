"""What is private to aiortc and yet needed: looked at before it is used.

Where an aiortc is not what it was, there is one policy: the appliance starts, calls go on by
aiortc's own way, and the log says once for each seam what is worse until then.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from inspect import iscoroutinefunction, signature
from operator import attrgetter

import aiortc

log = logging.getLogger(__name__)


class UnknownAiortc(RuntimeError):
    """This aiortc works in another way than those that the appliance was made for."""

    def __init__(self, what: str) -> None:
        """`what` it does in another way, as a verb with its object."""
        super().__init__(
            f"aiortc {aiortc.__version__} {what} in a way that is not known here. "
            "Install a version from 1.11 to 1.16."
        )


@contextmanager
def if_known(meanwhile: str) -> Iterator[None]:
    """Leave out what raises UnknownAiortc, and say so; `meanwhile` is what is the case then."""
    try:
        yield
    except UnknownAiortc as error:
        say(error, meanwhile)


def say(error: UnknownAiortc, meanwhile: str) -> None:
    """Say once that aiortc is not known, and what is the case until another is installed."""
    _say_once(f"{error} Until then {meanwhile}.")


@cache
def _say_once(sentence: str) -> None:
    log.warning("%s", sentence)


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

"""The edges at which what all calls share calls into the objects of one of them.

A camera, a sound card, a screen, the reception and the hub serve several calls, and what a call's
objects work on was sent by a stranger. What they raise ends that call, and nothing else; a shared
part's own exception is not caught and ends the daemon. So `contained` stands around each such call,
and nowhere else.
"""

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import ParamSpec, TypeAlias

log = logging.getLogger(__name__)

P = ParamSpec("P")

OnFailure: TypeAlias = Callable[[Exception], object]
"""Is told what a part of a call has raised, and ends the call. Never raises."""


class contained:  # noqa: N801 - a context manager, named as those of contextlib are
    """Keep from the caller what an object of one call raises; `on_failure` is told instead.

    `but` is what the shared part itself raises meanwhile, which passes, as cancellation does.
    """

    def __init__(self, on_failure: OnFailure, *, but: type[Exception] | None = None) -> None:
        self._on_failure = on_failure
        self._but = but

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        # Libraries read a stranger's bytes for the call: it may be any exception.
        if not isinstance(error, Exception) or (self._but and isinstance(error, self._but)):
            return False
        self._on_failure(error)
        return True


def guarded(do: Callable[P, object], on_failure: OnFailure) -> Callable[P, None]:
    """Return a function that does the same, contained."""

    def do_contained(*args: P.args, **kwargs: P.kwargs) -> None:
        with contained(on_failure):
            do(*args, **kwargs)

    return do_contained


def reported(error: Exception) -> None:
    """Log what a part of a call has raised, in one line: there is no call left to be ended."""
    log.warning("A part of a call has failed: %s.", described(error))


def described(error: BaseException) -> str:
    """Return the type of an exception and where it was raised: "KeyError in webrtc/peer.py:97".

    Never its text, nor that of its causes: whoever raised it may have put into it what a stranger
    sent (docs/protocol.md, section 9). Where that was in a library, the last place of ours that led
    to it follows.
    """
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    places = [
        (Path(frame.f_code.co_filename), line)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    told = [type(error).__qualname__, *(f"in {_short(*place)}" for place in places[-1:])]
    ours = [place for place in places if _PACKAGE in place[0].parents]
    if ours and ours[-1] != places[-1]:
        told.append(f"by {_short(*ours[-1])}")
    return " ".join(told)


_PACKAGE = Path(__file__).parents[1]


def _short(file: Path, line: int) -> str:
    return f"{'/'.join(file.parts[-2:])}:{line}"

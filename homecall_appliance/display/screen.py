"""The screen, as it follows the appliance: drawn in a thread, since a new code takes a while, and
what a phone waits for must not wait for it. One that is lost is sought until it is back.
"""

import asyncio
import logging
import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from typing import NoReturn, TypeVar

from homecall_appliance.display.pixels import FrameFormat
from homecall_appliance.display.ports import Display, DisplayError, Frame, FrameSource
from homecall_appliance.display.targets import Targets
from homecall_appliance.display.view import View
from homecall_appliance.display.visitors import Visitors
from homecall_appliance.faults.containment import OnFailure, contained

log = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between two looks at whether the display has changed, or the time of day."""

PAUSE = 3.0
"""Seconds between two looks for a screen that is lost."""

ENDED_SECONDS = 5.0
"""For which it says that a call has ended."""

T = TypeVar("T")


@dataclass(eq=False)
class _Visitor:
    """A phone that sends pictures."""

    on_failure: OnFailure
    on_frame: Callable[[Frame], None]
    failed: bool = False


class Screen:
    """Shows the newest view, or the newest picture of a phone; what has changed again meanwhile is
    never drawn."""

    def __init__(
        self,
        find: Callable[[], Display],
        compose: Callable[[], View],
        on_shown: Callable[[], None],
    ) -> None:
        """`find` opens the display, or raises DisplayError; `compose` makes the view of the
        moment; `on_shown` is called whenever it is shown, or cannot be."""
        self.problem: str | None = None
        """Why nothing is to be seen at this moment: a sentence for the owner."""

        self._find = find
        self._compose = compose
        self._on_shown = on_shown
        self._display: Display | None = None
        self._changed = asyncio.Event()
        self._settled = asyncio.Event()
        self._visitors: Visitors[tuple[_Visitor, FrameSource]] = Visitors()
        self._ended = -math.inf
        self._view: tuple[View, float] | None = None

    def coming(self) -> AbstractContextManager[object]:
        """See `call.Announcer.coming`: the state of the calls tells it."""
        return nullcontext()

    def ring(self) -> None:
        """Nothing: a screen is not heard."""

    def ended(self, *, accepted: bool) -> None:
        """Show its visitor no more and, of a call that was accepted, say for a while that it has
        ended."""
        self._visitors.gone()
        if accepted:
            self._ended = _now()
        self.changed()

    @property
    def just_ended(self) -> bool:
        """Whether that while is not over."""
        return _now() - self._ended < ENDED_SECONDS

    @property
    def where(self) -> str:
        """See `Display.where`; empty while it is lost, or is not seen."""
        return self._display.where if self._display and not self.problem else ""

    @property
    def frame_format(self) -> FrameFormat | None:
        """How the picture of a phone has to lie in memory; None: it cannot be shown."""
        return self._display.frame_format if self._display else None

    @property
    def targets(self) -> Targets | None:
        """What may be tapped at this moment; None: this screen has no buttons."""
        return self._display.targets if self._display else None

    def changed(self) -> None:
        """Take that there is another view to be shown."""
        self._view = None
        self._settled.clear()
        self._changed.set()

    async def settled(self) -> None:
        """Wait until the view of the moment is shown, if there is a display."""
        if self._display:
            await self._settled.wait()

    def visitor(
        self, on_failure: OnFailure, on_frame: Callable[[Frame], None] = lambda _: None
    ) -> Callable[[FrameSource], None]:
        """Return what is told that one phone has a new picture, and who lends it; each phone has
        another.

        `on_frame` is lent each that is shown; `on_failure` is told what is raised where one of them
        is drawn; then no more is.
        """
        return partial(self._take, _Visitor(on_failure, on_frame))

    def _take(self, visitor: _Visitor, source: FrameSource) -> None:
        if not visitor.failed and self._visitors.take(visitor, (visitor, source), _now()):
            self._changed.set()

    async def run(self) -> NoReturn:
        """Show until cancelled; then the display has been given back."""
        try:
            while True:
                try:
                    await self._show()
                except DisplayError as error:
                    self._note(str(error))
                    await self._give_back()
                    self._on_shown()
                    await asyncio.sleep(PAUSE)
        finally:
            await self._give_back()

    async def _show(self) -> NoReturn:
        self._display = display = await _finished(self._find)
        while True:
            self._changed.clear()
            shown = self._visitors.picture(_now())
            if shown and display.show_picture:
                visitor, source = shown
                with (
                    contained(partial(self._fail, visitor), but=DisplayError),
                    source.newest() as frame,
                ):
                    if frame is not None:
                        visitor.on_frame(frame)
                        view = self._newest_view()
                        await _finished(partial(display.show_picture, frame, view))
            else:
                await _finished(partial(display.show, self._newest_view()))
            self._judge(display)
            self._on_shown()
            if not self._changed.is_set():
                self._settled.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self._changed.wait()

    def _newest_view(self) -> View:
        """Return the view of the moment, composed anew when it has changed, and each TICK: not for
        each picture of a phone."""
        now = _now()
        if self._view is None or now - self._view[1] >= TICK:
            self._view = self._compose(), now
        return self._view[0]

    def _judge(self, display: Display) -> None:
        """Take that something was drawn, which may not be seen."""
        if hidden := display.hidden:
            self._note(hidden)
        elif self.problem:
            log.info("The code is shown on %s again.", display.where)
            self.problem = None

    def _fail(self, visitor: _Visitor, error: Exception) -> None:
        visitor.failed = True
        self._visitors.gone()
        self.changed()
        visitor.on_failure(error)

    async def _give_back(self) -> None:
        display, self._display = self._display, None
        self._settled.set()
        if display is None:
            return
        try:
            await _finished(display.close)
        except DisplayError as error:
            self._note(str(error))

    def _note(self, problem: str) -> None:
        if problem != self.problem:
            log.warning("%s", problem)
        self.problem = problem


async def _finished(work: Callable[[], T]) -> T:
    """Do blocking work in a thread, and wait for its end, whatever happens here meanwhile."""
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    finally:
        await asyncio.wait([working])


def _now() -> float:
    return asyncio.get_running_loop().time()

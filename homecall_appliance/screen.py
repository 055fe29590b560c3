"""The screen, as it follows the appliance: drawn in a thread, since a new code takes a while, and
what a phone waits for must not wait for it.
"""

import asyncio
from collections.abc import Callable
from typing import NoReturn

from homecall_appliance.display.ports import Display
from homecall_appliance.display.view import View


class Screen:
    """Shows the newest view; what has changed again meanwhile is never drawn."""

    def __init__(
        self, display: Display, compose: Callable[[], View], on_shown: Callable[[], None]
    ) -> None:
        """`compose` makes the view of the moment; `on_shown` is called whenever it is shown."""
        self._display = display
        self._compose = compose
        self._on_shown = on_shown
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Take that there is another view to be shown."""
        self._changed.set()

    async def run(self) -> NoReturn:
        """Draw until cancelled; the display is left alone from then on. Raises DisplayError."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            drawing = asyncio.ensure_future(asyncio.to_thread(self._display.show, self._compose()))
            try:
                await asyncio.shield(drawing)
            finally:
                await asyncio.wait([drawing])
            self._on_shown()

"""A page in a browser, as a scenario test sees it: the same for every browser."""

import asyncio
import json
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Literal, Self

PROBES = f"() => {{{Path(__file__).with_name('probes.js').read_text('utf-8')}}}"
"""The function that every page runs before its own scripts: it defines `probes`."""

POLL_SECONDS = 0.1

AS_DUPLICATE = (
    "if (performance.getEntriesByType('navigation')[0]?.type === 'navigate')"
    " history.replaceState({state}, '');"
)
"""A script to run before the page's: its history entry has a state from the beginning."""

Key = Literal["Tab", "Enter", "Space", "Escape"]

ANSWER_SECONDS = 20.0
"""Longer than any expression of a test takes: a promise past it stays open for ever."""


class PageError(Exception):
    """The browser refused to do what was asked of it: open a page, run a script."""


class Phone(ABC):
    """One page with cookies, caches and permissions of its own."""

    def __init__(self) -> None:
        self.console: list[str] = []
        """What the page logged, as "warning: its text" ("log", "info", "error"), oldest first."""

        self.errors: list[str] = []
        """Uncaught errors of the page's scripts, oldest first."""

    @abstractmethod
    async def open(self, url: str) -> None:
        """Go to `url` and wait for its load event.

        Raises PageError where the browser does not show the page, such as for a certificate that
        it does not trust.
        """

    @abstractmethod
    async def reload(self) -> None:
        """Load the page again as a person does, and wait for its load event."""

    @abstractmethod
    async def back(self) -> None:
        """Go to the page before, and wait for its load event."""

    @abstractmethod
    async def duplicate(self) -> Self:
        """Another tab as "Duplicate tab" makes it: of the same address, and with the state of the
        same history entry. It is closed with this one."""

    @abstractmethod
    async def freeze(self) -> None:
        """Put the page into the background, where the system lets it do nothing at all
        (W3C Page Lifecycle), until `thaw`."""

    @abstractmethod
    async def thaw(self) -> None:
        """Undo a `freeze`."""

    @abstractmethod
    async def spoil(self, path: str, status: int, body: str) -> None:
        """Let the page have this in place of a file of the site."""

    @abstractmethod
    async def screenshot(self, path: Path) -> Path:
        """Write what the viewport shows to `path` as PNG, and return the path.

        Raises PageError where the browser makes none, such as of a page that it is loading.
        """

    @abstractmethod
    async def close(self) -> None:
        """Close the page as a person does, and forget its cookies and caches."""

    @abstractmethod
    async def press(self, key: Key) -> None:
        """Press a key of the keyboard and let it go."""

    @abstractmethod
    async def _click(self, selector: str) -> None:
        """Click on the middle of an element that is there."""

    @abstractmethod
    async def _evaluate(self, expression: str) -> str | None:
        """The string that a promise resolves to; raises PageError where it is rejected."""

    async def click(self, selector: str, within: float = 5.0) -> None:
        """Click on the element's middle with a real pointer: to the page it is a user's act.

        Raises TimeoutError where no such element is visible after `within` seconds.
        """
        await self.wait_for(
            f"document.querySelector({json.dumps(selector)})?.checkVisibility()", within
        )
        await self._click(selector)

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression as JSON carries it, or of the promise that it is.

        Raises PageError with the text of the error that the expression throws, and TimeoutError
        for a promise that is never settled.
        """
        async with asyncio.timeout(ANSWER_SECONDS):
            value = await self._evaluate(f"(async () => JSON.stringify(await ({expression})))()")
        return None if value is None else json.loads(value)

    async def wait_for(self, expression: str, within: float = 15.0) -> Any:
        """Evaluate `expression` until its value is truthy, and return that value.

        Raises TimeoutError, with the last value and the page's console, after `within` seconds.
        """
        deadline = time.monotonic() + within
        while not (value := await self.evaluate(expression)):
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"After {within:g} s the page still says {value!r} to: {expression}\n"
                    + "\n".join([*self.errors, *self.console])
                )
            await asyncio.sleep(POLL_SECONDS)
        return value

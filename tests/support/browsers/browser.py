"""The browsers of Debian, headless, with fake devices and authorities that they trust.

Needs Debian's chromium, firefox-esr and libnss3-tools.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, Protocol

from tests.support.browsers.chromium import launch_chromium
from tests.support.browsers.devices import Devices
from tests.support.browsers.firefox import launch_firefox
from tests.support.browsers.phone import Phone

BrowserName = Literal["chromium", "firefox"]


class Browser(Protocol):
    """A running browser."""

    @property
    def name(self) -> str:
        """ "chromium" or "firefox"."""

    @property
    def version(self) -> str:
        """Its version, in the maker's own numbers."""

    async def phone(
        self,
        locale: str = "en-US",
        viewport: tuple[int, int] = (390, 844),
        *,
        before: str = "",
        any_certificate: bool = False,
    ) -> Phone:
        """A blank page for a person of that language, `viewport` in CSS pixels wide and high.

        `before` is a script that each page runs first. `any_certificate`: its person clicks through
        each warning.
        """


@asynccontextmanager
async def launch(
    name: BrowserName,
    authority: Path,
    devices: Devices | None = None,
    local_names: Sequence[str] = (),
    prefix: Sequence[str] = (),
) -> AsyncIterator[Browser]:
    """Start a browser that trusts each authority of a PEM file, beside those that it knows, and for
    which `local_names` are names of this machine.

    `prefix` is `ip netns exec NAME` for one in a network of its own. Everything that it writes goes
    with it.
    """
    start = launch_chromium if name == "chromium" else launch_firefox
    with TemporaryDirectory(prefix="homecall-browser-", ignore_cleanup_errors=True) as home:
        given = devices or Devices()
        async with start(Path(home), authority, given, prefix, local_names) as browser:
            yield browser

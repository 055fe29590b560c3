"""What the page can show, and what leads there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from playwright import async_api as playwright

from tests.sheet.site import CONFIG, Site
from tests.support.browsers.chromium import EXECUTABLE
from tests.support.browsers.devices import Devices
from tests.support.browsers.firefox import Firefox, FirefoxPhone, launch_firefox
from tests.support.scenario import READY

OTHER_SIDE = Path(__file__).with_name("other_side.js").read_text("utf-8")

SESSION = "3f0c6f0e-7d5b-4f0e-9a6c-1d2e3f405162"

OFFER = """v=0\r
m=audio 9 UDP/TLS/RTP/SAVPF 96\r
a=ice-pwd:one\r
a=sendrecv\r
m=video 9 UDP/TLS/RTP/SAVPF 97\r
a=sendrecv\r
"""

Theme = Literal["dark", "light"]

THEMES: tuple[Theme, ...] = ("dark", "light")
"""As Firefox numbers them."""

LOCALES = {"en": "en-US", "ru": "ru-RU"}


class Page(Protocol):
    """The page, in whichever browser."""

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, or of the promise that it is."""

    async def wait_for(self, expression: str) -> Any:
        """Evaluate `expression` until its value is truthy."""

    async def click(self, selector: str) -> None:
        """Click on an element's middle."""

    async def pass_time(self, seconds: float) -> None:
        """Let so much time pass for the page."""


@dataclass(frozen=True)
class Look:
    """How a person looks at the page."""

    language: str = "en"
    theme: Theme = "dark"
    width: int = 390
    """CSS pixels, as the height."""

    height: int = 844


@dataclass(frozen=True)
class Scene:
    """A state of the page."""

    steps: Callable[[Page], Awaitable[None]]
    """What leads there after the page was opened."""

    link: bool = True
    """Whether a link was opened, or the home page."""

    access: str = "granted"
    """What becomes of the browser's question for devices: "granted", "asked", "denied", "none"."""

    config: Mapping[str, Any] | None = None
    """What the appliance answers beside the usual."""

    answers: bool = True
    """Whether it answers at all."""

    plays: bool = True
    """Whether the browser plays sound without a tap."""


async def _nothing(_: Page) -> None: ...


async def _act(page: Page, script: str) -> None:
    await page.evaluate(f"(async () => {{ {script} }})()")
    await asyncio.sleep(0.15)


async def _connect(page: Page) -> None:
    await page.click("#connect")
    await page.wait_for("!!document.querySelector('#qr svg')")


async def _offer(page: Page) -> None:
    await page.wait_for("otherSide.isJoined()")
    await _act(page, f"otherSide.say({{ type: 'offer', sdp: {OFFER!r} }})")
    await page.wait_for("otherSide.isOffered()")


async def _ring(page: Page) -> None:
    await _offer(page)
    await _act(page, "otherSide.show({ silent: true }); otherSide.become('connected')")
    await page.pass_time(1)


async def _live(page: Page) -> None:
    await _offer(page)
    await _act(page, "otherSide.show(); otherSide.become('connected')")
    await page.wait_for("document.querySelector('#remote-video').videoWidth > 0")
    await asyncio.sleep(0.4)


async def _later(page: Page) -> None:
    await _live(page)
    await page.pass_time(75)


async def _muted(page: Page) -> None:
    await _live(page)
    await page.click("#mute")
    await page.click("#camera")


async def _menu(page: Page) -> None:
    await _live(page)
    await page.click("#more")


async def _help(page: Page) -> None:
    await page.click("#help-home")


async def _help_without(page: Page) -> None:
    await page.click("#join")
    await page.wait_for("history.state?.from")
    await page.click("#more")
    await page.click("#help-menu")


async def _weak(page: Page) -> None:
    await _live(page)
    await _act(page, "otherSide.become('disconnected')")


async def _weak_for_long(page: Page) -> None:
    await _weak(page)
    await page.pass_time(6)


async def _slow(page: Page) -> None:
    await page.pass_time(9)


async def _offline(page: Page) -> None:
    await _live(page)
    await _act(page, "otherSide.become('disconnected'); otherSide.lose()")


def _ended(message: str) -> Callable[[Page], Awaitable[None]]:
    async def steps(page: Page) -> None:
        await page.wait_for("otherSide.isJoined()")
        await _act(page, f"otherSide.say({message})")
        await page.pass_time(11)  # until no toast is shown any more

    return steps


async def _hung_up(page: Page) -> None:
    await _later(page)
    await _act(page, "otherSide.say({ type: 'hangup' })")


SCENES: Mapping[str, Scene] = {
    "home": Scene(_nothing, link=False),
    "help": Scene(_help, link=False, config={"trustPort": 8080}),
    "help-denied": Scene(_help_without, access="denied"),
    "home-scan": Scene(_nothing, link=False, config={"guestSessions": False}),
    "home-unreached": Scene(_nothing, link=False, answers=False),
    "asking": Scene(_slow, access="asked"),
    "asking-without": Scene(_nothing, access="none"),
    "asking-denied": Scene(_nothing, access="denied"),
    "sharing": Scene(_connect, link=False),
    "joining": Scene(_nothing),
    "joining-slow": Scene(_slow),
    "ringing": Scene(_ring),
    "live": Scene(_live),
    "live-later": Scene(_later),
    "live-muted": Scene(_muted),
    "live-silent": Scene(_live, plays=False),
    "menu": Scene(_menu),
    "weak": Scene(_weak),
    "weak-slow": Scene(_weak_for_long),
    "weak-offline": Scene(_offline),
    "end-hangup": Scene(_hung_up),
    "end-spent": Scene(_nothing, config={"sessionLive": False, "sessionRefused": "session_ended"}),
    "end-path": Scene(_ended("{ type: 'hangup', reason: 'no_path' }")),
    "end-busy": Scene(_ended("{ type: 'error', code: 'busy', message: 'Busy.' }")),
    "end-no-answer": Scene(_ended("{ type: 'hangup', reason: 'no_answer' }")),
}


@dataclass(frozen=True)
class ChromiumPage:
    """A page whose clock is ours."""

    page: playwright.Page

    async def evaluate(self, expression: str) -> Any:
        return await self.page.evaluate(expression)

    async def wait_for(self, expression: str) -> Any:
        return await self.page.wait_for_function(expression)

    async def click(self, selector: str) -> None:
        await self.page.click(selector)

    async def pass_time(self, seconds: float) -> None:
        await self.page.clock.fast_forward(int(seconds * 1000))
        await asyncio.sleep(0.1)


@dataclass(frozen=True)
class FirefoxPage:
    """A page for which time passes as it does."""

    phone: FirefoxPhone

    async def evaluate(self, expression: str) -> Any:
        return await self.phone.evaluate(expression)

    async def wait_for(self, expression: str) -> Any:
        return await self.phone.wait_for(expression)

    async def click(self, selector: str) -> None:
        await self.phone.click(selector)

    async def pass_time(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@asynccontextmanager
async def chromium() -> AsyncIterator[playwright.Browser]:
    """A browser whose telephone has two cameras."""
    async with playwright.async_playwright() as driver:
        yield await driver.chromium.launch(
            executable_path=EXECUTABLE,
            args=[
                "--use-fake-device-for-media-stream=device-count=2",
                "--use-fake-ui-for-media-stream",
            ],
            chromium_sandbox=False,
        )


@asynccontextmanager
async def firefox(home: Path, theme: Theme) -> AsyncIterator[Firefox]:
    """A browser whose pages have this theme; its files are in the empty directory `home`."""
    settings: Mapping[str, bool | int] = {
        "dom.serviceWorkers.enabled": False,
        "layout.css.prefers-color-scheme.content-override": THEMES.index(theme),
        "ui.prefersReducedMotion": 1,
    }
    async with launch_firefox(home, None, Devices(), settings=settings) as launched:
        yield launched


@asynccontextmanager
async def shown_by_firefox(
    browser: Firefox, site: Site, scene: Scene, look: Look
) -> AsyncIterator[FirefoxPhone]:
    """The page in a scene, until left; its theme is the browser's."""
    phone = await browser.phone(
        LOCALES[look.language], (look.width, look.height), before=OTHER_SIDE + _settings(scene)
    )
    try:
        await phone.open(_address(site, scene))
        await _play(scene, FirefoxPage(phone))
        yield phone
    finally:
        await phone.close()


@asynccontextmanager
async def shown(
    browser: playwright.Browser, site: Site, scene: Scene, look: Look
) -> AsyncIterator[playwright.Page]:
    """The page in a scene, until left."""
    context = await browser.new_context(
        viewport={"width": look.width, "height": look.height},
        locale=LOCALES[look.language],
        color_scheme=look.theme,
        reduced_motion="reduce",
        service_workers="block",
    )
    page = await context.new_page()
    await page.clock.install()
    await page.add_init_script(OTHER_SIDE)
    await page.add_init_script(_settings(scene))
    try:
        await page.goto(_address(site, scene))
        await _play(scene, ChromiumPage(page))
        yield page
    finally:
        await context.close()


def _settings(scene: Scene) -> str:
    settings = f"{{ access: '{scene.access}', plays: {str(scene.plays).lower()} }}"
    return f"Object.assign(otherSide.settings, {settings});"


def _address(site: Site, scene: Scene) -> str:
    """Where the page is, on a site that answers as the scene wants it."""
    site.config = {**CONFIG, **(scene.config or {})} if scene.answers else None
    return site.url + (f"?session={SESSION}" if scene.link else "")


async def _play(scene: Scene, page: Page) -> None:
    await page.wait_for(READY)
    await asyncio.sleep(0.3)
    await scene.steps(page)

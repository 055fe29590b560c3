"""What the page can show, and what leads there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, Page, async_playwright

from tests.sheet.site import CONFIG, Site
from tests.support.browsers.chromium import EXECUTABLE

OTHER_SIDE = Path(__file__).with_name("other_side.js").read_text("utf-8")

SESSION = "3f0c6f0e-7d5b-4f0e-9a6c-1d2e3f405162"

OFFER = """v=0\r
m=audio 9 UDP/TLS/RTP/SAVPF 96\r
a=ice-pwd:one\r
a=sendrecv\r
m=video 9 UDP/TLS/RTP/SAVPF 97\r
a=sendrecv\r
"""

Theme = Literal["light", "dark"]


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
    await page.wait_for_function("document.querySelector('#qr svg')")


async def _wait(page: Page, seconds: float) -> None:
    await page.clock.fast_forward(int(seconds * 1000))
    await asyncio.sleep(0.1)


async def _offer(page: Page) -> None:
    await page.wait_for_function("otherSide.isJoined()")
    await _act(page, f"otherSide.say({{ type: 'offer', sdp: {OFFER!r} }})")
    await page.wait_for_function("otherSide.isOffered()")


async def _ring(page: Page) -> None:
    await _offer(page)
    await _act(page, "otherSide.show({ silent: true }); otherSide.become('connected')")
    await _wait(page, 1)


async def _live(page: Page) -> None:
    await _offer(page)
    await _act(page, "otherSide.show(); otherSide.become('connected')")
    await page.wait_for_function("document.querySelector('#remote-video').videoWidth > 0")
    await asyncio.sleep(0.4)


async def _later(page: Page) -> None:
    await _live(page)
    await _wait(page, 75)


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
    await page.wait_for_function("history.state?.from")
    await page.click("#more")
    await page.click("#help-menu")


async def _weak(page: Page) -> None:
    await _live(page)
    await _act(page, "otherSide.become('disconnected')")


async def _weak_for_long(page: Page) -> None:
    await _weak(page)
    await _wait(page, 6)


async def _slow(page: Page) -> None:
    await _wait(page, 9)


async def _offline(page: Page) -> None:
    await _live(page)
    await _act(page, "otherSide.become('disconnected'); otherSide.lose()")


def _ended(message: str) -> Callable[[Page], Awaitable[None]]:
    async def steps(page: Page) -> None:
        await page.wait_for_function("otherSide.isJoined()")
        await _act(page, f"otherSide.say({message})")
        await _wait(page, 11)  # until no toast is shown any more

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


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser whose telephone has two cameras."""
    async with async_playwright() as playwright:
        yield await playwright.chromium.launch(
            executable_path=EXECUTABLE,
            args=[
                "--use-fake-device-for-media-stream=device-count=2",
                "--use-fake-ui-for-media-stream",
            ],
            chromium_sandbox=False,
        )


@asynccontextmanager
async def shown(browser: Browser, site: Site, scene: Scene, look: Look) -> AsyncIterator[Page]:
    """The page in a scene, until left."""
    site.config = {**CONFIG, **(scene.config or {})} if scene.answers else None
    context = await browser.new_context(
        viewport={"width": look.width, "height": look.height},
        locale={"en": "en-US", "ru": "ru-RU"}[look.language],
        color_scheme=look.theme,
        reduced_motion="reduce",
        service_workers="block",
    )
    page = await context.new_page()
    await page.clock.install()
    await page.add_init_script(OTHER_SIDE)
    settings = f"{{ access: '{scene.access}', plays: {str(scene.plays).lower()} }}"
    await page.add_init_script(f"Object.assign(otherSide.settings, {settings});")
    await page.goto(site.url + (f"?session={SESSION}" if scene.link else ""))
    await page.wait_for_function("document.querySelector('#app').hasAttribute('data-ready')")
    await asyncio.sleep(0.3)
    try:
        await scene.steps(page)
        yield page
    finally:
        await context.close()

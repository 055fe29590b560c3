"""Phones and their browsers: what happens to the page of a call."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.endurance.corner import Event, Events, Happened
from tests.support.appliance import Appliance
from tests.support.browsers.browser import launch
from tests.support.browsers.chromium import Chromium, ChromiumPhone
from tests.support.rigs import screen
from tests.support.scenario import AT_END

UPRIGHT, ON_ITS_SIDE = (390, 844), (844, 390)

OWN_TRACKS = "document.querySelector('#local-video').srcObject.getTracks()"

SEE = """
((state) => {
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
})
"""
"""A headless browser never hides a page; this is all that a page is told of it (HTML, "page
visibility"). iOS pauses the pictures meanwhile."""

END_TRACK = """
((kind) => {
  const track = TRACKS.find((one) => one.kind === kind);
  track?.stop();
  track?.dispatchEvent(new Event('ended'));
})
""".replace("TRACKS", OWN_TRACKS)
"""As a device that is gone ends it (W3C mediacapture-streams, section 4.3.3)."""


class Phones:
    """A call with a phone; another page may take its place."""

    flows = ("picture", "sound", "phone's picture", "phone's sound")

    def __init__(self, appliance: Appliance, browser: Chromium, phone: ChromiumPhone) -> None:
        self.appliance = appliance
        self.phone = phone
        self._browser = browser

    async def also_flowing(self) -> set[str]:
        """Nothing else."""
        return set()

    @property
    def events(self) -> Events:
        """What may happen."""
        return {
            "the page is loaded again": Event(self._reload),
            "in the background": Event(self._hide),
            "frozen in the background": Event(self._freeze),
            "the tab is duplicated": Event(self._duplicate),
            "muted for a while": Event(self._mute),
            "the microphone is lost": Event(lambda random: self._end_track("audio")),
            "the camera is lost": Event(lambda random: self._end_track("video")),
            "the permission is taken back": Event(self._revoke),
            "closed and opened anew": Event(self._open_anew, within=60),
            "turned on its side": Event(self._turn),
        }

    async def _reload(self, random: Random) -> Happened:
        await self.phone.reload()
        return Happened()

    async def _hide(self, random: Random) -> Happened:
        seconds = random.choice([1, 4, 7, 15])
        pause = "document.querySelectorAll('video').forEach((video) => video.pause())"
        await self.phone.evaluate(f"{SEE}('hidden')")
        await self.phone.evaluate(pause)
        await asyncio.sleep(seconds)
        await self.phone.evaluate(f"{SEE}('visible')")
        return Happened(f"{seconds} s")

    async def _freeze(self, random: Random) -> Happened:
        seconds = random.choice([2, 8, 20])
        await self.phone.evaluate(f"{SEE}('hidden')")
        await self.phone.devtools("Page.setWebLifecycleState", state="frozen")
        await asyncio.sleep(seconds)
        await self.phone.devtools("Page.setWebLifecycleState", state="active")
        await self.phone.evaluate(f"{SEE}('visible')")
        return Happened(f"{seconds} s")

    async def _duplicate(self, random: Random) -> Happened:
        former = self.phone
        self.phone = await former.duplicate()
        await former.wait_for(AT_END)
        title = "document.querySelector('#end-title').textContent"
        said = await former.evaluate(title)
        await former.close_tab()
        return Happened(f"the former says: {said}")

    async def _mute(self, random: Random) -> Happened:
        seconds = random.randint(1, 5)
        await self.phone.click("#mute")
        await asyncio.sleep(seconds)
        await self.phone.click("#mute")
        return Happened(f"{seconds} s")

    async def _end_track(self, kind: str) -> Happened:
        await self.phone.evaluate(f"{END_TRACK}({json.dumps(kind)})")
        return Happened()

    async def _revoke(self, random: Random) -> Happened:
        seconds = random.randint(2, 6)
        await self.phone.permit("microphone", "denied")
        await self.phone.evaluate(f"{END_TRACK}('audio')")
        await asyncio.sleep(seconds)
        await self.phone.permit("microphone", "granted")
        return Happened(f"{seconds} s")

    async def _open_anew(self, random: Random) -> Happened:
        former = self.phone
        self.phone = await self._browser.phone()
        await former.close()
        await self.phone.open(await self.appliance.link())
        return Happened()

    async def _turn(self, random: Random) -> Happened:
        for size in (ON_ITS_SIDE, UPRIGHT):
            await self.phone.resize(*size)
            await asyncio.sleep(random.uniform(0.5, 2))
        return Happened()


@asynccontextmanager
async def phone_corner() -> AsyncIterator[Phones]:
    """A phone whose person lets every page have its devices, and a screen that shows it."""
    with TemporaryDirectory(prefix="homecall-screen-") as directory:
        command = screen.command(Path(directory) / "memory")
        async with (
            Appliance.running(command=command) as appliance,
            launch("chromium", appliance.ca) as browser,
        ):
            assert isinstance(browser, Chromium)
            yield Phones(appliance, browser, await browser.phone())

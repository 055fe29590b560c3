"""Debian's Firefox ESR, driven by WebDriver BiDi.

Playwright cannot drive it: its BiDi back end needs commands that the ESR does not have.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.support.browsers.bidi import Bidi, connect
from tests.support.browsers.devices import Devices
from tests.support.browsers.firefox_process import preferences, running
from tests.support.browsers.nss import trust
from tests.support.browsers.phone import PROBES, Key, PageError, Phone

KEYS: Mapping[Key, str] = {"Tab": "\ue004", "Enter": "\ue006", "Space": " ", "Escape": "\ue00c"}
"""What WebDriver calls them (section 17.4.2)."""


class FirefoxPhone(Phone):
    """A tab in a user context of its own."""

    def __init__(self, bidi: Bidi, user_context: str, context: str) -> None:
        super().__init__()
        self._bidi = bidi
        self._user_context = user_context
        self._context = context

    async def open(self, url: str) -> None:
        await self._bidi.send(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )

    async def show(self) -> None:
        """Bring the tab to the front."""
        await self._bidi.send("browsingContext.activate", context=self._context)

    async def reload(self) -> None:
        await self._bidi.send("browsingContext.reload", context=self._context, wait="complete")

    async def back(self) -> None:
        await self._bidi.send("browsingContext.traverseHistory", context=self._context, delta=-1)
        await self.wait_for("document.readyState === 'complete'")

    async def _click(self, selector: str) -> None:
        element = await self._call(
            "selector => { const element = document.querySelector(selector);"
            "element.scrollIntoView({ block: 'center' }); return element; }",
            selector,
        )
        middle = {"type": "element", "element": {"sharedId": element["sharedId"]}}
        pointer = {
            "type": "pointer",
            "id": "mouse",
            "actions": [
                {"type": "pointerMove", "x": 0, "y": 0, "origin": middle},
                {"type": "pointerDown", "button": 0},
                {"type": "pointerUp", "button": 0},
            ],
        }
        await self._bidi.send("input.performActions", context=self._context, actions=[pointer])

    async def press(self, key: Key) -> None:
        value = KEYS[key]
        keys = [{"type": each, "value": value} for each in ("keyDown", "keyUp")]
        board = {"type": "key", "id": "keyboard", "actions": keys}
        await self._bidi.send("input.performActions", context=self._context, actions=[board])

    async def screenshot(self, path: Path) -> Path:
        shot = await self._bidi.send("browsingContext.captureScreenshot", context=self._context)
        await asyncio.to_thread(path.write_bytes, base64.b64decode(shot["data"]))
        return path

    async def close(self) -> None:
        await self._bidi.send("browsingContext.close", context=self._context)
        await self._bidi.send("browser.removeUserContext", userContext=self._user_context)

    def log(self, entry: dict[str, Any]) -> None:
        """Keep a `log.entryAdded` event of this page (WebDriver BiDi, section 7.6)."""
        if entry["type"] == "console":
            level = "warning" if entry["method"] == "warn" else entry["method"]
            self.console.append(f"{level}: {entry['text']}")
        elif entry["level"] == "error":
            self.errors.append(entry["text"])

    async def _evaluate(self, expression: str) -> str | None:
        value: str | None = (await self._call(f"() => {expression}")).get("value")
        return value

    async def _call(self, function: str, *arguments: str) -> dict[str, Any]:
        outcome = await self._bidi.send(
            "script.callFunction",
            functionDeclaration=function,
            arguments=[{"type": "string", "value": argument} for argument in arguments],
            awaitPromise=True,
            target={"context": self._context},
        )
        if outcome["type"] == "exception":
            raise PageError(outcome["exceptionDetails"]["text"])
        result: dict[str, Any] = outcome["result"]
        return result


class Firefox:
    """A running Firefox."""

    name = "firefox"

    def __init__(self, bidi: Bidi, version: str) -> None:
        self.version = version
        self._bidi = bidi
        self._phones: dict[str, FirefoxPhone] = {}
        bidi.on_event = self._event

    async def phone(
        self,
        locale: str = "en-US",
        viewport: tuple[int, int] = (390, 844),
        *,
        before: str = "",
        background: bool = False,
    ) -> FirefoxPhone:
        """A blank page for a person of that language, `viewport` in CSS pixels wide and high.

        `before` is a script that each page runs first; `background`: its tab is behind another one,
        until `show()`.
        """
        send = self._bidi.send
        user = (await send("browser.createUserContext"))["userContext"]
        await send("emulation.setLocaleOverride", locale=locale, userContexts=[user])
        created = await send(
            "browsingContext.create", type="tab", userContext=user, background=background
        )
        tab = created["context"]
        width, height = viewport
        size = {"width": width, "height": height}
        await send("browsingContext.setViewport", context=tab, viewport=size)
        if before:
            script = f"() => {{{before}}}"
            await send("script.addPreloadScript", functionDeclaration=script, contexts=[tab])
        phone = self._phones[tab] = FirefoxPhone(self._bidi, user, tab)
        return phone

    def _event(self, method: str, entry: dict[str, Any]) -> None:
        if method == "log.entryAdded" and (phone := self._phones.get(entry["source"]["context"])):
            phone.log(entry)


@asynccontextmanager
async def launch_firefox(
    home: Path,
    authority: Path,
    devices: Devices,
    prefix: Sequence[str] = (),
    local_names: Sequence[str] = (),
    *,
    settings: Mapping[str, bool | int | str] = MappingProxyType({}),
) -> AsyncIterator[Firefox]:
    """A Firefox whose files are all in the empty directory `home`.

    `prefix` is `ip netns exec NAME`, or nothing. `local_names` lead to the loopback addresses,
    `settings` are those of about:config.
    """
    if devices.sound or devices.picture:
        raise ValueError("Firefox has no fake devices that read files: use Chromium.")
    profile = home / "profile"
    trust(profile, authority)
    (profile / "user.js").write_text(preferences(devices, local_names, settings))
    async with running(home, profile, prefix) as (url, doorway), connect(url, doorway) as bidi:
        ready = await bidi.send("session.new", capabilities={})
        await bidi.send("session.subscribe", events=["log.entryAdded"])
        await bidi.send("script.addPreloadScript", functionDeclaration=PROBES)
        yield Firefox(bidi, ready["capabilities"]["browserVersion"])

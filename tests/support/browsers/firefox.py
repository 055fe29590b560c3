"""Debian's Firefox ESR, driven by WebDriver BiDi.

Playwright cannot drive it: its BiDi back end needs commands that the ESR does not have.
"""

import asyncio
import base64
import os
import re
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from tests.support.browsers.bidi import Bidi, connect
from tests.support.browsers.devices import Devices
from tests.support.browsers.firefox_process import preferences, running
from tests.support.browsers.nss import trust
from tests.support.browsers.phone import AS_DUPLICATE, PROBES, Key, PageError, Phone

KEYS: Mapping[Key, str] = {"Tab": "\ue004", "Enter": "\ue006", "Space": " ", "Escape": "\ue00c"}
"""What WebDriver calls them (section 17.4.2)."""

CONNECTION_FAILED = re.compile(
    "Firefox can’t establish a connection to |The connection to wss:|WebRTC: "
)
"""What Firefox says of connections that fail: no errors of scripts, though it calls them so."""


class FirefoxPhone(Phone):
    """A tab in a user context of its own."""

    def __init__(self, browser: "Firefox", bidi: Bidi, user_context: str, context: str) -> None:
        super().__init__()
        self._browser = browser
        self._bidi = bidi
        self._user_context = user_context
        self._context = context
        self._spoilt: dict[str, tuple[int, str]] = {}

    async def open(self, url: str) -> None:
        await self._bidi.send(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )

    async def resize(self, width: int, height: int) -> None:
        """Make the viewport so wide and high, in CSS pixels."""
        size = {"width": width, "height": height}
        await self._bidi.send("browsingContext.setViewport", context=self._context, viewport=size)

    async def show(self) -> None:
        """Bring the tab to the front."""
        await self._bidi.send("browsingContext.activate", context=self._context)

    async def reload(self) -> None:
        await self._bidi.send("browsingContext.reload", context=self._context, wait="complete")

    async def back(self) -> None:
        await self._bidi.send("browsingContext.traverseHistory", context=self._context, delta=-1)
        await self.wait_for("document.readyState === 'complete'")

    async def duplicate(self) -> "FirefoxPhone":
        state, url = await self.evaluate("[JSON.stringify(history.state), location.href]")
        other = await self._browser.tab(self._user_context)
        # Where the document has not begun yet, a change of its state ends its navigation.
        script = AS_DUPLICATE.format(state=state)
        await other.prepare(
            f"document.addEventListener('readystatechange', () => {{ {script} }}, {{ once: true }})"
        )
        await other.open(url)
        return other

    async def prepare(self, script: str) -> None:
        """Let each page of the tab run a script first."""
        await self._bidi.send(
            "script.addPreloadScript",
            functionDeclaration=f"() => {{{script}}}",
            contexts=[self._context],
        )

    async def freeze(self) -> None:
        """Stop the whole browser, as Android does with an application in the background."""
        self._browser.signal(signal.SIGSTOP)

    async def thaw(self) -> None:
        self._browser.signal(signal.SIGCONT)

    async def spoil(self, path: str, status: int, body: str) -> None:
        self._spoilt[path] = status, body
        await self._bidi.send(
            "network.addIntercept",
            phases=["beforeRequestSent"],
            urlPatterns=[{"type": "pattern", "pathname": path}],
            contexts=[self._context],
        )

    async def fulfil(self, request: str, path: str) -> None:
        """Answer a request that waits for it (WebDriver BiDi, section 7.5)."""
        status, body = self._spoilt[path]
        await self._bidi.send(
            "network.provideResponse",
            request=request,
            statusCode=status,
            reasonPhrase="Spoilt",
            body={"type": "string", "value": body},
        )

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
            text = entry["text"]
            if CONNECTION_FAILED.match(text):
                self.console.append(f"error: {text}")
            else:
                self.errors.append(text)

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

    def __init__(self, bidi: Bidi, version: str, group: int) -> None:
        """`group` is its process group."""
        self.version = version
        self._bidi = bidi
        self._group = group
        self._phones: dict[str, FirefoxPhone] = {}
        self._answering: set[asyncio.Task[None]] = set()
        bidi.on_event = self._event

    async def phone(
        self,
        locale: str = "en-US",
        viewport: tuple[int, int] = (390, 844),
        *,
        before: str = "",
        background: bool = False,
        any_certificate: bool = False,
    ) -> FirefoxPhone:
        """A blank page for a person of that language, `viewport` in CSS pixels wide and high.

        `before` is a script that each page runs first; `background`: its tab is behind another one,
        until `show()`. `any_certificate`: its person clicks through each warning.
        """
        send = self._bidi.send
        created = await send("browser.createUserContext", acceptInsecureCerts=any_certificate)
        users = [user := created["userContext"]]
        await send("emulation.setLocaleOverride", locale=locale, userContexts=users)
        width, height = viewport
        size = {"width": width, "height": height}
        await send("browsingContext.setViewport", viewport=size, userContexts=users)
        if before:
            script = f"() => {{{before}}}"
            await send("script.addPreloadScript", functionDeclaration=script, userContexts=users)
        return await self.tab(user, background=background)

    async def tab(self, user_context: str, *, background: bool = False) -> FirefoxPhone:
        """Another, blank tab of a person."""
        created = await self._bidi.send(
            "browsingContext.create", type="tab", userContext=user_context, background=background
        )
        tab = created["context"]
        phone = self._phones[tab] = FirefoxPhone(self, self._bidi, user_context, tab)
        return phone

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all its processes."""
        os.killpg(self._group, number)

    def _event(self, method: str, entry: dict[str, Any]) -> None:
        match method:
            case "log.entryAdded":
                if phone := self._phones.get(entry["source"]["context"]):
                    phone.log(entry)
            case "network.beforeRequestSent" if entry["isBlocked"]:
                request = entry["request"]
                phone = self._phones[entry["context"]]
                answer = phone.fulfil(request["request"], urlsplit(request["url"]).path)
                self._answering.add(task := asyncio.create_task(answer))
                task.add_done_callback(self._answering.discard)


@asynccontextmanager
async def launch_firefox(
    home: Path,
    authority: Path | None,
    devices: Devices,
    prefix: Sequence[str] = (),
    local_names: Sequence[str] = (),
    *,
    settings: Mapping[str, bool | int | str] = MappingProxyType({}),
) -> AsyncIterator[Firefox]:
    """A Firefox whose files are all in the empty directory `home`; trusts each authority of a PEM
    file.

    `prefix` is `ip netns exec NAME`, or nothing. `local_names` lead to the loopback addresses,
    `settings` are those of about:config.
    """
    if devices.sound or devices.picture:
        raise ValueError("Firefox has no fake devices that read files: use Chromium.")
    profile = home / "profile"
    if authority:
        trust(profile, authority)
    else:
        profile.mkdir()
    (profile / "user.js").write_text(preferences(devices, local_names, settings))
    async with (
        running(home, profile, prefix) as process,
        connect(process.url, process.doorway) as bidi,
    ):
        ready = await bidi.send("session.new", capabilities={})
        await bidi.send("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        await bidi.send("script.addPreloadScript", functionDeclaration=PROBES)
        yield Firefox(bidi, ready["capabilities"]["browserVersion"], process.group)

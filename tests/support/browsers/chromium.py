"""Debian's Chromium, driven by Playwright."""

import os
import re
import shlex
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright import async_api as playwright

from tests.support.browsers.devices import Devices, write_tone
from tests.support.browsers.nss import trust
from tests.support.browsers.phone import AS_DUPLICATE, PROBES, Key, PageError, Phone

EXECUTABLE = "/usr/bin/chromium"

ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

LOADING_FAILED = re.compile(r"net::ERR_(?!ABORTED)")
"""What Chromium says where it shows a page of its own instead of the one asked for."""


class ChromiumPhone(Phone):
    """A page in a browser context of its own."""

    def __init__(self, page: playwright.Page) -> None:
        super().__init__()
        self._page = page
        page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def open(self, url: str) -> None:
        async with self._page.expect_event("framenavigated"):
            try:
                await self._page.goto(url)
            except playwright.Error as error:
                refusal = PageError(error.message)
                if not LOADING_FAILED.search(error.message):
                    raise refusal from error
            else:
                return
        await self._page.wait_for_load_state()  # until when closing it may do nothing
        raise refusal

    async def spoil(self, path: str, status: int, body: str) -> None:
        await self._page.route(
            lambda url: urlsplit(url).path == path,
            lambda route: route.fulfill(status=status, body=body),
        )

    async def reload(self) -> None:
        await self._page.reload()

    async def press(self, key: Key) -> None:
        await self._page.keyboard.press(key)

    async def freeze(self) -> None:
        await self.devtools("Page.setWebLifecycleState", state="frozen")

    async def thaw(self) -> None:
        await self.devtools("Page.setWebLifecycleState", state="active")

    async def back(self) -> None:
        await self._page.go_back()

    async def screenshot(self, path: Path) -> Path:
        try:
            await self._page.screenshot(path=path)
        except playwright.Error as error:  # of a page that is being loaded it makes none
            raise PageError(error.message) from error
        return path

    async def close(self) -> None:
        await self._page.close(run_before_unload=False)
        await self._page.context.close()

    async def close_tab(self) -> None:
        """Close the page, and forget nothing."""
        await self._page.close(run_before_unload=False)

    async def duplicate(self) -> "ChromiumPhone":
        state = await self._page.evaluate("JSON.stringify(history.state)")
        page = await self._page.context.new_page()
        await page.add_init_script(AS_DUPLICATE.format(state=state))
        phone = ChromiumPhone(page)
        await phone.open(self._page.url)
        return phone

    async def tab(self) -> "ChromiumPhone":
        """Another, blank tab of the same person: what the browser keeps is there, too."""
        return ChromiumPhone(await self._page.context.new_page())

    async def slow_down(self, factor: float) -> None:
        """Let the page's scripts, styles and layout take so many times longer from now on."""
        session = await self._page.context.new_cdp_session(self._page)
        await session.send("Emulation.setCPUThrottlingRate", {"rate": factor})

    async def resize(self, width: int, height: int) -> None:
        """Make the viewport so wide and high, in CSS pixels."""
        await self._page.set_viewport_size({"width": width, "height": height})

    async def permit(self, device: str, setting: str) -> None:
        """Let the person's answer for the "microphone" or the "camera" be "granted", "denied" or
        "prompt" for the site of the page from now on, as its settings do."""
        browser = self._page.context.browser
        assert browser
        session = await browser.new_browser_cdp_session()
        host = "/".join(self._page.url.split("/")[:3])
        descriptor = {"permission": {"name": device}, "setting": setting, "origin": host}
        await session.send("Browser.setPermission", descriptor)
        await session.detach()

    async def devtools(self, method: str, **parameters: Any) -> None:
        """Send a command of the Chrome DevTools Protocol to the page."""
        session = await self._page.context.new_cdp_session(self._page)
        await session.send(method, parameters)
        await session.detach()

    async def _click(self, selector: str) -> None:
        await self._page.click(selector)

    async def _evaluate(self, expression: str) -> str | None:
        try:
            value: str | None = await self._page.evaluate(expression)
        except playwright.Error as error:
            raise PageError(error.message) from error
        return value


class Chromium:
    """A running Chromium."""

    name = "chromium"

    def __init__(self, browser: playwright.Browser) -> None:
        self._browser = browser

    @property
    def version(self) -> str:
        """Such as "156.0.8078.79"."""
        return self._browser.version

    async def phone(
        self,
        locale: str = "en-US",
        viewport: tuple[int, int] = (390, 844),
        *,
        bypass_csp: bool = False,
        any_certificate: bool = False,
        before: str = "",
    ) -> ChromiumPhone:
        """A blank page for a person of that language, `viewport` in CSS pixels wide and high.

        `bypass_csp`: without the Content-Security-Policies of what it opens. `any_certificate`: its
        person clicks through each warning. `before` is a script that each page runs first.
        """
        width, height = viewport
        context = await self._browser.new_context(
            locale=locale,
            viewport={"width": width, "height": height},
            bypass_csp=bypass_csp,
            ignore_https_errors=any_certificate,
        )
        await context.add_init_script(f"({PROBES})()")
        if before:
            await context.add_init_script(before)
        return ChromiumPhone(await context.new_page())


def device_arguments(devices: Devices, home: Path) -> list[str]:
    """The command line that gives Chromium these devices."""
    if devices.access == "none":
        return [
            "--disable-audio-input",
            "--use-fake-ui-for-media-stream",
        ]
    if devices.system:
        return ["--use-fake-ui-for-media-stream"]
    sound = devices.sound or write_tone(home / "tone.wav", devices.tone)
    answer = "=deny" if devices.access == "denied" else ""
    arguments = [
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={sound}",
        f"--use-fake-ui-for-media-stream{answer}",
    ]
    if devices.picture:
        arguments.append(f"--use-file-for-fake-video-capture={devices.picture}")
    return arguments


def executable(home: Path, prefix: Sequence[str]) -> Path:
    """What starts Chromium by the command of `prefix`."""
    script = home / "chromium"
    script.write_text(f'#!/bin/sh\nexec {shlex.join([*prefix, EXECUTABLE])} "$@"\n', "utf-8")
    script.chmod(0o700)
    return script


@asynccontextmanager
async def launch_chromium(
    home: Path,
    authority: Path,
    devices: Devices,
    prefix: Sequence[str] = (),
    local_names: Sequence[str] = (),
    *,
    arguments: Sequence[str] = (),
) -> AsyncIterator[Chromium]:
    """A Chromium whose files are all in the empty directory `home`.

    `prefix` is a command that becomes another, such as `ip netns exec NAME`. `local_names`, which
    may be addresses, lead to 127.0.0.1. `arguments` are more of its command line.
    """
    rules = ",".join(f"MAP {name} 127.0.0.1" for name in local_names)
    trust(home / ".pki" / "nssdb", authority)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")}
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=executable(home, prefix) if prefix else EXECUTABLE,
            args=[
                *ARGUMENTS,
                *device_arguments(devices, home),
                *arguments,
                *([f"--host-resolver-rules={rules}"] if rules else []),
            ],
            ignore_default_args=["--mute-audio"] if devices.system else None,
            env={**environment, **(devices.system or {}), "HOME": str(home), "TMPDIR": str(home)},
        )
        try:
            yield Chromium(browser)
        finally:
            await browser.close()

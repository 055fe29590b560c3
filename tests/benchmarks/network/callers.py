"""The senders: the appliance, and Chromium with libwebrtc's own. The receiver is Chromium."""

import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.network import film
from tests.benchmarks.network.bottleneck import HOME, INTERFACE, Bottleneck
from tests.benchmarks.network.scenarios import BITRATE
from tests.support.appliance import Appliance, Tables
from tests.support.browsers.authority import Authority
from tests.support.browsers.browser import Browser, launch
from tests.support.browsers.devices import Devices
from tests.support.browsers.phone import Phone
from tests.support.network import Machine
from tests.support.watching import view

HERE = Path(__file__).parent
PAGE = (HERE / "libwebrtc.html").read_text("utf-8")
SCRIPT = (HERE / "libwebrtc.js").read_text("utf-8")

ORIGIN = "https://localhost"
"""Of a page that nobody serves: Chromium asks for devices only in a secure context."""

FIRST_PICTURE_SECONDS = 60.0

Caller = Callable[[Bottleneck, Path], AbstractAsyncContextManager[Phone]]
"""Calls over a network and shows a film; gives the page that has its first picture."""


def appliance(checkout: Path) -> Caller:
    """The daemon of a checkout of the repository; its page is opened without devices."""

    @asynccontextmanager
    async def calling(network: Bottleneck, shown: Path) -> AsyncIterator[Phone]:
        tables: Tables = {
            "server": {"public_host": HOME, "http_port": 0, "interfaces": [INTERFACE]},
            "camera": {
                "backend": "file",
                "device": str(shown),
                "width": film.WIDTH,
                "height": film.HEIGHT,
                "framerate": film.RATE,
                "bitrate": BITRATE,
            },
        }
        command = (*network.home.prefix, sys.executable, "-m", "homecall_appliance")
        environment = {"PYTHONPATH": str(checkout)}
        async with AsyncExitStack() as stack:
            running = await stack.enter_async_context(
                Appliance.running(tables, command=command, environment=environment)
            )
            authority = running.directory / "tls" / "ca.crt"
            browser = await stack.enter_async_context(
                launch("chromium", authority, Devices("none"), prefix=network.phone.prefix)
            )
            phone = await view(browser, await running.link())
            yield phone
            await phone.close()

    return calling


@asynccontextmanager
async def libwebrtc(network: Bottleneck, shown: Path) -> AsyncIterator[Phone]:
    """Chromium calls Chromium, with H.264 as the appliance does."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="homecall-authority-")))
        authority = Authority(directory).certificate

        async def side(machine: Machine, devices: Devices) -> Phone:
            browser: Browser = await stack.enter_async_context(
                launch("chromium", authority, devices, prefix=machine.prefix)
            )
            phone = await browser.phone(before=SCRIPT)
            await phone.spoil("/", 200, PAGE)
            await phone.open(f"{ORIGIN}/")
            return phone

        sender = await side(network.home, Devices(picture=shown))
        receiver = await side(network.phone, Devices("none"))
        wanted = {"width": film.WIDTH, "height": film.HEIGHT, "frameRate": film.RATE}
        offer = await sender.evaluate(f"offer({json.dumps(wanted)}, 'H264', {BITRATE})")
        answer = await receiver.evaluate(f"answer({json.dumps(offer)})")
        await sender.evaluate(f"accept({json.dumps(answer)})")
        await receiver.wait_for("probes.firstFrame", within=FIRST_PICTURE_SECONDS)
        yield receiver
        await sender.close()
        await receiver.close()

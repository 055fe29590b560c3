"""The package, started by its own unit: what an owner sees on the screen after switching on."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from tests.computer.installed.service import Service
from tests.computer.screens import (
    CONSOLE,
    FRAMEBUFFER,
    SECONDS,
    messages_are_not_seen,
    noise,
    shows,
)
from tests.support.browsers.phone import Phone
from tests.support.qr import codes_in
from tests.support.rigs.qemu.computer import Computer
from tests.support.scenario import AT_END, Status, idle, until

# The package, and what the computer boots from, are built the first time.
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.rig,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(900),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def appliance(computer: Computer) -> AsyncIterator[Service]:
    """The service, which nobody has configured, and nobody but the computer has started."""
    with TemporaryDirectory(prefix="homecall-") as directory:
        service = Service(computer, Path(directory))
        await service.has_a_link()
        yield service


async def test_the_screen_says_what_is_missing(computer: Computer, appliance: Service) -> None:
    status = await until(appliance, missing, SECONDS)
    for device in ("camera", "audio"):
        print(f"{device}: {status[device]['problem']}")
    print(f"by {appliance.show('User')}: {appliance.show('StatusText')}")
    await until(appliance, on_framebuffer, SECONDS)
    await shows(computer, appliance, "switched on")
    await messages_are_not_seen(computer)


async def test_another_code_is_on_the_screen_after_a_call(
    computer: Computer, appliance: Service, phone: Phone
) -> None:
    link = await shows(computer, appliance, "before the call")
    await phone.open(link)
    await asyncio.to_thread(
        computer.wait_for, lambda: noise(computer), SECONDS, "the phone's picture"
    )
    assert await hang_up(computer, appliance, phone) != link


@pytest.mark.long
async def test_somebody_logs_in_on_another_console(computer: Computer, appliance: Service) -> None:
    await shows(computer, appliance, "before the login")
    computer.press("ctrl", "alt", "f2")
    await asyncio.to_thread(
        computer.wait_for, lambda: not codes_in(computer.screen()), SECONDS, "another console"
    )
    await asyncio.to_thread(
        computer.wait_for, lambda: computer.screen().getbbox(), SECONDS, "a login prompt"
    )
    assert computer.run("systemctl", "is-active", "getty@tty2").strip() == "active"
    computer.press("ctrl", "alt", "f1")
    await shows(computer, appliance, "back on the first console")
    assert computer.attempt("systemctl", "is-active", "getty@tty1").code != 0


@pytest.mark.long
async def test_another_code_is_on_the_first_console_after_a_call(
    computer: Computer, appliance: Service, phone: Phone
) -> None:
    await appliance.configure({"display": {"backend": "terminal"}})
    link = await shows(computer, appliance, "on the console")
    assert (await appliance.status())["display"]["where"] == f"the terminal {CONSOLE}"
    await phone.open(link)
    await until(appliance, connected, SECONDS)
    assert await hang_up(computer, appliance, phone) != link


async def hang_up(computer: Computer, appliance: Service, phone: Phone) -> str:
    """End the call; returns the link that the screen shows then."""
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    await until(appliance, idle, SECONDS)
    return await shows(computer, appliance, "after the call")


def missing(status: Status) -> bool:
    """Whether the devices that this computer does not have were looked for."""
    return all(status[device]["problem"] for device in ("camera", "audio"))


def on_framebuffer(status: Status) -> bool:
    """Whether the code is shown there: the driver may come later than the service."""
    return bool(status["display"]["where"] == f"the screen {FRAMEBUFFER}")


def connected(status: Status) -> bool:
    """Whether there is a call."""
    return any(call["history"][-1] == "connected" for call in status["calls"])

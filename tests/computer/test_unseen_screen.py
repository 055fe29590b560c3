"""A screen on which the daemon draws, and which is not seen: it says so, and says when it is."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.computer.appliance import Appliance
from tests.computer.screens import FRAMEBUFFER, SECONDS, shows
from tests.support.qr import codes_in
from tests.support.rigs.qemu.computer import Computer
from tests.support.scenario import Status, until

pytestmark = [
    pytest.mark.long,
    pytest.mark.rig,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]

DESKTOP = Path(__file__).parent / "inside" / "desktop.py"
CONNECTOR = "/sys/class/drm/card0-Virtual-1"
BLANK = "/sys/class/graphics/fb0/blank"


@dataclass(frozen=True)
class Case:
    """What happens to the screen."""

    begin: str
    end: str
    sentence: str
    dark: bool = True
    """Whether the code is gone from the picture that the card gives."""


CASES = {
    "another console": Case("chvt 2", "chvt 1", "The console tty2 is shown"),
    "a desktop": Case(
        "python3 /run/desktop.py & echo $! >/run/desktop",
        "kill $(cat /run/desktop)",
        f"A desktop or another program has the screen {FRAMEBUFFER}",
    ),
    "switched off": Case(f"echo 4 >{BLANK}", f"echo 0 >{BLANK}", "switched off to save energy"),
    "unplugged": Case(
        f"echo off >{CONNECTOR}/status",
        f"echo detect >{CONNECTOR}/status",
        f"No monitor is connected to the screen {FRAMEBUFFER} (Virtual-1)",
        dark=False,
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def appliance(computer: Computer) -> AsyncIterator[Appliance]:
    """The daemon, with the screen that it finds."""
    computer.put("/run/desktop.py", DESKTOP.read_text())
    async with Appliance.running(computer, {"backend": "auto"}) as appliance:
        yield appliance


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_what_is_not_seen_is_told(
    computer: Computer, appliance: Appliance, case: Case
) -> None:
    await shows(computer, appliance, "before")
    await until(appliance, seen, SECONDS)
    computer.start(case.begin)
    status = await until(appliance, unseen, SECONDS)
    print(told := status["display"]["problem"])
    assert case.sentence in told
    assert status["display"]["where"] == ""
    assert told in appliance.log()
    if case.dark:
        assert not codes_in(await asyncio.to_thread(computer.screen))
    computer.start(case.end)
    await until(appliance, seen, SECONDS)
    await shows(computer, appliance, "after")


def seen(status: Status) -> bool:
    """Whether the daemon says where the code is shown, and nothing else."""
    return bool(status["display"] == {"where": f"the screen {FRAMEBUFFER}", "problem": None})


def unseen(status: Status) -> bool:
    """Whether the daemon says that it is not."""
    return bool(status["display"]["problem"])

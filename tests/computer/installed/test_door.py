"""The door's line, as the adapter has it: how long it is high, whatever is killed meanwhile.

Debian's kernel has neither gpio-sim nor gpio-mockup, but drivers of adapters on USB: see gpio.py.
"""

import asyncio
import time
from collections.abc import Callable

import pytest

from tests.computer.installed.conftest import LINE, OPEN_SECONDS
from tests.computer.installed.gpio import Adapter
from tests.computer.installed.service import SERVICE, Service
from tests.computer.installed.visits import LIVE, over, ring
from tests.computer.screens import SECONDS
from tests.support.browsers.phone import Phone
from tests.support.rigs.qemu.computer import Computer
from tests.support.scenario import until

# The package, and what the computer boots from, are built the first time.
pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.rig,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(900),
]

LATE = 1.0
"""Seconds that the line may be high beyond its time: the computer is emulated."""

HOLDER = "homecall_appliance.door.holder"
REQUEST = f"python3 -I -c 'import time; from {HOLDER} import main; print(time.monotonic())'"


async def reaches(computer: Computer, reached: Callable[[], object], what: str) -> None:
    """Wait for it; the browser's page goes on meanwhile."""
    await asyncio.to_thread(computer.wait_for, reached, SECONDS, what)


async def opens(computer: Computer, gpio: Adapter) -> None:
    """Have the door opened as a script does it, and wait until the line is high."""
    post = "curl --silent --fail --request POST --unix-socket"
    computer.run("sh", "-c", f"{post} {Service.socket} http://control/open")
    await reaches(computer, lambda: gpio.is_high(LINE), "the line high")


async def closed(computer: Computer, gpio: Adapter, what: str) -> float:
    """For how long the line was high, once it is low; printed."""
    await reaches(computer, lambda: not gpio.is_high(LINE), "the line low")
    seconds = gpio.high(LINE)[-1]
    print(f"{what}: {seconds:.3f} s")
    return seconds


def holders(computer: Computer) -> list[str]:
    """The processes that hold the line: the operator, and its guard, which is its child."""
    return computer.attempt("pgrep", "--full", "--", f"-m {HOLDER}").output.split()


def held(computer: Computer) -> bool:
    """Whether the line is held by both: the guard is there from when on it is requested."""
    return len(holders(computer)) == 2


def kill(computer: Computer, *processes: str) -> None:
    computer.run("kill", "-KILL", *processes)


async def test_it_is_refused_where_nobody_is_at_the_door(
    computer: Computer, appliance: Service, gpio: Adapter
) -> None:
    await appliance.says("Started ")
    done = computer.attempt("homecall-appliance", "open", within=SECONDS)
    assert (done.code, done.output.strip()) == (1, "There is no call, or no door.")
    computer.press("o")
    levels = gpio.levels(LINE)
    assert [level.value for level in levels] in ([None, 0], [0]), "an output, and never high"


async def test_it_is_open_for_its_seconds(
    computer: Computer, appliance: Service, gpio: Adapter, phone: Phone
) -> None:
    await ring(appliance, phone)
    computer.press("o")
    await reaches(computer, lambda: gpio.is_high(LINE), "the line high")
    assert_in_time(await closed(computer, gpio, "by a key, while it rings"))
    computer.press("ret")
    await phone.wait_for(LIVE, within=SECONDS)
    before = len(gpio.high(LINE))
    await asyncio.to_thread(computer.run, "homecall-appliance", "open", within=SECONDS)
    await reaches(computer, lambda: len(gpio.high(LINE)) > before, "high and low again")
    assert_in_time(await closed(computer, gpio, "by a command, in a call"))
    await appliance.says("The door was opened.", 2)
    computer.press("esc")
    await over(appliance, phone)


async def test_a_process_that_holds_it_is_killed(
    computer: Computer, appliance: Service, gpio: Adapter, phone: Phone
) -> None:
    await ring(appliance, phone)
    for index, name in enumerate(("operator", "guard")):
        await reaches(computer, lambda: held(computer), "both processes")
        process = holders(computer)[index]
        await opens(computer, gpio)
        kill(computer, process)
        assert await closed(computer, gpio, f"kill -9 of the {name}") < OPEN_SECONDS
    await reaches(computer, lambda: held(computer), "both processes")
    processes = holders(computer)
    await opens(computer, gpio)
    kill(computer, *processes)
    seconds = await closed(computer, gpio, "kill -9 of both")
    assert_in_time(seconds, beyond=start_of_python(computer))
    computer.press("esc")
    await over(appliance, phone)


async def test_the_daemon_is_killed(
    computer: Computer, appliance: Service, gpio: Adapter, phone: Phone
) -> None:
    await ring(appliance, phone)
    daemon = appliance.show("MainPID")
    await opens(computer, gpio)
    kill(computer, daemon)
    assert await closed(computer, gpio, "kill -9 of the daemon") < OPEN_SECONDS
    await restarted(appliance)


async def test_all_processes_are_killed(
    computer: Computer, appliance: Service, gpio: Adapter, phone: Phone
) -> None:
    await ring(appliance, phone)
    await opens(computer, gpio)
    computer.run("systemctl", "kill", "--signal=KILL", SERVICE)
    seconds = await closed(computer, gpio, "kill -9 of all")
    assert_in_time(seconds, beyond=start_of_python(computer))
    await restarted(appliance)


def assert_in_time(seconds: float, beyond: float = 0.0) -> None:
    """It was high for so long, and not much longer."""
    assert seconds <= OPEN_SECONDS + beyond + LATE


def start_of_python(computer: Computer) -> float:
    """How long it takes a process to be ready to request the line."""
    start = time.monotonic()
    computer.run("sh", "-c", REQUEST)
    return time.monotonic() - start


async def restarted(appliance: Service) -> None:
    """Wait until systemd has started the service anew, and nobody is at the door."""
    await appliance.has_a_link()
    await until(appliance, lambda status: not status["calls"], SECONDS)

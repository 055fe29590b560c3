"""The door, for those who want it opened."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from homecall_appliance.config import model
from homecall_appliance.door.door import Door, create_door
from homecall_appliance.door.line_opener import NOTE
from homecall_appliance.door.ports import DoorError
from tests.door.line_world import until

SESSION = "6f9f34d2-7dd3-4f1c-9d1f-5b5c0c9a3f10"


class FakeOpener:
    """Opens when it is let to, or says why not."""

    def __init__(self, problem: str = "") -> None:
        self.problem = problem
        self.history: list[str] = []
        self.may_open = asyncio.Event()

    async def run(self) -> None:
        self.history.append("ready")
        try:
            await asyncio.Event().wait()
        finally:
            self.history.append("closed")

    async def open(self) -> None:
        self.history.append("opening")
        try:
            await self.may_open.wait()
        except asyncio.CancelledError:
            self.history.append("given up")
            raise
        if self.problem:
            raise DoorError(self.problem)
        self.history.append("open")


@asynccontextmanager
async def running(door: Door) -> AsyncIterator[None]:
    task = asyncio.create_task(door.run())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    return [
        (each.levelname, each.getMessage(), getattr(each, "SESSION_ID", ""))
        for each in caplog.records
    ]


async def test_each_opening_is_one_line_of_the_journal(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    opener = FakeOpener()
    opener.may_open.set()
    door = Door(opener)
    async with running(door):
        await door.open(SESSION)
        await door.open()
    line = "The door was opened."
    assert told(caplog) == [("INFO", line, SESSION), ("INFO", line, "")]
    assert opener.history == ["ready", "opening", "open", "opening", "open", "closed"]


async def test_a_failure_is_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    opener = FakeOpener("The line is taken. Choose another.")
    opener.may_open.set()
    door = Door(opener)
    with pytest.raises(DoorError, match="The line is taken"):
        await door.open(SESSION)
    sentence = "The door was not opened: The line is taken. Choose another."
    assert told(caplog) == [("WARNING", sentence, SESSION)]


async def test_a_hundred_presses_while_it_is_being_opened_are_one_opening(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    opener = FakeOpener()
    door = Door(opener)
    async with running(door):
        presses = [asyncio.create_task(door.open(SESSION)) for _ in range(100)]
        await until(lambda: "opening" in opener.history)
        opener.may_open.set()
        await asyncio.gather(*presses)
    assert opener.history == ["ready", "opening", "open", "closed"]
    assert len(told(caplog)) == 1


async def test_each_who_waits_is_told_how_it_ends() -> None:
    opener = FakeOpener("The line is taken. Choose another.")
    door = Door(opener)
    async with running(door):
        presses = [asyncio.create_task(door.open(SESSION)) for _ in range(3)]
        await until(lambda: "opening" in opener.history)
        presses[0].cancel()
        opener.may_open.set()
        told = await asyncio.gather(*presses, return_exceptions=True)
    assert [type(each) for each in told] == [asyncio.CancelledError, DoorError, DoorError]


async def test_an_opening_goes_on_without_who_asked_for_it() -> None:
    opener = FakeOpener()
    door = Door(opener)
    async with running(door):
        press = asyncio.create_task(door.open())
        await until(lambda: "opening" in opener.history)
        press.cancel()
        await asyncio.wait([press])
        opener.may_open.set()
        await until(lambda: "open" in opener.history)


async def test_the_end_gives_up_an_opening() -> None:
    opener = FakeOpener()
    door = Door(opener)
    async with running(door):
        press = asyncio.create_task(door.open())
        await until(lambda: "opening" in opener.history)
    assert opener.history == ["ready", "opening", "closed", "given up"]
    await asyncio.wait([press])
    assert press.cancelled()


async def test_a_door_that_is_not_configured(caplog: pytest.LogCaptureFixture) -> None:
    door = create_door(model.Door(), {})
    assert not door.is_configured
    async with running(door):
        with pytest.raises(DoorError, match="Nothing opens it"):
            await door.open()
    (line,) = told(caplog)
    assert line[0] == "WARNING"
    assert "Set door.gpio_chip and door.gpio_line, or door.command." in line[1]


async def test_a_command_opens_it(tmp_path: Path) -> None:
    file = tmp_path / "opened"
    door = create_door(model.Door(command=f"touch {file}"), {})
    assert door.is_configured
    async with running(door):
        await door.open()
    assert file.exists()


@pytest.mark.parametrize("notes", [True, False])
async def test_a_line_is_held_from_the_start_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, notes: bool
) -> None:
    """By the real library, or the sentence that it is not there; there is no such chip."""
    environ: Mapping[str, str] = {"RUNTIME_DIRECTORY": str(tmp_path)} if notes else {}
    door = create_door(model.Door(gpio_chip="no such chip", gpio_line=17), environ)
    assert door.is_configured
    async with running(door):
        await until(lambda: caplog.messages)
        assert (tmp_path / NOTE).exists() is notes
        with pytest.raises(DoorError):
            await door.open(SESSION)
    first, second = caplog.messages
    assert first.startswith("The door cannot be opened: ")
    assert "python3-libgpiod" in first or "no such chip" in first
    assert second == first.replace("cannot be", "was not")

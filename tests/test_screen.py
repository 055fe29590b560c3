"""The screen follows the appliance, and the appliance does not wait for it."""

import asyncio
import threading
from contextlib import suppress
from itertools import count

import pytest
from call_world import until

from homecall_appliance.display.ports import DisplayError
from homecall_appliance.display.view import LinkView, View
from homecall_appliance.screen import Screen


class Panel:
    """A `Display` that draws for as long as it is not told to go on."""

    where = "a test"
    shows_picture = False

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.begun: list[View] = []
        self.shown: list[View] = []

    def show(self, view: View) -> None:
        self.begun.append(view)
        assert self.go_on.wait(10)
        self.shown.append(view)

    def close(self) -> None:
        """Do nothing."""


async def test_what_has_changed_again_meanwhile_is_never_drawn() -> None:
    panel, numbers, told = Panel(), count(1), []
    screen = Screen(panel, lambda: LinkView(f"link {next(numbers)}"), lambda: told.append(1))
    running = asyncio.create_task(screen.run())
    screen.changed()
    await until(lambda: panel.begun == [LinkView("link 1")])
    for _ in range(5):
        screen.changed()
        await asyncio.sleep(0)
    assert not told
    panel.go_on.set()
    await until(lambda: len(told) == 2)
    assert panel.shown == [LinkView("link 1"), LinkView("link 2")]
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_when_it_has_ended_nothing_is_being_drawn() -> None:
    panel = Panel()
    screen = Screen(panel, lambda: LinkView("link"), lambda: None)
    running = asyncio.create_task(screen.run())
    screen.changed()
    await until(lambda: len(panel.begun) == 1)
    running.cancel()
    _, still = await asyncio.wait([running], timeout=0.1)
    assert still
    panel.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert panel.shown == [LinkView("link")]


async def test_a_display_that_is_lost_ends_it() -> None:
    class Gone(Panel):
        def show(self, view: View) -> None:
            raise DisplayError("The terminal is gone.")

    screen = Screen(Gone(), lambda: LinkView("link"), lambda: None)
    screen.changed()
    with pytest.raises(DisplayError, match="is gone"):
        await screen.run()

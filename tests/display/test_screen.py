"""The screen follows the appliance, and the appliance does not wait for it."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import count

import pytest

from homecall_appliance.display import screen as screen_module
from homecall_appliance.display.pixels import Channel, FrameFormat, Mode
from homecall_appliance.display.ports import Display, DisplayError, Frame
from homecall_appliance.display.screen import Screen
from homecall_appliance.display.targets import Targets
from homecall_appliance.display.view import LinkView, View
from homecall_appliance.faults.containment import reported
from tests.support.call_world import until

LOST = "It was unplugged."

FORMAT = FrameFormat(Mode(2, 1, 32, 8, 0, *[Channel(0, 8)] * 3), 0)


class Source:
    """A `FrameSource` that has some frames."""

    def __init__(self, *numbers: int) -> None:
        self.frames = [Frame(FORMAT, memoryview(bytes([each] * 8))) for each in numbers]
        self.lent = 0

    @contextmanager
    def newest(self) -> Iterator[Frame | None]:
        frame = self.frames.pop() if self.frames else None
        self.frames.clear()
        self.lent += 1
        try:
            yield frame
        finally:
            self.lent -= 1


class Panel:
    """A `Display` that draws for as long as it is not told to go on."""

    where = "a test"
    hidden = ""
    frame_format: FrameFormat | None = FORMAT
    targets: Targets | None = Targets((2, 1), 0)

    def __init__(self, *, held: bool = False) -> None:
        self.go_on = threading.Event()
        if not held:
            self.go_on.set()
        self.begun: list[object] = []
        self.shown: list[object] = []
        self.views: list[View] = []
        self.lost = False
        self.closed = False

    def show(self, view: View) -> None:
        self._draw(view)

    def show_picture(self, frame: Frame, view: View) -> None:
        self.views.append(view)
        self._draw(frame)

    def close(self) -> None:
        self.closed = True

    def _draw(self, what: object) -> None:
        if self.lost:
            raise DisplayError(LOST)
        self.begun.append(what)
        assert self.go_on.wait(10)
        self.shown.append(what)


class TextPanel(Panel):
    """A `Display` that shows no pictures."""

    frame_format = None
    show_picture = None  # type: ignore[assignment]
    targets = None


@asynccontextmanager
async def running(
    find: Callable[[], Display],
    compose: Callable[[], View] = lambda: LinkView("link"),
    on_shown: Callable[[], None] = lambda: None,
) -> AsyncIterator[Screen]:
    screen = Screen(find, compose, on_shown)
    task = asyncio.create_task(screen.run())
    try:
        yield screen
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_what_has_changed_again_meanwhile_is_never_drawn() -> None:
    panel, numbers, told = Panel(held=True), count(1), []
    async with running(
        lambda: panel, lambda: LinkView(f"link {next(numbers)}"), lambda: told.append(1)
    ) as screen:
        await until(lambda: panel.begun == [LinkView("link 1")])
        for _ in range(5):
            screen.changed()
            await asyncio.sleep(0)
        assert not told
        panel.go_on.set()
        await until(lambda: len(told) == 2)
        assert panel.shown == [LinkView("link 1"), LinkView("link 2")]


async def test_when_it_has_ended_nothing_is_being_drawn() -> None:
    panel = Panel(held=True)
    screen = Screen(lambda: panel, lambda: LinkView("link"), lambda: None)
    task = asyncio.create_task(screen.run())
    await until(lambda: len(panel.begun) == 1)
    task.cancel()
    _, still = await asyncio.wait([task], timeout=0.1)
    assert still
    assert not panel.closed
    panel.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert panel.shown == [LinkView("link")]
    assert panel.closed


async def test_a_display_that_is_lost_is_sought_until_it_is_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(screen_module, "PAUSE", 0.02)
    caplog.set_level(logging.INFO)
    panels = [Panel(), Panel()]
    there, sought, told = [panels[0]], count(), []

    def find() -> Display:
        next(sought)
        if not there:
            raise DisplayError("There is none.")
        return there.pop()

    async with running(find, on_shown=lambda: told.append(1)) as screen:
        await until(lambda: bool(panels[0].shown))
        assert (screen.where, screen.problem, screen.frame_format) == ("a test", None, FORMAT)
        panels[0].lost = True
        screen.changed()
        await until(lambda: screen.problem == "There is none.")
        assert panels[0].closed
        assert (screen.where, screen.frame_format) == ("", None)
        before = next(sought)
        await until(lambda: next(sought) > before + 4)
        there.append(panels[1])
        await until(lambda: bool(panels[1].shown))
        assert (screen.where, screen.problem) == ("a test", None)
    assert [record.getMessage() for record in caplog.records] == [
        LOST,
        "There is none.",
        "The code is shown on a test again.",
    ]


async def test_a_display_that_is_drawn_on_and_not_seen_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(screen_module, "TICK", 0.02)
    caplog.set_level(logging.INFO)
    panel = Panel()
    async with running(lambda: panel) as screen:
        await until(lambda: screen.where == "a test")
        panel.hidden = "A desktop has it."
        await until(lambda: screen.problem == panel.hidden)
        assert screen.where == ""
        drawn = len(panel.shown)
        await until(lambda: len(panel.shown) > drawn + 1)
        panel.hidden = ""
        await until(lambda: screen.where == "a test")
        assert screen.problem is None
        assert not panel.closed
    assert [record.getMessage() for record in caplog.records] == [
        "A desktop has it.",
        "The code is shown on a test again.",
    ]


async def test_without_a_display_it_is_told_that_nothing_can_be_shown() -> None:
    def find() -> Display:
        raise DisplayError("There is none.")

    told: list[int] = []
    async with running(find, on_shown=lambda: told.append(1)):
        await until(lambda: bool(told))


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_picture_has_the_screen_until_its_call_ends(accepted: bool) -> None:
    panel, source = Panel(), Source(1)
    [frame] = source.frames
    async with running(lambda: panel) as screen:
        await until(lambda: panel.shown == [LinkView("link")])
        screen.visitor(reported)(source)
        await until(lambda: panel.shown[-1] is frame)
        screen.changed()
        await screen.settled()
        assert len(panel.shown) == 2, "it is there still"
        screen.ended(accepted=accepted)
        assert screen.just_ended is accepted
        await until(lambda: panel.shown[-1] == LinkView("link"))


async def test_a_view_is_composed_when_it_has_changed_and_not_for_each_picture() -> None:
    panel, calls = Panel(), count(1)
    async with running(lambda: panel, lambda: LinkView(f"link {next(calls)}")) as screen:
        await until(lambda: len(panel.shown) == 1)
        take = screen.visitor(reported)
        for number in range(1, 5):
            take(Source(number))
            await until(lambda: len(panel.views) == number)  # noqa: B023 - it is waited for here
        screen.changed()
        take(Source(5))
        await until(lambda: len(panel.shown) == 6)
        assert panel.views == [LinkView("link 1")] * 4 + [LinkView("link 2")]


async def test_only_the_newest_picture_is_drawn() -> None:
    panel, source = Panel(held=True), Source(1, 2, 3)
    newest = source.frames[-1]
    async with running(lambda: panel) as screen:
        await until(lambda: panel.begun == [LinkView("link")])
        take = screen.visitor(reported)
        for _ in range(5):
            take(source)
        panel.go_on.set()
        await until(lambda: len(panel.shown) == 2)
        assert panel.shown[-1] is newest


async def test_a_picture_is_given_back_when_it_is_drawn_and_not_before() -> None:
    panel, source = Panel(), Source(1)
    async with running(lambda: panel) as screen:
        await until(lambda: len(panel.shown) == 1)
        panel.go_on.clear()
        screen.visitor(reported)(source)
        await until(lambda: len(panel.begun) == 2)
        assert source.lent == 1
        panel.go_on.set()
        await until(lambda: len(panel.shown) == 2)
        await until(lambda: source.lent == 0)


async def test_a_picture_is_given_back_by_a_screen_that_is_lost() -> None:
    panel, source = Panel(), Source(1)
    async with running(lambda: panel) as screen:
        await until(lambda: len(panel.shown) == 1)
        panel.lost = True
        screen.visitor(reported)(source)
        await until(lambda: screen.problem == LOST)
        assert (source.frames, source.lent) == ([], 0)


async def test_each_picture_that_is_shown_is_lent_to_who_looks_at_it() -> None:
    panel, seen = Panel(), list[Frame]()
    async with running(lambda: panel) as screen:
        await until(lambda: len(panel.shown) == 1)
        take, other = (screen.visitor(reported, seen.append) for _ in range(2))
        for number in range(1, 4):
            take(Source(number))
            other(Source(99))
            await until(lambda: len(panel.shown) == number + 1)  # noqa: B023 - waited for here
        assert seen == panel.shown[1:]


async def test_a_display_without_pictures_shows_the_view() -> None:
    panel = TextPanel()
    async with running(lambda: panel) as screen:
        await until(lambda: bool(panel.shown))
        assert screen.frame_format is None
        screen.visitor(reported)(Source(1))
        await until(lambda: len(panel.shown) == 2)
        assert panel.shown[-1] == LinkView("link")


@pytest.mark.parametrize("panel", [Panel(), TextPanel()])
async def test_what_can_be_tapped_is_what_the_display_has_drawn(panel: Panel) -> None:
    screen = Screen(lambda: panel, lambda: LinkView("link"), lambda: None)
    assert screen.targets is None
    async with running(lambda: panel) as screen:
        await until(lambda: bool(panel.shown))
        assert screen.targets is panel.targets
    assert screen.targets is None


async def test_who_waits_for_it_waits_until_the_newest_view_is_shown() -> None:
    panel, links = Panel(held=True), ["old"]
    async with running(lambda: panel, lambda: LinkView(links[-1])) as screen:
        await until(lambda: panel.begun == [LinkView("old")])
        links.append("new")
        screen.changed()
        waiting = asyncio.create_task(screen.settled())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        panel.go_on.set()
        await waiting
        assert panel.shown == [LinkView("old"), LinkView("new")]


async def test_nobody_waits_for_a_display_that_is_lost() -> None:
    panel = Panel()
    async with running(lambda: panel) as screen:
        await until(lambda: bool(panel.shown))
        panel.lost = True
        screen.changed()
        await screen.settled()
        screen.changed()
        await screen.settled()

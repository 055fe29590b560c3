"""A phone's picture is decoded in a process of its own, and nothing that a phone sends, and nothing
that happens to the process, ends more than a picture."""

import asyncio
import logging
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import cycle, pairwise
from pathlib import Path

import pytest

from homecall_appliance.decoder import decoding as module
from homecall_appliance.decoder.decoding import IN_FLIGHT, WAITING, Decoders, Decoding
from homecall_appliance.decoder.process import DecoderProcess
from homecall_appliance.decoder.wire import Kind, Reply
from homecall_appliance.display.pixels import FrameFormat
from homecall_appliance.display.ports import FrameSource
from homecall_appliance.media.video.picture import Codec, Picture
from homecall_appliance.service import child
from tests.support.connection import until
from tests.support.film import CENTRE, MODE, SCREEN, by_x264, film
from tests.support.process import kill, sockets, stop, take_its_memory

pytestmark = pytest.mark.slow

ORANGE = (255, 128, 0)


class Got:
    """What has come of it."""

    def __init__(self) -> None:
        self.format: FrameFormat | None = SCREEN
        self.decoders = Decoders(lambda: self.format)
        self.colours: list[tuple[int, int, int]] = []
        self.sizes: list[tuple[int, int]] = []
        self.spoilt = 0

    def show(self, source: FrameSource) -> None:
        with source.newest() as frame:
            assert frame is not None
            blue, green, red, _ = frame.pixels[CENTRE : CENTRE + 4]
            self.colours.append((red, green, blue))

    def spoil(self) -> None:
        self.spoilt += 1

    def new(self) -> Decoding:
        return self.decoders.new(
            self.show, lambda width, height: self.sizes.append((width, height)), self.spoil
        )


@asynccontextmanager
async def decoding() -> AsyncIterator[tuple[Decoding, Got]]:
    got = Got()
    working = got.new()
    running = asyncio.create_task(working.run())
    yield working, got
    pid = working.pid
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
    assert pid is None or not alive(pid)
    assert not working.put(film("h264", 1)[0])


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def children() -> set[int]:
    """That this thread has started."""
    return set(map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()))


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_each_picture_is_there_at_once_and_in_order(codec: Codec) -> None:
    async with decoding() as (working, got):
        for number, picture in enumerate(film(codec, 10), 1):
            assert working.put(picture)
            await until(lambda: len(got.colours) == number)  # noqa: B023 - it is awaited here
    shades = [green for _, green, _ in got.colours]
    assert shades == sorted(set(shades))
    assert (got.sizes, got.spoilt) == ([(160, 120)] * 10, 0)


async def test_another_codec_is_another_decoder() -> None:
    async with decoding() as (working, got):
        for picture in [*film("h264", 2), *film("vp8", 2), *film("h264", 2)]:
            assert working.put(picture)
        await until(lambda: len(got.sizes) == 6)


def garbage(codec: Codec) -> Picture:
    return Picture(codec, bytes(range(256)), 0, keyframe=True)


def too_large(codec: Codec) -> Picture:
    return film(codec, 1, 2048, 1152)[0]


@pytest.mark.parametrize("bad", [garbage, too_large])
@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_what_cannot_be_decoded_is_told(
    codec: Codec, bad: Callable[[Codec], Picture]
) -> None:
    async with decoding() as (working, got):
        working.put(bad(codec))
        await until(lambda: got.spoilt == 1)
        assert not got.sizes
        pid = working.pid
        working.put(film(codec, 1)[0])
        await until(lambda: len(got.colours) == 1)
        assert working.pid == pid


@pytest.mark.parametrize(
    "matrix",
    ["GBR", "YCgCo", "bt2020nc", "bt2020c", "smpte2085", "chroma-derived-nc", "ICtCp", "fcc"],
)
async def test_colours_that_libswscale_does_not_know_are_taken_as_bt_601(matrix: str) -> None:
    [picture] = by_x264(f"colormatrix={matrix}")
    async with decoding() as (working, got):
        working.put(picture)
        await until(lambda: bool(got.colours))
    assert got.colours[0] == pytest.approx(ORANGE, abs=20)
    assert got.spoilt == 0


async def test_who_is_too_slow_leaves_out_what_waits() -> None:
    pictures, got = film("h264", WAITING + 2), Got()
    working = got.new()  # it has not begun
    taken = [working.put(picture) for picture in pictures]
    assert taken == [True] * WAITING + [False, True]
    running = asyncio.create_task(working.run())
    working.put(pictures[0])
    await until(lambda: bool(got.colours))
    running.cancel()
    await asyncio.wait([running])


async def test_one_that_starts_slowly_is_given_more_time(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "START_SECONDS", 0.05)
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 0.01)
    [picture] = film("h264", 1)
    async with decoding() as (working, got):
        await until(lambda: working.put(picture) and bool(got.colours))
    assert "does not start; it is replaced" in caplog.text


def crash(pid: int) -> None:
    os.kill(pid, signal.SIGSEGV)


@pytest.mark.parametrize(
    ("accident", "words"),
    [
        (kill, r"has died \(SIGKILL\)"),
        (crash, r"has died \(SIGSEGV\)"),
        (stop, "does not answer"),
        (take_its_memory, "(has ended|decodes nothing any more)"),
    ],
)
async def test_a_process_that_is_lost_is_replaced(
    accident: Callable[[int], None],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 20.0)  # a busy machine is none that hangs
    # Sixteen frames of reference, 50 MB: more than what a process may have left on its heap.
    large = by_x264("ref=16:keyint=250:scenecut=0", 1920, 1080, count=20)
    async with decoding() as (working, got):
        working.put(film("h264", 1)[0])
        await until(lambda: len(got.colours) == 1)
        first = working.pid
        assert first
        if accident is stop:
            monkeypatch.setattr(module, "ANSWER_SECONDS", 0.3)
        accident(first)
        pictures = cycle(large)
        while not caplog.messages:
            working.put(next(pictures))
            await asyncio.sleep(0.02)
        monkeypatch.setattr(module, "ANSWER_SECONDS", 20.0)
        await until(lambda: got.spoilt > 0)
        assert not alive(first)
        count = len(got.colours)
        working.put(large[0])
        await until(lambda: len(got.colours) > count)
        assert working.pid not in (None, first)
    [message] = caplog.messages
    assert re.fullmatch(
        f"The process that decodes the visitor's picture {words}; it is replaced.", message
    )


async def test_one_that_dies_again_and_again_is_replaced_ever_more_slowly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.1)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 10.0)
    monkeypatch.setattr(child, "command", lambda _module: (sys.executable, "-c", ""))
    began: list[float] = []
    now = asyncio.get_running_loop().time
    async with decoding() as (working, _):
        start = working._start

        def noted(form: FrameFormat) -> object:
            began.append(now())
            return start(form)

        monkeypatch.setattr(working, "_start", noted)

        def put() -> bool:
            working.put(garbage("h264"))
            return len(began) > 4

        await until(put)
    pauses = [later - earlier for earlier, later in pairwise(began)]
    assert all(pause > least for pause, least in zip(pauses, (0.0, 0.1, 0.2, 0.4), strict=True))


DECODED, PAINTED = Reply(Kind.DECODED, 0, 160, 120).dump(), Reply(Kind.PAINTED, 0).dump()


@pytest.mark.parametrize(
    "said",
    [
        bytes([4, 0, 0, 0, 0, 0]),
        bytes([255] * 6),
        Reply(Kind.READY).dump(),
        PAINTED,
        DECODED * (IN_FLIGHT + 1),
        Reply(Kind.SPOILT).dump() * (IN_FLIGHT + 1),
        DECODED + PAINTED + PAINTED,
        DECODED + Reply(Kind.PAINTED, 2).dump(),
        DECODED + Reply(Kind.PAINTED, 255).dump(),
        b"\0" * (1 << 20),
        os.urandom(1 << 16),
    ],
)
async def test_one_that_does_not_keep_to_the_rules_is_ended(
    said: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever has got hold of the process writes what he likes."""
    program = "import os, time; os.write(0, bytes(6)); os.read(0, 1); "
    program += "os.write(0, open({!r}, 'rb').read()); time.sleep(60)"
    path = Path(os.environ.get("TMPDIR", "/dev/shm")) / f"said-{os.getpid()}"  # noqa: S108
    path.write_bytes(said)
    monkeypatch.setattr(
        child, "command", lambda _module: (sys.executable, "-c", program.format(str(path)))
    )
    async with decoding() as (working, got):
        working.put(film("h264", 1)[0])
        await until(lambda: bool(caplog.messages))
        assert len(got.colours) <= 1
    path.unlink()
    assert "does not keep to the rules; it is replaced." in caplog.messages[0]


async def test_the_memory_cannot_be_made_smaller(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The daemon, which reads it, would end with SIGBUS."""
    program = "import os; os.write(0, bytes(6)); os.ftruncate(1, 0)"
    monkeypatch.setattr(child, "command", lambda _module: (sys.executable, "-c", program))
    async with decoding() as (working, _):
        working.put(film("h264", 1)[0])
        await until(lambda: bool(caplog.messages))
        assert "has ended" in caplog.messages[0]


async def test_a_screen_of_another_kind_has_another_process() -> None:
    async with decoding() as (working, got):
        [picture] = film("h264", 1)
        working.put(picture)
        await until(lambda: len(got.colours) == 1)
        first = working.pid
        got.format = None
        working.put(picture)
        await until(lambda: len(got.colours) == 2)
        assert working.pid == first, "it is lost, and may come back"
        got.format = replace(SCREEN, mode=replace(MODE, height=100), rotation=180)
        working.put(picture)
        await until(lambda: got.spoilt == 1)
        working.put(picture)
        await until(lambda: len(got.colours) == 3)
        assert working.pid != first


async def test_the_newest_picture_is_painted_when_there_is_room_again() -> None:
    held: list[FrameSource] = []
    got = Got()
    working = got.decoders.new(held.append, lambda *size: got.sizes.append(size), got.spoil)
    running = asyncio.create_task(working.run())
    pictures = film("h264", 8)
    working.put(pictures[0])
    await until(lambda: len(held) == 1)
    with held[0].newest() as frame:
        assert frame is not None
        shown = bytes(frame.pixels)
        for number, picture in enumerate(pictures[1:], 2):
            working.put(picture)
            await until(lambda: len(got.sizes) == number)  # noqa: B023 - it is awaited here
        assert bytes(frame.pixels) == shown, "what is shown is not painted over"
    await until(lambda: bool(held) and _green(held[-1]) > 125)
    running.cancel()
    await asyncio.wait([running])


def _green(source: FrameSource) -> int:
    with source.newest() as frame:
        return frame.pixels[CENTRE + 1] if frame else 0


@pytest.mark.parametrize("steps", range(6))
async def test_it_can_be_ended_at_each_step_of_its_start(steps: int) -> None:
    before = sockets()
    process = DecoderProcess.start(SCREEN)
    getting_ready = asyncio.create_task(process.ready())
    for _ in range(steps):
        await asyncio.sleep(0)
    getting_ready.cancel()
    await asyncio.wait([getting_ready])
    await process.end()
    assert not alive(process.pid)
    await until(lambda: sockets() == before)


async def test_a_process_is_ready_when_a_phone_comes() -> None:
    before, got = children(), Got()
    with got.decoders.coming():
        [waiting] = children() - before
        with got.decoders.coming():
            assert len(children() - before) == 1, "one waits, however many come"
        working = got.new()
        running = asyncio.create_task(working.run())
        working.put(film("h264", 1)[0])
        await until(lambda: bool(got.colours))
        assert working.pid == waiting
    assert working.pid == waiting, "it is the call's now"
    running.cancel()
    await asyncio.wait([running])
    assert children() == before


async def test_one_that_nobody_needed_is_ended() -> None:
    before, got = children(), Got()
    with got.decoders.coming():
        assert len(children() - before) == 1
    await until(lambda: children() == before)
    got.format = None
    with got.decoders.coming():
        assert children() == before, "no screen shows pictures"


async def test_one_that_has_died_while_it_waited_is_replaced(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before, got = children(), Got()
    with got.decoders.coming():
        [waiting] = children() - before
        kill(waiting)
        working = got.new()
        running = asyncio.create_task(working.run())
        working.put(film("h264", 1)[0])
        await until(lambda: bool(got.spoilt))
        working.put(film("h264", 1)[0])
        await until(lambda: bool(got.colours))
    running.cancel()
    await asyncio.wait([running])


async def test_what_it_has_to_do_without_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    got = Got()
    for left in ((), ("Landlock",), ("Landlock", "seccomp"), ("Landlock", "seccomp")):
        got.decoders._confined(Reply.parse(Reply.ready(left).dump()).left)
    assert [message.partition(" without ")[2].partition(",")[0] for message in caplog.messages] == [
        "Landlock",
        "seccomp",
    ]

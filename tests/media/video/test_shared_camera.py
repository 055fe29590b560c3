"""One camera in a process of its own: shared, watched, killed and replaced."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from PIL import Image

from homecall_appliance.config.model import Camera
from homecall_appliance.media.video.picture import Picture
from homecall_appliance.media.video.shared_camera import KEYFRAME_INTERVAL, SharedCamera, Viewer

pytestmark = pytest.mark.slow

PATTERN = Camera(backend="test-pattern", width=320, height=180, framerate=30)

STALL = 0.5


async def until(reached: Callable[[], bool], within: float = 20.0) -> None:
    async with asyncio.timeout(within):
        while not reached():  # noqa: ASYNC110 - it is another process that makes it so
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(settings: Camera = PATTERN, stall: float = STALL) -> AsyncIterator[SharedCamera]:
    camera = SharedCamera(settings, first_picture_timeout=5.0, stall_timeout=stall)
    supervision = asyncio.create_task(camera.run())
    try:
        yield camera
    finally:
        supervision.cancel()
        with suppress(asyncio.CancelledError):
            await supervision
    await until(lambda: children() == set())


def children() -> set[int]:
    """The processes of ours that have not ended."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return {pid for pid in map(int, listed) if "worker" in command_line(pid)}


def command_line(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


async def take(viewer: Viewer, count: int) -> list[Picture]:
    """The next pictures, as a connection gets them that has just come about."""
    got = begin(viewer)
    await until(lambda: len(got) >= count)
    return got[:count]


def begin(viewer: Viewer) -> list[Picture]:
    """Where the pictures are noted from now on."""
    got: list[Picture] = []

    def take(picture: Picture) -> bool:
        got.append(picture)
        return True

    viewer.feed.begin(take)
    return got


async def test_one_process_serves_all_and_ends_with_the_last() -> None:
    async with running() as camera:
        await until(lambda: len(children()) == 1)
        assert (camera.open, camera.pid) == (False, None)
        with camera.watch("h264") as ann:
            first = await take(ann, 5)
            assert first[0].keyframe
            assert [picture.timestamp for picture in first] == sorted(
                {picture.timestamp for picture in first}
            )
            used = camera.pid
            assert used is not None
            with camera.watch("vp8") as bob, camera.watch("h264") as eve:
                assert (await take(bob, 3))[0].codec == "vp8"
                assert (await take(eve, 3))[0].keyframe
                assert camera.pid == used
        await until(lambda: not camera.open and used not in children() and len(children()) == 1)


async def test_two_viewers_of_a_codec_get_the_same_bytes() -> None:
    async with running() as camera:
        with camera.watch("h264") as ann, camera.watch("h264") as bob:
            of_ann, of_bob = await asyncio.gather(take(ann, 20), take(bob, 20))
        shared = {each.timestamp: each for each in of_ann}
        common = [each for each in of_bob if each.timestamp in shared]
        assert len(common) > 10
        assert all(shared[each.timestamp] is each for each in common)


async def test_key_frames_come_when_they_are_asked_for_but_not_at_any_rate() -> None:
    now = asyncio.get_running_loop().time
    came: list[tuple[bool, float]] = []

    def note(picture: Picture) -> bool:
        came.append((picture.keyframe, now()))
        return True

    def key_frames_after(number: int) -> list[float]:
        return [at for keyframe, at in came[number:] if keyframe]

    async with running(stall=10.0) as camera:
        with camera.watch("h264") as viewer:
            viewer.feed.begin(note)
            await until(lambda: len(came) >= 10)
            await asyncio.sleep(KEYFRAME_INTERVAL)
            before, asked_at = len(came), now()
            for _ in range(100):
                camera.want_keyframe("h264")
            await until(lambda: len(key_frames_after(before)) >= 2)
            last = len(came)
            await until(lambda: len(came) >= last + 20)
    assert len(key_frames_after(before)) == 2
    assert key_frames_after(before)[1] >= asked_at + KEYFRAME_INTERVAL


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV])
async def test_a_process_that_dies_or_hangs_is_replaced(number: signal.Signals) -> None:
    async with running() as camera:
        with camera.watch("h264") as viewer:
            await take(viewer, 5)
            lost = camera.pid
            assert lost is not None
            os.kill(lost, number)
            expected = "hangs" if number is signal.SIGSTOP else "crashed"
            await until(lambda: expected in (camera.problem or ""))
            await until(lambda: camera.pid not in (None, lost) and camera.open)
            assert camera.problem is None
            await until(lambda: lost not in children())
            again = await take(viewer, 20)
            assert any(picture.keyframe for picture in again)


async def test_a_camera_that_hangs_holds_nothing_up_and_comes_back(tmp_path: Path) -> None:
    pipe = tmp_path / "camera"
    os.mkfifo(pipe)
    settings = Camera(backend="file", device=str(pipe))
    camera = SharedCamera(settings, first_picture_timeout=0.5, stall_timeout=STALL)
    supervision = asyncio.create_task(camera.run())
    with camera.watch("h264"):
        await until(lambda: (camera.problem or "").startswith("The camera hangs"))
    supervision.cancel()
    with suppress(asyncio.CancelledError):
        await supervision
    await until(lambda: children() == set())


async def test_a_process_that_is_slow_to_start_has_no_camera_that_hangs() -> None:
    camera = SharedCamera(PATTERN, first_picture_timeout=0.3, stall_timeout=STALL)
    supervision = asyncio.create_task(camera.run())
    try:
        with camera.watch("h264") as viewer:  # at once, before anything can be imported
            await take(viewer, 3)
        assert camera.problem is None
    finally:
        supervision.cancel()
        with suppress(asyncio.CancelledError):
            await supervision
    await until(lambda: children() == set())


async def test_a_camera_that_is_missing_is_tried_again(tmp_path: Path) -> None:
    film = tmp_path / "film.png"
    settings = Camera(backend="file", device=str(film))
    async with running(settings) as camera:
        with camera.watch("h264") as viewer:
            wanted = f"The video file {film} cannot be played"
            await until(lambda: (camera.problem or "").startswith(wanted))
            Image.new("RGB", (64, 64)).save(film)
            assert (await take(viewer, 1))[0].keyframe
            assert (camera.problem, camera.open) == (None, True)


async def test_the_bitrate_follows_what_a_phone_reports() -> None:
    settings = Camera(backend="test-pattern")
    async with running(settings) as camera:
        with camera.watch("h264") as viewer:
            before = sum(len(picture.data) for picture in (await take(viewer, 90))[30:])
            for estimate in (1_000_000, 200_000):
                viewer.target_estimated(estimate)
            assert camera.bitrate == 200_000
            after = sum(len(picture.data) for picture in (await take(viewer, 120))[60:])
    assert after < before / 2
    assert camera.bitrate == 0

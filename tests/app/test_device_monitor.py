"""Whether the devices are there is found out before a visitor does."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from homecall_appliance.app.device_monitor import Presence
from homecall_appliance.config.model import Audio, Camera
from homecall_appliance.doctor.facts import Looked
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.silence import Silence
from homecall_appliance.media.video.shared_camera import SharedCamera

INTERVAL = 0.01

NO_CAMERA: Mapping[str, Any] = {"pi": [], "v4l2": []}
WEBCAM = {"pi": [], "v4l2": [{"device": "/dev/video0", "description": "Webcam"}]}
SPEAKERPHONE = {"microphone": "USB Audio", "speaker": "USB Audio"}


class House:
    """What is plugged in, and how often it was looked for."""

    def __init__(self, dev: Path) -> None:
        self.dev = dev
        self.camera = SharedCamera(Camera(backend="off"))
        self.audio = SharedAudio(Silence(), Off(), 100)
        self.found: dict[str, Mapping[str, Any]] = {"find-cameras": NO_CAMERA, "find-sound": {}}
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.changes = 0

    @property
    def problems(self) -> tuple[str | None, str | None]:
        return self.camera.problem, self.audio.problem

    @property
    def looks(self) -> list[str]:
        return [task for task, _ in self.asked]

    def look(self, task: str, settings: Mapping[str, Any]) -> Looked:
        self.asked.append((task, settings))
        return Looked(values=self.found[task])

    def changed(self) -> None:
        self.changes += 1

    async def after(self, looks: int) -> None:
        """Wait for so many looks, and a little longer."""
        async with asyncio.timeout(5):
            while len(self.looks) < looks:  # noqa: ASYNC110 - a look comes from a thread
                await asyncio.sleep(INTERVAL)
        await asyncio.sleep(10 * INTERVAL)


@asynccontextmanager
async def watched(
    dev: Path, camera: Camera | None = None, audio: Audio | None = None
) -> AsyncIterator[House]:
    house = House(dev)
    presence = Presence(
        (camera or Camera(), audio or Audio()),
        (house.camera, house.audio),
        house.look,
        house.changed,
        dev=dev,
        interval=INTERVAL,
    )
    watching = asyncio.create_task(presence.watch())
    try:
        yield house
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def test_what_is_missing_is_said_once(tmp_path: Path) -> None:
    async with watched(tmp_path) as house:
        await house.after(looks=2)
    camera, audio = house.problems
    assert camera
    assert camera.startswith("No camera was found.")
    assert audio
    assert audio.startswith("No sound card was found: callers hear nothing, and are not heard.")
    assert (sorted(house.looks), house.changes) == (["find-cameras", "find-sound"], 1)


async def test_what_is_plugged_in_is_noticed_and_what_is_pulled_out(tmp_path: Path) -> None:
    async with watched(tmp_path) as house:
        await house.after(looks=2)
        house.found = {"find-cameras": WEBCAM, "find-sound": SPEAKERPHONE}
        (tmp_path / "video0").touch()
        await house.after(looks=4)
        assert house.problems == (None, None)
        house.found["find-cameras"] = NO_CAMERA
        (tmp_path / "video0").unlink()
        await house.after(looks=6)
        assert house.camera.problem
        assert house.audio.problem is None
    assert house.changes == 3


async def test_half_a_sound_card_is_named(tmp_path: Path) -> None:
    async with watched(tmp_path) as house:
        house.found["find-sound"] = {"speaker": "HDMI"}
        await house.after(looks=2)
    assert house.audio.problem
    assert house.audio.problem.startswith("No microphone was found: callers hear nothing.")


async def test_nobody_looks_during_a_call(tmp_path: Path) -> None:
    async with watched(tmp_path) as house:
        with house.camera.watch("h264"):
            await asyncio.sleep(20 * INTERVAL)
            assert house.looks == []
        await house.after(looks=2)


async def test_a_device_that_a_call_has_opened_meanwhile_is_there(tmp_path: Path) -> None:
    async with watched(tmp_path) as house:
        await house.after(looks=2)
        with house.camera.watch("h264"):
            house.camera.problem = None
            house.camera.looked_at("No camera was found.")
            assert house.camera.problem is None


async def test_no_look_is_needed_for_what_stands_in(tmp_path: Path) -> None:
    standing_in = Camera(backend="test-pattern"), Audio(backend="tone")
    async with watched(tmp_path, *standing_in) as house:
        await asyncio.sleep(10 * INTERVAL)
        assert (house.looks, house.problems, house.changes) == ([], (None, None), 0)


async def test_only_usb_cameras_are_looked_for_where_only_they_are_wanted(tmp_path: Path) -> None:
    async with watched(tmp_path, Camera(backend="v4l2"), Audio(backend="silence")) as house:
        await house.after(looks=1)
    assert house.asked == [("find-cameras", {"usbOnly": True})]

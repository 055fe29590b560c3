"""Whether the camera and the sound card are there, looked at while nobody calls: the owner is told
at once, and the visitor does not find out for him.
"""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from homecall_appliance.config.model import Audio, Camera
from homecall_appliance.doctor.checks.camera import missing_camera
from homecall_appliance.doctor.checks.sound import missing_sound
from homecall_appliance.doctor.isolated import Look
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.thread import in_thread
from homecall_appliance.media.video.shared_camera import SharedCamera

INTERVAL = 2.0
"""Seconds between two glances at the list of devices."""

_NODES = ("video*", "media*", "snd/*")

Problem = str | None
"""A sentence for the owner; None: all is there."""


class Presence:
    """Looks anew whenever a device has been plugged in or pulled out."""

    def __init__(
        self,
        settings: tuple[Camera, Audio],
        devices: tuple[SharedCamera, SharedAudio],
        look: Look,
        on_change: Callable[[], None],
        *,
        dev: Path = Path("/dev"),
        interval: float = INTERVAL,
    ) -> None:
        """`look` may hang or crash without harm (doctor/isolated.py)."""
        self._settings = settings
        self._devices = devices
        self._look = look
        self._on_change = on_change
        self._dev = dev
        self._interval = interval

    async def watch(self) -> NoReturn:
        """Look, and look again, until cancelled."""
        looked_at: frozenset[Path] | None = None
        before = self._nodes()
        while True:
            nodes = self._nodes()
            settled = nodes == before  # udev has given the new ones to their groups
            if settled and nodes != looked_at and not any(each.wanted for each in self._devices):
                looked_at = nodes
                await self._look_at_all()
            before = nodes
            await asyncio.sleep(self._interval)

    async def _look_at_all(self) -> None:
        problems = await in_thread("presence", self._missing)
        known = [device.problem for device in self._devices]
        for device, problem in zip(self._devices, problems, strict=True):
            device.looked_at(problem)
        if [device.problem for device in self._devices] != known:
            self._on_change()

    def _nodes(self) -> frozenset[Path]:
        return frozenset(node for pattern in _NODES for node in self._dev.glob(pattern))

    def _missing(self) -> tuple[Problem, Problem]:
        camera, audio = self._settings
        return self._missing_camera(camera), self._missing_sound(audio)

    def _missing_camera(self, settings: Camera) -> Problem:
        if settings.backend not in ("auto", "picamera2", "v4l2"):
            return None
        looked = self._look("find-cameras", {"usbOnly": settings.backend == "v4l2"})
        return missing_camera(settings, looked)

    def _missing_sound(self, settings: Audio) -> Problem:
        if settings.backend not in ("auto", "sounddevice"):
            return None
        return missing_sound(self._look("find-sound", asdict(settings)))

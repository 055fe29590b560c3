"""What runs in a process of its own (see isolated.py): one task, settings in, values out, as JSON.

A task's values have `problem`, a sentence, where something cannot be used.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import numpy as np
from av import VideoFrame

from homecall_appliance.config.model import Audio, Camera
from homecall_appliance.display.factory import open_display
from homecall_appliance.display.ports import DisplayError
from homecall_appliance.doctor.acoustics.figures import measure
from homecall_appliance.doctor.acoustics.listening import hear
from homecall_appliance.doctor.acoustics.programme import programme
from homecall_appliance.media.audio import create_audio
from homecall_appliance.media.audio.choice import SoundDevice
from homecall_appliance.media.audio.devices import is_named, list_devices, selected
from homecall_appliance.media.audio.echo import create_canceller
from homecall_appliance.media.camera import create_camera
from homecall_appliance.media.camera.modes import READ_AS, choose
from homecall_appliance.media.camera.picamera import list_cameras as list_pi_cameras
from homecall_appliance.media.camera.v4l2_controls import EXPOSURE_DYNAMIC_FRAMERATE, open_controls
from homecall_appliance.media.camera.v4l2_devices import lasting_name, links_to
from homecall_appliance.media.camera.v4l2_devices import list_cameras as list_usb_cameras
from homecall_appliance.media.camera.v4l2_modes import list_modes
from homecall_appliance.media.ports import BLOCK_SAMPLES, DeviceError

Values = dict[str, Any]

WATCHED_SECONDS = 1.0
"""Of the camera's own time, for its frame rate."""

HEARD_BLOCKS = 50
"""A second of sound."""


def open_camera(settings: Mapping[str, Any]) -> Values:
    """Take pictures for a second: `width` and `height`, and the `framerate`; and find_cameras where
    it may be a webcam, or "auto" finds none."""
    camera = Camera(**settings)
    found: Values = {}
    if camera.backend in ("auto", "v4l2"):
        found = find_cameras({"usbOnly": camera.backend == "v4l2", "camera": settings})
    try:
        with contextlib.closing(create_camera(camera).frames()) as frames:
            return {**found, **_looked_at(frames)}
    except DeviceError as error:
        return {**found, "problem": str(error)}


def _looked_at(frames: Iterator[VideoFrame]) -> Values:
    first = last = next(frames)
    count = 0
    while last.time - first.time < WATCHED_SECONDS:
        last = next(frames)
        count += 1
    framerate = count / (last.time - first.time)
    return {"width": first.width, "height": first.height, "framerate": framerate}


def find_cameras(settings: Mapping[str, Any]) -> Values:
    """List cameras without using them: `pi` and `v4l2`, each with `device` and `description`; a
    webcam also with the `links` that lead to it, and its `lasting` name. With `usbOnly`, libcamera
    is not asked. `piProblem`: why picamera2 cannot be. With the section `camera` of the
    configuration also what each webcam would give: see _offered."""
    values: Values = {"pi": [], "v4l2": []}
    for path, about in list_usb_cameras():
        webcam: Values = {
            "device": str(path),
            "description": about.name,
            "links": [str(each) for each in links_to(path)],
            "lasting": str(lasting_name(path)),
        }
        if "camera" in settings:
            webcam |= _offered(path, Camera(**settings["camera"]))
        values["v4l2"].append(webcam)
    if not settings.get("usbOnly"):
        try:
            found = list_pi_cameras()
        except DeviceError as error:
            values["piProblem"] = str(error)
        else:
            values["pi"] = [
                {"device": str(number), "description": model} for number, model in found
            ]
    return values


def _offered(path: Path, camera: Camera) -> Values:
    """The `width` and `height` that a call takes of a webcam, how often a picture of the configured
    size would come (`framerateAtSize`; None: it has no such size), and whether its exposure may
    lower the frame rate (`waitsForLight`)."""
    size = camera.width, camera.height
    modes = list_modes(str(path), *size)
    taken = choose(modes, *size, camera.framerate, READ_AS.keys())
    rates = [each.framerate for each in modes if (each.width, each.height) == size]
    waits = None
    with contextlib.suppress(OSError), open_controls(str(path)) as controls:
        waits = controls.get(EXPOSURE_DYNAMIC_FRAMERATE)
    return {
        "width": taken.width if taken else None,
        "height": taken.height if taken else None,
        "framerateAtSize": max(rates, default=None),
        "waitsForLight": waits == 1,
    }


def find_sound(settings: Mapping[str, Any]) -> Values:
    """List sound devices: `devices` with `name`, `inputs`, `outputs`; and the `microphone` and the
    `speaker` that the settings choose, or `microphoneProblem`, `speakerProblem`.
    `microphoneInPlaceOf`, `speakerInPlaceOf`: the name in the settings, where no device has it."""
    values: Values = {
        "devices": [
            {"name": each.name, "inputs": each.input_channels, "outputs": each.output_channels}
            for each in list_devices()
        ]
    }
    names = settings["input_device"], settings["output_device"]
    for part, name, choice in zip(("microphone", "speaker"), names, selected(*names), strict=True):
        match choice:
            case SoundDevice():
                values[part] = choice.name
                if not is_named(choice, name):
                    values[f"{part}InPlaceOf"] = name
            case DeviceError():
                values[f"{part}Problem"] = str(choice)
    return values


def open_sound(settings: Mapping[str, Any]) -> Values:
    """Listen for a second, and play silence: as find_sound, and the `range` of what was heard, from
    the lowest sample to the highest (0 to 65535). What could not be opened is a problem of its
    own."""
    audio = Audio(**settings)
    values: Values = {}
    if audio.backend in ("auto", "sounddevice"):
        values = find_sound(settings)
        if not (values.get("microphone") or values.get("speaker")):
            return values
    try:
        device = create_audio(audio)
        captured = hear(device, np.zeros(HEARD_BLOCKS * BLOCK_SAMPLES, np.int16))
    except DeviceError as error:
        return {**values, "problem": str(error)}
    if values.get("microphone") and (problem := device.problems.microphone):
        values["microphoneProblem"] = problem
    if values.get("speaker") and (problem := device.problems.loudspeaker):
        values["speakerProblem"] = problem
    return {**values, "range": int(np.ptp(captured.astype(np.int32)))}


def hear_echo(settings: Mapping[str, Any]) -> Values:
    """Play the programme of `doctor.acoustics` and listen: as find_sound, and `figures`."""
    audio = Audio(**settings)
    values = find_sound(settings)
    if values.get("microphone") and values.get("speaker"):
        played = programme(audio.volume)
        device = create_audio(audio)
        captured = hear(device, played)
        if problem := device.problems.sentence:
            raise DeviceError(problem)
        values["figures"] = asdict(measure(played, captured, create_canceller(audio)))
    return values


def open_screen(settings: Mapping[str, Any]) -> Values:
    """Open the framebuffer or the panel, and let it go."""
    backend, device, rotation = settings["backend"], settings["device"], settings["rotation"]
    open_display(backend, device, rotation, language="en", stream=sys.stderr).close()
    return {}


def check_aiortc(_: Mapping[str, Any]) -> Values:
    """Look at aiortc as the appliance does when it starts: its `versions`."""
    from homecall_appliance.media.webrtc import aiortc_compat  # noqa: PLC0415 - for this one only

    values: Values = {"versions": aiortc_compat.versions()}
    if problem := aiortc_compat.problem():
        values["problem"] = problem
    return values


def ask_ice_servers(settings: Mapping[str, Any]) -> Values:
    """Ask STUN and TURN servers as a call does: `servers`, each with its `url`, `state` and
    `sentence` (see media.webrtc.server_memory), and the `addresses` as which they see this machine.

    `iceServers` are dictionaries as RTCPeerConnection takes them, `addresses` those of this machine
    that calls use.
    """
    from homecall_appliance.media.webrtc import aiortc_compat  # noqa: PLC0415 - for this one only
    from homecall_appliance.media.webrtc.ice_options import IceOptions  # noqa: PLC0415
    from homecall_appliance.media.webrtc.server_check import check_servers  # noqa: PLC0415

    if problem := aiortc_compat.problem():
        return {"problem": problem}
    servers = [RtcIceServer(**each) for each in settings["iceServers"]]
    own = [ip_address(each) for each in settings["addresses"]]
    check = asyncio.run(check_servers(IceOptions(lambda: servers, wanted=lambda: own)))
    return {
        "servers": [
            {"url": each.url, "state": each.state.value, "sentence": each.sentence}
            for each in check.records
        ],
        "addresses": list(check.addresses),
    }


@dataclass(frozen=True)
class RtcIceServer:
    """A server as RTCPeerConnection takes it (W3C WebRTC 1.0, RTCIceServer)."""

    urls: Sequence[str]
    username: str | None = None
    credential: str | None = None


TASKS: Mapping[str, Callable[[Mapping[str, Any]], Values]] = {
    "open-camera": open_camera,
    "find-cameras": find_cameras,
    "open-sound": open_sound,
    "find-sound": find_sound,
    "hear-echo": hear_echo,
    "open-screen": open_screen,
    "check-aiortc": check_aiortc,
    "ask-ice-servers": ask_ice_servers,
}


def main() -> None:
    """Do the task that the command line names."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it in the middle of a library, too
    # What libraries print must not get between the values.
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        values = TASKS[sys.argv[1]](json.load(sys.stdin))
    except (DeviceError, DisplayError) as error:
        values = {"problem": str(error)}
    json.dump(values, output)
    output.close()


if __name__ == "__main__":
    main()

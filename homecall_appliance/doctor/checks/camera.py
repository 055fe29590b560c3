"""The camera. PURE."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from homecall_appliance.config.model import Camera
from homecall_appliance.doctor.checks.devices import judged, not_answered
from homecall_appliance.doctor.facts import Device, Facts, Looked
from homecall_appliance.doctor.finding import Finding, fine

_NONE = (
    "No camera was found. Plug in a USB camera, or switch off and check the cable of the Raspberry "
    'Pi camera at both ends; camera.backend = "off" is for calls without a picture.'
)
_STANDING_IN = {
    "off": "It is switched off: callers see a black picture.",
    "test-pattern": "A test pattern is shown in place of a camera.",
}


def camera(facts: Facts) -> list[Finding]:
    """One finding."""
    settings, found = facts.settings.config.camera, facts.camera
    if settings.backend in _STANDING_IN:
        sentence = _STANDING_IN[settings.backend]
        return [fine("camera", f'{sentence} (camera.backend = "{settings.backend}")')]
    if settings.backend == "file":
        found = replace(found, denied=())
    answer = found.looked.values if found.looked else {}
    finding = judged(
        "camera",
        facts,
        found,
        "camera",
        failure=_failure(settings, found),
        which=_named(settings, answer),
        delivers=f"It gives pictures of {answer.get('width')}x{answer.get('height')}.",
    )
    return [finding]


def missing_camera(settings: Camera, looked: Looked) -> str | None:
    """Why calls would have no picture, after a look for cameras that has opened none."""
    return _failure(settings, Device(looked))


def _failure(settings: Camera, found: Device) -> str | None:
    looked = found.looked or Looked()
    answer = looked.values
    failure = not_answered(looked, "camera") or _none(answer) or answer.get("problem")
    if not failure and not found.opened and settings.backend != "file":
        failure = _choice(settings, answer)
    return failure


def _none(answer: Mapping[str, Any]) -> str | None:
    """That there is no camera of any kind, where any kind was looked for."""
    if answer.get("pi") != [] or answer.get("v4l2") != []:
        return None
    return f"{_NONE} {answer.get('piProblem', '')}".strip()


def _choice(settings: Camera, answer: Mapping[str, Any]) -> str | None:
    """Why the configured camera is not among those that were found."""
    pi, usb = answer.get("pi", []), answer.get("v4l2", [])
    wants_pi = settings.backend in ("auto", "picamera2")
    wants_usb = settings.backend in ("auto", "v4l2")
    device = settings.device
    candidates = [*(pi if wants_pi else []), *(usb if wants_usb else [])]
    if not candidates:
        if settings.backend == "picamera2" and answer.get("piProblem"):
            return str(answer["piProblem"])
        others = [f"{each['description']} ({each['device']})" for each in [*pi, *usb]]
        found = f' camera.backend = "auto" would take {others[0]}.' if others else ""
        return f"{_NONE}{found}"
    if device and not any(_is(device, each) for each in candidates):
        listed = ", ".join(f'"{each["device"]}"' for each in candidates)
        return (
            f'There is no camera "{device}". Set camera.device to one of {listed}, or leave it '
            "empty for the first."
        )
    return None


def _named(settings: Camera, answer: Mapping[str, Any]) -> str:
    cameras = [*answer.get("pi", []), *answer.get("v4l2", [])]
    if settings.backend == "v4l2":
        cameras = answer.get("v4l2", [])
    chosen = [each for each in cameras if not settings.device or _is(settings.device, each)]
    if not chosen:
        return settings.device or "The camera"
    return f"{chosen[0]['description']} ({chosen[0]['device']})"


def _is(device: str, camera: Mapping[str, Any]) -> bool:
    """Whether that is its name, or one that leads to it, such as udev's in /dev/v4l/by-id."""
    return device == camera["device"] or device in camera.get("links", ())

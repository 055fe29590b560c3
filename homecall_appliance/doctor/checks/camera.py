"""The camera. PURE."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import inf
from typing import Any

from homecall_appliance.config.model import Camera
from homecall_appliance.doctor.checks.devices import judged, not_answered
from homecall_appliance.doctor.facts import Device, Facts, Looked
from homecall_appliance.doctor.finding import Finding, State, fine
from homecall_appliance.media.camera.modes import MOVING

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
        problem=facts.appliance.status.camera.problem,
        failure=_failure(settings, found),
        which=_named(settings, answer),
        delivers=f"It gives pictures of {answer.get('width')}x{answer.get('height')}.",
    )
    if finding.state is State.FINE:
        remarks = _remarks(settings, answer)
        finding = replace(finding, sentence=" ".join((finding.sentence, *remarks)))
    return [finding]


def _remarks(settings: Camera, answer: Mapping[str, Any]) -> Iterator[str]:
    """What could be better, though calls have a picture."""
    webcam = _webcam(settings, answer)
    rate, taken = webcam.get("framerateAtSize"), (webcam.get("width"), webcam.get("height"))
    if rate is not None and taken != (settings.width, settings.height):
        yield (
            f"At {settings.width}x{settings.height} it would give only {rate:.3g} pictures a "
            f"second: calls take {taken[0]}x{taken[1]}, which moves. A webcam that compresses "
            "its pictures (MJPEG, H.264) gives large ones that move."
        )
    if (measured := answer.get("framerate", inf)) < MOVING * settings.framerate:
        yield f"It gives {measured:.3g} pictures a second instead of {settings.framerate}."
        if webcam.get("waitsForLight"):
            yield (
                "It lets the light in longer, the darker it is: make the room brighter, or type: "
                f"v4l2-ctl --device {webcam['device']} --set-ctrl exposure_dynamic_framerate=0"
            )
    if settings.device and settings.device == webcam.get("device") != webcam.get("lasting"):
        yield (
            "Its number may be another one after it was plugged in again: write "
            f'camera.device = "{webcam["lasting"]}".'
        )


def _webcam(settings: Camera, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The webcam that a call takes, as far as it was looked at; empty: none."""
    if settings.backend == "auto" and answer.get("pi"):
        return {}
    for each in answer.get("v4l2", []):
        if not settings.device or _is(settings.device, each):
            return dict(each)
    return {}


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
    if "width" in answer or answer.get("pi") != [] or answer.get("v4l2") != []:
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
        names = [each.get("lasting", each["device"]) for each in candidates]
        listed = ", ".join(f'"{each}"' for each in names)
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

"""Runs the adapter inside the rig and prints what it saw as JSON: picamera_probe.py STORY.

Each story is a list of events: the frames of an opened camera, or a DeviceError's sentence.
"""

import json
import os
import sys
from itertools import islice
from pathlib import Path
from typing import Any

from av import VideoFrame

from homecall_appliance.config.model import Camera
from homecall_appliance.media.camera import create_camera
from homecall_appliance.media.camera.picamera import PiCamera
from homecall_appliance.media.camera.planes import pixels
from homecall_appliance.media.ports import DeviceError, VideoSource

STALL = Path(os.environ.get("VIRTCAM_STALL", "/run/virtcam-stall"))

# Full or no red, green and blue.
COLOURS = {
    (1, 1, 1): "white",
    (1, 1, 0): "yellow",
    (0, 1, 1): "cyan",
    (0, 1, 0): "lime",
    (1, 0, 1): "magenta",
    (1, 0, 0): "red",
    (0, 0, 1): "blue",
    (0, 0, 0): "black",
}


def colours(frame: VideoFrame) -> list[str]:
    """Name the colours of the picture's middle row; what is between them is left out."""
    row = frame.to_ndarray(format="rgb24")[frame.height // 2]
    full, none = row > 215, row < 40
    pure = full[(full | none).all(axis=1)].astype(int).tolist()
    return sorted({COLOURS[red, green, blue] for red, green, blue in pure})


def watch(source: VideoSource, count: int, *, stall_after: int | None = None) -> dict[str, Any]:
    """Open the camera, look at `count` frames, close it."""
    seen: dict[str, Any] = {"pts": [], "sizes": [], "colours": [], "pictures": 0}
    pictures = set()
    frames = source.frames()
    try:
        for number, frame in enumerate(islice(frames, count), 1):
            seen["pts"].append(frame.pts)
            seen["sizes"].append((frame.width, frame.height, frame.format.name))
            pictures.add(pixels(frame, 0).tobytes())
            seen["colours"] = colours(frame)
            if number == stall_after:
                STALL.touch()
    except DeviceError as error:
        seen["error"] = str(error)
    finally:
        frames.close()
    return seen | {"pictures": len(pictures)}


def main(story: str) -> None:
    """Tell a story."""
    camera = PiCamera("", 1280, 720, 30, patience=1.0)
    events = []
    match story:
        case "frames":
            events = [watch(camera, 60)]
        case "odd-size":
            events = [watch(PiCamera("", 700, 500, 30), 5)]
        case "wrong-number":
            events = [watch(PiCamera("7", 1280, 720, 30), 5)]
        case "reopen":
            events = [watch(camera, 5), watch(camera, 5), watch(camera, 5)]
        case "in-use":
            first = camera.frames()
            next(first)
            events = [watch(camera, 5)]
            first.close()
            events.append(watch(camera, 5))
        case "stall":
            events = [watch(camera, 30, stall_after=5), watch(camera, 5)]
            STALL.unlink()
            events.append(watch(camera, 5))
        case "auto":
            events = [watch(create_camera(Camera(rotation=90)), 5)]
    json.dump(events, sys.stdout)


main(sys.argv[1])

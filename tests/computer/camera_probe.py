"""Takes pictures inside the computer, as the camera's process does: see test_cameras.py.

A line of JSON on standard input: `camera`, the arguments of V4l2Camera; `count`, how many pictures
are taken; `press`, a control (its id) that is pressed after each of the pictures `after`. A line of
JSON comes back: `path`, and `size`, `format` and `time` (of the camera's clock, in seconds) of each
picture; and the `problem`, where there was one.
"""

import json
import sys
from itertools import islice
from typing import Any

from homecall_appliance.media.camera.v4l2 import V4l2Camera
from homecall_appliance.media.camera.v4l2_controls import open_controls
from homecall_appliance.media.ports import DeviceError


def probe(order: dict[str, Any]) -> dict[str, Any]:
    """Do it."""
    camera = V4l2Camera(*order["camera"])
    found: dict[str, Any] = {"size": [], "format": [], "time": []}
    try:
        path = found["path"] = camera.path()
        with open_controls(path) as controls:
            for number, frame in enumerate(islice(camera.frames(), order["count"])):
                found["size"].append((frame.width, frame.height))
                found["format"].append(frame.format.name)
                found["time"].append(frame.time)
                if number in order.get("after", []):
                    controls.set(order["press"], 1)
    except DeviceError as error:
        found["problem"] = str(error)
    return found


if __name__ == "__main__":
    print(json.dumps(probe(json.loads(sys.stdin.readline()))))

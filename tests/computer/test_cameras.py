"""What webcams do that no file can pretend: the kernel's drivers, and FFmpeg's input for them."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.computer.cameras import Webcam, loopback_webcam, raw_webcam
from tests.support.rigs.qemu.computer import Computer

pytestmark = [pytest.mark.long, pytest.mark.rig, pytest.mark.timeout(600)]

PROBE = Path(__file__).with_name("camera_probe.py")

SECONDS = 120.0
"""Generous: to start Python alone takes the computer four."""


def take(computer: Computer, *camera: object, count: int = 3, **order: object) -> dict[str, Any]:
    """What camera_probe.py tells."""
    computer.put("/run/probe.py", PROBE.read_text())
    asked = json.dumps({"camera": camera, "count": count, **order})
    answer = computer.run("python3", "/run/probe.py", stdin=asked, within=SECONDS)
    found: dict[str, Any] = json.loads(answer.splitlines()[-1])
    print(found.get("path"), found["size"][:1], found["format"][:1], found.get("problem"))
    return found


@pytest.fixture
def webcam(computer: Computer) -> Iterator[Webcam]:
    with raw_webcam(computer) as webcam:
        yield webcam


def test_a_corrupt_buffer_is_left_out(computer: Computer, webcam: Webcam) -> None:
    press = webcam.control("inject_v4l2_buf_flag_error")
    found = take(computer, "", 320, 180, 10, count=14, press=press, after=[3, 8])
    assert "problem" not in found
    steps = [later - earlier for earlier, later in pairwise(found["time"])]
    assert sorted(map(round, [step * 10 for step in steps])) == [1] * 11 + [2] * 2


def test_a_colour_camera_goes_before_an_infrared_one(computer: Computer) -> None:
    with loopback_webcam(computer, "grey"):
        with raw_webcam(computer, "/dev/video1"):
            assert take(computer, "", 320, 180, 10)["path"] == "/dev/video1"
        found = take(computer, "", 320, 180, 10)
        assert (found["path"], set(found["format"])) == ("/dev/video0", {"gray"})


def test_the_nearest_size_that_moves_is_taken(computer: Computer, webcam: Webcam) -> None:
    # vivid gives 3840x2160 15 times a second, 1920x1080 30 times.
    wanted = {"backend": "v4l2", "width": 3840, "height": 2160, "framerate": 60}
    assert take(computer, "", 3840, 2160, 60)["size"] == [[1920, 1080]] * 3
    assert take(computer, "", 3840, 2160, 30)["size"] == [[3840, 2160]] * 3
    look = ("python3", "-m", "homecall_appliance.doctor.child", "find-cameras")
    asked = json.dumps({"usbOnly": True, "camera": wanted})
    answer = computer.run(*look, stdin=asked, within=SECONDS)
    (listed,) = json.loads(answer.splitlines()[-1])["v4l2"]
    assert (listed["width"], listed["height"], listed["framerateAtSize"]) == (1920, 1080, 15)


def test_a_clock_that_starts_anew_goes_on(computer: Computer, webcam: Webcam) -> None:
    # vivid's timestamps overflow 16 seconds after it is set.
    webcam.set("wrap_timestamp", 1)
    times = take(computer, "", 320, 180, 10, count=200)["time"]
    steps = [later - earlier for earlier, later in pairwise(times)]
    assert 0 < min(steps) <= max(steps) < 1.0


def test_a_webcam_that_comes_back_under_another_number(computer: Computer, webcam: Webcam) -> None:
    with webcam.held():
        webcam.pull_out()
        webcam.plug_in("/dev/video1")
        assert take(computer, "", 320, 180, 10)["path"] == "/dev/video1"
        problem = take(computer, "/dev/video0", 320, 180, 10)["problem"]
        assert problem.startswith("There is no camera /dev/video0: its number may have changed.")
        assert 'Set camera.device to "/dev/video1", or' in problem


def test_the_program_that_uses_a_webcam_is_named(computer: Computer, webcam: Webcam) -> None:
    with webcam.in_use():
        problem = take(computer, "/dev/video0", 320, 180, 10)["problem"]
    assert re.fullmatch(
        r"The camera /dev/video0 is used by v4l2-ctl \(process \d+\)\. End that program\.", problem
    )

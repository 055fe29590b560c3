"""The doctor before the real picamera2, on its virtual camera (support/rigs/picamera2)."""

import subprocess
from pathlib import Path

import pytest

RUN = str(Path(__file__).parents[1] / "support" / "rigs" / "picamera2" / "run.sh")

# Building the root takes a minute and a half, once.
pytestmark = [pytest.mark.rig, pytest.mark.timeout(600)]


def line(command: str, start: str, *environment: str) -> str:
    """The line of a command's output that begins so; it exits with what it pleases."""
    settings = ("HOMECALL_AUDIO__BACKEND=tone", "HOMECALL_DISPLAY__BACKEND=none")
    words = (RUN, "env", *settings, *environment, "python3", "-m", "homecall_appliance", command)
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    found = [each for each in done.stdout.splitlines() if each.startswith(start)]
    assert len(found) == 1, done.stdout + done.stderr
    return found[0]


def test_a_camera_that_works() -> None:
    assert line("doctor", "✓ camera").endswith("It gives pictures of 1280x720.")


def test_no_camera() -> None:
    sentence = line("doctor", "✗ camera", "LIBCAMERA_PIPELINES_MATCH_LIST=none")
    assert "No camera was found. Plug in a USB camera, or switch off" in sentence


def test_it_is_listed() -> None:
    listed = line("devices", "  backend = ")
    assert listed.startswith('  backend = "picamera2", device = "0"')
    assert listed.endswith("taken when the setting is empty)")


def test_a_number_that_no_camera_has() -> None:
    settings = ("HOMECALL_CAMERA__BACKEND=picamera2", "HOMECALL_CAMERA__DEVICE=3")
    assert 'There is no Raspberry Pi camera "3"' in line("doctor", "✗ camera", *settings)

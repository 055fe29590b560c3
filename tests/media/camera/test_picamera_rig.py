"""The adapter against the real picamera2, and the rig that has it."""

import json
import signal
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

RUN = str(Path(__file__).parents[2] / "support" / "rigs" / "picamera2" / "run.sh")
PROBE = "tests/media/camera/picamera_probe.py"

# Building the root takes a minute and a half, once.
pytestmark = [pytest.mark.rig, pytest.mark.timeout(600)]


def probe(story: str, *environment: str) -> list[dict[str, Any]]:
    """What the adapter saw: for each opening of the camera its frames, and the error if any."""
    command = [RUN, "env", *environment, "python3", PROBE, story]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    events: list[dict[str, Any]] = json.loads(done.stdout)
    for event in events:
        assert all(later > earlier for earlier, later in pairwise(event["pts"]))
    return events


def history(events: list[dict[str, Any]]) -> list[tuple[int, str | None]]:
    """Frames and error of each opening."""
    return [(len(event["pts"]), event.get("error")) for event in events]


def test_frames_arrive_at_the_sensors_pace_and_change() -> None:
    (seen,) = probe("frames")
    assert history([seen]) == [(60, None)]
    assert seen["sizes"] == [[1280, 720, "yuv420p"]] * 60
    assert seen["pictures"] == 60
    colours = {"white", "yellow", "cyan", "lime", "magenta", "red", "blue", "black"}
    assert set(seen["colours"]) == colours
    seconds = (seen["pts"][-1] - seen["pts"][0]) / 1e9
    # A busy machine loses frames, and a sensor never hurries.
    assert 58 / 30 < seconds < 2 * 59 / 30


def test_a_size_that_the_camera_does_not_have_is_read_back() -> None:
    (seen,) = probe("odd-size")
    assert seen["sizes"] == [[1280, 720, "yuv420p"]] * 5


def test_the_camera_can_be_opened_again_and_again() -> None:
    assert history(probe("reopen")) == [(5, None)] * 3


def test_a_camera_in_use_is_a_sentence() -> None:
    refused, opened = history(probe("in-use"))
    assert refused == (
        0,
        "The Raspberry Pi camera 0 cannot be opened. End other programs that use it, such as "
        "rpicam-vid, or restart the Raspberry Pi.",
    )
    assert opened == (5, None)


def test_a_dead_sensor_is_a_sentence_until_it_recovers() -> None:
    lost, still_lost, recovered = probe("stall")
    assert lost["error"].startswith("The Raspberry Pi camera stopped delivering.")
    assert still_lost["error"] == lost["error"]
    assert 5 <= len(lost["pts"]) < 30
    assert still_lost["pts"] == []
    assert history([recovered]) == [(5, None)]


def test_no_camera_is_a_sentence() -> None:
    nothing = "LIBCAMERA_PIPELINES_MATCH_LIST=none"
    ((count, sentence),) = history(probe("frames", nothing))
    assert count == 0
    assert sentence is not None
    assert sentence.startswith("No Raspberry Pi camera was found. Switch the Raspberry Pi off")
    ((count, sentence),) = history(probe("auto", nothing))
    assert count == 0
    assert sentence is not None
    assert sentence.startswith("No Raspberry Pi camera was found.")
    assert "No USB camera was found." in sentence


def test_a_camera_number_that_does_not_exist_is_a_sentence() -> None:
    assert history(probe("wrong-number")) == [
        (
            0,
            'There is no Raspberry Pi camera "7". '
            "Set camera.device to a number from 0 to 0, or leave it empty.",
        )
    ]


def test_auto_takes_the_pi_camera_and_turns_it() -> None:
    (seen,) = probe("auto")
    assert seen["sizes"] == [[720, 1280, "yuv420p"]] * 5


def test_the_rig_keeps_runs_apart_and_the_repository_untouched(tmp_path: Path) -> None:
    script = (
        "touch /etc/mark /shared/mark; "
        "touch pyproject.toml 2>/dev/null && echo writable; "
        "python3 -c 'import aiortc, homecall_appliance; print(aiortc.__version__)'"
    )
    first = subprocess.run(
        [RUN, "--bind", f"{tmp_path}:/shared", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=True,
    )
    assert first.stdout == "1.11.0\n"
    assert (tmp_path / "mark").exists()
    second = subprocess.run([RUN, "test", "-e", "/etc/mark"], check=False)
    assert second.returncode == 1


def test_signals_reach_the_command_and_nothing_stays_mounted() -> None:
    script = (
        "import signal\n"
        "signal.signal(signal.SIGTERM, lambda *_: exit(7))\n"
        "print('ready', flush=True)\n"
        "while True: signal.pause()"
    )
    with subprocess.Popen([RUN, "python3", "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 7
    assert "homecall-appliance/view" not in Path("/proc/mounts").read_text()

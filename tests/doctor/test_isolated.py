"""Processes that look at devices: they may hang, crash and babble."""

import sys
import time
from pathlib import Path

import aioice
import aiortc
import pytest

from homecall_appliance.doctor.isolated import look

pytestmark = pytest.mark.slow


def python(program: str) -> tuple[str, ...]:
    return (sys.executable, "-c", program)


def test_settings_go_in_and_values_come_out() -> None:
    echo = "import json, sys; print(json.dumps({'task': sys.argv[1], **json.load(sys.stdin)}))"
    looked = look("t", {"a": "Ä"}, command=python(echo))
    assert (looked.outcome, looked.values) == ("answered", {"task": "t", "a": "Ä"})


def test_one_that_hangs_is_killed(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    program = (
        "import os, pathlib, signal\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"pathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\n"
        "signal.pause()"
    )
    started = time.monotonic()
    assert look("t", {}, timeout=2.0, command=python(program)).outcome == "hung"
    assert time.monotonic() - started < 5.0
    assert not (Path("/proc") / pid.read_text()).exists()


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import os; os.abort()", "SIGABRT"),
        ("raise SystemExit(3)", "it ended with 3"),
        ("print('no JSON')", "it ended with 0"),
    ],
)
def test_one_that_crashes(program: str, reason: str) -> None:
    looked = look("t", {}, command=python(program))
    assert (looked.outcome, looked.reason) == ("crashed", reason)


def test_one_that_cannot_be_started() -> None:
    looked = look("t", {}, command=("/nowhere/python",))
    assert looked.reason == "/nowhere/python: No such file or directory"


def test_what_it_says_is_for_debugging_only(capfd: pytest.CaptureFixture[str]) -> None:
    command = python("import sys; print('noise', file=sys.stderr); print('{}')")
    look("t", {}, command=command)
    assert capfd.readouterr() == ("", "")
    look("t", {}, command=command, debug=True)
    assert capfd.readouterr() == ("", "noise\n")


def test_the_child_does_real_tasks() -> None:
    picture = {"backend": "test-pattern", "width": 320, "height": 240, "framerate": 20}
    assert look("open-camera", picture).values == {"width": 320, "height": 240, "framerate": 20}
    assert look("open-sound", {"backend": "tone"}).values["range"] > 1000
    assert look("open-sound", {"backend": "silence"}).values == {"range": 0}
    missing = look("open-camera", {"backend": "file", "device": "/none.mp4"})
    assert missing.values["problem"].startswith("The video file /none.mp4 cannot be played")
    screen = {"backend": "framebuffer", "device": "", "rotation": 0}
    assert "problem" in look("open-screen", screen).values
    panel = {"backend": "luma", "device": "--display none", "rotation": 0}
    assert "--display" in look("open-screen", panel).values["problem"]


def test_the_child_looks_at_aiortc() -> None:
    looked = look("check-aiortc", {})
    assert looked.values == {
        "versions": f"aiortc {aiortc.__version__} (aioice {aioice.__version__})"
    }


def test_the_child_says_what_of_aiortc_is_not_known() -> None:
    program = (
        "from aiortc import RTCDtlsTransport; del RTCDtlsTransport._set_role\n"
        "from homecall_appliance.doctor import child; child.main()"
    )
    problem = look("check-aiortc", {}, command=(sys.executable, "-c", program)).values["problem"]
    assert problem.endswith(
        "works in a way that is not known here: calls may fail, and strangers may disturb them. "
        "Install a version of aiortc from 1.11 to 1.16."
    )


def test_the_child_lists_cameras() -> None:
    found = look("find-cameras", {"usbOnly": True}).values
    assert found["pi"] == []
    assert "piProblem" not in found
    assert len(found["v4l2"]) <= len(list(Path("/dev").glob("video*")))

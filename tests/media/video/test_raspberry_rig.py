"""The Raspberry Pi's own encoder: its plumbing, on the real picamera2 and a software camera."""

import json
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

RUN = str(Path(__file__).parents[2] / "support" / "rigs" / "picamera2" / "run.sh")
PROBE = "tests/media/video/raspberry_probe.py"

Act = list[dict[str, Any]]

# Building the root takes a minute and a half, once.
pytestmark = [pytest.mark.long, pytest.mark.rig, pytest.mark.timeout(600)]

IDR, SEI, SPS, PPS = 5, 6, 7, 8
"""nal_unit_type (ITU-T H.264, table 7-1). libx264 says with an SEI that it begins a stream."""


WHOLE = {"sizes": ["1280x720"], "missing": 0}
"""Every picture was decoded at once."""


def probe(story: str) -> dict[str, Any]:
    """What came: the pictures of each act, and the error if any."""
    done = subprocess.run(
        [RUN, "python3", PROBE, story], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    every = [picture for act in seen.get("acts", []) for picture in act]
    for codec in ("h264", "vp8"):
        timestamps = [picture["timestamp"] for picture in of(codec, every)]
        assert all(one < other for one, other in pairwise(timestamps))
    for picture in of("h264", every):
        assert picture["keyframe"] == (IDR in picture["types"])
        assert not picture["keyframe"] or picture["types"][:2] == [SPS, PPS]
    return seen


def of(codec: str, act: Act) -> Act:
    return [picture for picture in act if picture["codec"] == codec]


def keyframes(act: Act) -> list[int]:
    return [number for number, picture in enumerate(act) if picture["keyframe"]]


def bitrate(act: Act) -> float:
    seconds = (act[-1]["timestamp"] - act[0]["timestamp"]) / 90_000
    return float(sum(picture["bits"] for picture in act[1:]) / seconds)


def test_the_encoders_pictures_arrive_and_a_key_frame_when_it_is_asked_for() -> None:
    seen = probe("pictures")
    first, second = seen["acts"]
    assert (len(first), len(second), seen["error"]) == (60, 40, None)
    assert keyframes(first) == [0]
    assert len(keyframes(second)) == 1
    assert keyframes(second)[0] <= 2
    assert seen["decoded"]["h264"] == WHOLE
    assert [SEI in picture["types"] for picture in first + second].count(True) == 1


def test_vp8_viewers_are_served_by_the_software_at_the_same_time() -> None:
    seen = probe("both")
    _alone, both, vp8, again = seen["acts"]
    assert len(of("vp8", both)) == pytest.approx(30, abs=5)
    assert keyframes(of("vp8", both)) == [0]
    assert len(of("h264", both)) == pytest.approx(30, abs=5)
    assert keyframes(of("h264", both)) == []
    assert len(of("vp8", vp8)) >= 17
    assert keyframes(of("h264", again))[0] <= 2
    assert seen["decoded"]["vp8"] == WHOLE


def test_the_bitrate_is_the_encoders_and_poor_networks_are_the_softwares() -> None:
    seen = probe("bitrate")
    high, low, poor, again = seen["acts"]
    assert seen["bitrates"] == [2_500_000, 600_000, 1_500_000]
    print(f"{bitrate(high[30:]):.0f} bit/s, then {bitrate(low[30:]):.0f}, {bitrate(poor[30:]):.0f}")
    assert bitrate(low[30:]) < 700_000
    assert keyframes(high + low) == [0]
    # Another stream begins, at once and with a key frame.
    assert keyframes(poor) == [0]
    assert SEI in poor[0]["types"]
    assert bitrate(poor[30:]) < 400_000
    # The hardware's goes on.
    assert len(keyframes(again)) == 1
    assert keyframes(again)[0] <= 5
    assert not any(SEI in picture["types"] for picture in again)
    assert seen["decoded"]["h264"] == WHOLE


@pytest.mark.parametrize("story", ["dying", "hanging", "mute", "stall"])
def test_an_encoder_that_dies_is_a_sentence_and_holds_nothing_up(story: str) -> None:
    seen = probe(story)
    assert seen["error"].startswith("The Raspberry Pi camera or its encoder stopped delivering.")
    assert sum(len(act) for act in seen["acts"]) == pytest.approx(19, abs=2 * (story == "stall"))
    # A second of patience, and at most one and a half to release what hangs.
    assert 1.0 <= seen["silence"] < 4.0


@pytest.mark.parametrize("story", ["refusing", "no-device", "no-hardware"])
def test_without_the_hardware_the_software_encodes(story: str) -> None:
    seen = probe(story)
    assert (len(seen["acts"][0]), seen["error"]) == (20, None)
    assert seen["decoded"]["h264"] == WHOLE


def test_it_ends_with_the_wishes() -> None:
    seen = probe("ends")
    assert ([len(act) for act in seen["acts"]], seen["error"]) == ([10, 0], None)
    assert seen["silence"] < 2.0


def test_picamera2_sets_what_was_promised_to_the_viewers() -> None:
    assert probe("controls")["equal"], probe("controls")["set"]


def test_the_hardware_is_used_only_where_it_is() -> None:
    found = probe("found")
    assert [name for name, there in found.items() if there] == ["bcm2835-codec-encode"]
    assert len(found) == 5

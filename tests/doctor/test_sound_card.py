"""The doctor before a real sound system: PortAudio on the rig's null sinks."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.doctor.commands import Done, run, written
from tests.support.rigs.audio.rig import AudioRig
from tests.support.rigs.audio.tones import tone

pytestmark = pytest.mark.rig


@pytest.fixture
def rig() -> Iterator[AudioRig]:
    with AudioRig() as rig:
        yield rig


def doctor(rig: AudioRig, folder: Path, **audio: str) -> Done:
    config = written(folder, {"audio": {"backend": "auto", **audio}})
    return run("doctor", "--config", config, environment=rig.environment)


def test_a_microphone_that_hears_something(rig: AudioRig, tmp_path: Path) -> None:
    with rig.playing(tone(715.0, 20.0)):
        done = doctor(rig, tmp_path)
    assert done.code == 0, done.output
    assert done.line("microphone") == "✓ microphone    default gives sound."
    assert done.line("speaker") == "✓ speaker       default takes sound."


def test_a_muted_microphone(rig: AudioRig, tmp_path: Path) -> None:
    with rig.playing(np.zeros(20 * 48_000, np.float64)):
        done = doctor(rig, tmp_path)
    assert done.code == 1
    assert "nothing but digital silence. Check its mute button, or unmute" in done.line(
        "microphone"
    )
    assert done.line("speaker").startswith("✓")


def test_a_name_that_no_device_has(rig: AudioRig, tmp_path: Path) -> None:
    done = doctor(rig, tmp_path, input_device="nonsense")
    assert done.code == 1
    assert 'There is no microphone "nonsense". Found: "' in done.line("microphone")


def test_devices_are_listed_with_the_names_to_write(rig: AudioRig, tmp_path: Path) -> None:
    done = run("devices", "--json", "--config", written(tmp_path), environment=rig.environment)
    found = json.loads(done.output)
    assert {each["device"] for each in found["microphones"]} >= {"intermic", "intercom", "default"}
    assert {each["device"] for each in found["speakers"]} >= {"ppout", "intercom", "default"}
    chosen = [each["device"] for each in found["microphones"] if each["default"]]
    assert chosen == ["default"]

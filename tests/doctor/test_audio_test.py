"""The command audio-test: on the real PortAudio, and where it cannot do its work."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from homecall_appliance.config.model import Audio, Config, Server
from homecall_appliance.control.status import AudioStatus, CallStatus, Status
from homecall_appliance.doctor.acoustics import listening, session
from homecall_appliance.doctor.facts import Appliance, Daemon, Looked
from homecall_appliance.media.ports import (
    BLOCK_SAMPLES,
    Block,
    DeviceError,
    Exchange,
    SoundFigures,
    SoundProblems,
)
from tests.doctor.commands import run, written
from tests.support.rigs.audio.rig import AudioRig


@pytest.mark.rig
def test_a_loudspeaker_that_the_microphone_hears(tmp_path: Path) -> None:
    with AudioRig() as rig:
        rig.couple(-12.0)
        config = written(tmp_path, {"audio": {"backend": "auto"}})
        done = run("audio-test", "--json", "--config", config, environment=rig.environment)
    report = json.loads(done.output)
    assert (done.code, done.errors) == (0 if report["good"] else 1, "")
    echo = report["figures"]["echo"]
    assert echo["loss"] == pytest.approx(12.0, abs=0.5)
    assert echo["cancelled_loss"] > echo["loss"] + 5
    assert echo["delay"] >= 20
    grades = {each["about"]: each["grade"] for each in report["verdicts"]}
    assert (grades["microphone"], grades["loudspeaker"]) == ("good", "good")
    # A machine with much to do loses sound, and hears of it.
    lost = abs(echo["shift"]) > 4
    assert (grades["delay"] == "poor") is lost
    assert report["good"] or lost


@pytest.mark.parametrize("backend", ["tone", "file", "silence"])
def test_a_configuration_without_a_sound_card(
    backend: Literal["tone", "file", "silence"],
) -> None:
    with pytest.raises(session.CannotTest, match=f'audio.backend is "{backend}"'):
        session.check(Config(audio=Audio(backend=backend)))


def test_a_wrong_configuration(tmp_path: Path) -> None:
    done = run("audio-test", "--config", written(tmp_path, {"audio": {"volume": 101}}))
    assert (done.code, done.output) == (2, "")
    assert "audio.volume: " in done.errors


@pytest.mark.apt
def test_no_sound_card(tmp_path: Path) -> None:
    nobody = tmp_path / "asound.conf"
    nobody.write_text(f'pcm.default {{ type pulse server "unix:{tmp_path}/nobody" }}\n')
    config = written(tmp_path, {"audio": {"backend": "auto"}})
    done = run("audio-test", "--config", config, environment={"ALSA_CONFIG_PATH": str(nobody)})
    assert done.code == 1
    assert done.output == session.WHAT_HAPPENS + "\n"
    assert done.errors.startswith("No sound card was found")


@pytest.mark.parametrize(
    ("appliance", "words"),
    [
        (Appliance(Daemon.STOPPED), None),
        (Appliance(Daemon.RUNNING, Status(audio=AudioStatus("closed"))), None),
        (Appliance(Daemon.RUNNING, Status(calls=(CallStatus(),))), "when the call is over"),
        (Appliance(Daemon.RUNNING, Status(audio=AudioStatus("open"))), "when the call is over"),
        (Appliance(Daemon.FORBIDDEN), "Try it with sudo."),
        (Appliance(Daemon.SILENT), "Restart it with: sudo systemctl"),
    ],
)
def test_the_appliance_may_have_the_sound_card(
    appliance: Appliance, words: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Server] = []

    def ask(server: Server) -> Appliance:
        asked.append(server)
        return appliance

    monkeypatch.setattr(session, "ask_appliance", ask)
    config = Config()
    if words is None:
        session.check(config)
    else:
        with pytest.raises(session.CannotTest, match=words):
            session.check(config)
    assert asked == [config.server]


@pytest.mark.parametrize(
    ("looked", "words"),
    [
        (Looked("hung"), "The sound card hangs"),
        (Looked("crashed", reason="SIGSEGV"), "SIGSEGV"),
        (Looked(values={"speaker": "USB", "problem": "It was lost."}), "It was lost."),
        (Looked(values={"speaker": "USB"}), "No microphone was found"),
        (Looked(values={"microphone": "USB"}), "No loudspeaker was found"),
    ],
)
def test_a_test_that_comes_to_nothing(looked: Looked, words: str) -> None:
    tasks: list[tuple[str, Mapping[str, Any]]] = []

    def look(task: str, settings: Mapping[str, Any]) -> Looked:
        tasks.append((task, settings))
        return looked

    with pytest.raises(session.CannotTest, match=words):
        session.run(Config(audio=Audio(volume=7)), look)
    ((task, settings),) = tasks
    assert (task, settings["volume"]) == ("hear-echo", 7)


class Tape:
    """An `AudioDevice` that hears what it has played one block before, for so many blocks."""

    figures = SoundFigures()
    problems = SoundProblems()

    def __init__(self, blocks: int) -> None:
        self.played: list[Block] = [np.zeros(BLOCK_SAMPLES, np.int16)]
        self._blocks = blocks

    @contextmanager
    def open(self, exchange: Exchange, *, capture: bool = True) -> Iterator[None]:
        def turn() -> None:
            for _ in range(self._blocks):
                played = exchange.play()
                exchange.hear(self.played[-1], played, 0.0)
                self.played.append(played)

        thread = threading.Thread(target=turn)
        thread.start()
        yield
        thread.join()


def test_what_is_captured_stands_beside_what_is_played() -> None:
    played = np.arange(5 * BLOCK_SAMPLES, dtype=np.int16)
    tape = Tape(9)
    captured = listening.hear(tape, played)
    assert np.array_equal(np.concatenate(tape.played[2:7]), played), "once it hears"
    assert np.array_equal(captured[BLOCK_SAMPLES:], played[:-BLOCK_SAMPLES])
    assert not captured[:BLOCK_SAMPLES].any()
    assert not np.any(tape.played[7:]), "then it is silent"


def test_a_sound_card_that_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "PATIENCE", 0.0)
    with pytest.raises(DeviceError, match="has stopped"):
        listening.hear(Tape(4), np.zeros(5 * BLOCK_SAMPLES, np.int16))

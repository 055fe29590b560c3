"""The sound card: the real PortAudio on the rig's null sinks."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from homecall_appliance.media.audio import bridge, portaudio, streams
from homecall_appliance.media.audio.choice import NO_DEVICE, Direction, SoundDevice
from homecall_appliance.media.audio.devices import chosen, list_devices, load
from homecall_appliance.media.audio.portaudio import SoundCard
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block, DeviceError, SoundProblems
from tests.support.exchange import Nobody
from tests.support.rigs.audio.rig import AudioRig
from tests.support.rigs.audio.tones import Sound, dominant_frequency, level_dbfs, steady, tone

pytestmark = pytest.mark.rig

PERIOD = 50
"""A second of blocks: whole hertz repeat in it."""


class Caller:
    """An `Exchange` that plays 900 Hz and keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[Block] = []
        self.known: list[Block] = []
        self.last = time.monotonic()
        self._said = tone(900.0, 1.0).reshape(PERIOD, BLOCK_SAMPLES)
        self._played = count()
        self._changed = threading.Condition()

    def play(self) -> Block:
        return cast("Block", self._said[next(self._played) % PERIOD])

    def hear(self, captured: Block, played: Block, skipped: float) -> None:
        with self._changed:
            self.heard.append(captured)
            self.known.append(played)
            self.last = time.monotonic()
            self._changed.notify_all()

    def wait(self, blocks: int) -> Sound:
        """The sound of the next `blocks` blocks."""
        with self._changed:
            start = len(self.heard)
            assert self._changed.wait_for(lambda: len(self.heard) >= start + blocks, 20)
            return np.concatenate(self.heard[start : start + blocks])

    def wait_for_the_end(self) -> None:
        """Wait, as the owner of a device does, until the calls have been away for a while."""
        deadline = time.monotonic() + 20
        while time.monotonic() - self.last < bridge.STALE_SECONDS + 0.2:
            assert time.monotonic() < deadline, "The calls never ended."
            time.sleep(0.05)


def leave_only(rig: AudioRig, name: str, direction: str) -> None:
    """Leave one device, in one direction: "capture" or "playback"."""
    file = Path(rig.environment["ALSA_CONFIG_PATH"])
    lines = [line for line in file.read_text().splitlines() if line.startswith(f"pcm.{name}")]
    lines.append(f'pcm.default {{ type asym {direction}.pcm "{name}" }}')
    file.write_text("\n".join(lines) + "\n")


def lose(card: SoundCard, caller: Caller, loss: Callable[[], None]) -> None:
    """Use a card until it is lost, and leave it then, as its owner does."""
    with card.open(caller):
        caller.wait(3)
        loss()
        caller.wait_for_the_end()


@pytest.fixture
def no_sound_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ALSA knows a device whose sound server is not there."""
    alsa = tmp_path / "asound.conf"
    alsa.write_text(f'pcm.default {{ type pulse server "unix:{tmp_path}/nobody" }}\n')
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(alsa))


@pytest.mark.parametrize(
    ("input_device", "output_device"),
    [("", ""), ("intercom", "INTERCOM"), ("intermic", "ppout")],
    ids=["default", "one device", "two devices"],
)
def test_both_directions(rig: AudioRig, input_device: str, output_device: str) -> None:
    caller = Caller()
    card = SoundCard(input_device, output_device)
    with rig.playing(tone(715.0, 20.0)), card.open(caller):
        heard = steady(caller.wait(PERIOD))
        played = steady(rig.record(1.0))
    assert {(block.dtype.str, block.shape) for block in caller.heard} == {("<i2", (960,))}
    assert dominant_frequency(heard) == pytest.approx(715.0, abs=1.0)
    assert level_dbfs(heard) == pytest.approx(-12.0, abs=1.0)
    assert dominant_frequency(played) == pytest.approx(900.0, abs=1.0)
    assert level_dbfs(played) == pytest.approx(-12.0, abs=1.0), "it is on both channels"


@pytest.mark.parametrize(
    ("input_device", "output_device"),
    [("", ""), ("intercom", "INTERCOM"), ("intermic", "ppout")],
    ids=["default", "one device", "two devices"],
)
def test_the_loudspeaker_without_the_microphone(
    rig: AudioRig, input_device: str, output_device: str
) -> None:
    card = SoundCard(input_device, output_device)
    for capture in (True, False):
        caller = Caller()
        with rig.playing(tone(715.0, 20.0)), card.open(caller, capture=capture):
            caller.wait(3)
            assert bool(rig.recorders()) is capture
            heard = caller.wait(PERIOD)
            played = steady(rig.record(1.0))
        assert heard.any() == capture
        assert dominant_frequency(played) == pytest.approx(900.0, abs=1.0)
        assert card.problems == SoundProblems()


def test_opened_again_and_again(rig: AudioRig) -> None:
    card = SoundCard()
    threads = threading.active_count()
    for _ in range(5):
        caller = Caller()
        with card.open(caller):
            caller.wait(3)
        blocks = len(caller.heard)
        assert threading.active_count() == threads
    time.sleep(0.1)
    assert len(caller.heard) == blocks


def hears(rig: AudioRig, card: SoundCard) -> SoundProblems:
    """Make sure that the microphone works, and return what the card lacks."""
    caller = Caller()
    with rig.playing(tone(715.0, 20.0)), card.open(caller):
        caller.wait(PERIOD // 2)
        heard = steady(caller.wait(PERIOD))
        problems = card.problems
    assert dominant_frequency(heard) == pytest.approx(715.0, abs=1.0)
    return problems


def plays(rig: AudioRig, card: SoundCard) -> SoundProblems:
    """The same of the loudspeaker."""
    caller = Caller()
    with card.open(caller):
        caller.wait(PERIOD // 2)
        played = steady(rig.record(1.0))
        problems = card.problems
    assert dominant_frequency(played) == pytest.approx(900.0, abs=1.0)
    assert not np.concatenate(caller.heard).any()
    return problems


def test_only_a_microphone(rig: AudioRig) -> None:
    leave_only(rig, "intermic", "capture")
    assert hears(rig, SoundCard()) == SoundProblems(loudspeaker=NO_DEVICE["output"])


def test_only_a_loudspeaker(rig: AudioRig) -> None:
    leave_only(rig, "ppout", "playback")
    assert plays(rig, SoundCard()) == SoundProblems(microphone=NO_DEVICE["input"])


def test_a_name_that_no_loudspeaker_has(rig: AudioRig) -> None:
    assert hears(rig, SoundCard("", "intermic")) == SoundProblems(
        loudspeaker='There is no loudspeaker "intermic". Found: "ppout", "intercom", "default". '
        "Set audio.output_device to a part of such a name, or leave it empty."
    )


def test_a_name_that_no_microphone_has(rig: AudioRig) -> None:
    assert plays(rig, SoundCard("jabra")) == SoundProblems(
        microphone='There is no microphone "jabra". Found: "intermic", "intercom", "default". '
        "Set audio.input_device to a part of such a name, or leave it empty."
    )


def test_names_that_no_device_has(rig: AudioRig) -> None:
    with (
        pytest.raises(DeviceError, match='no microphone "jabra"'),
        SoundCard("jabra", "jabra").open(Caller()),
    ):
        pytest.fail("It was opened.")


@pytest.mark.parametrize(
    ("broken", "direction"),
    [("intermic", "input"), ("ppout", "output")],
)
def test_one_of_both_cannot_be_opened(rig: AudioRig, broken: str, direction: Direction) -> None:
    sounddevice, caller = load(), Caller()
    choices = chosen(sounddevice, {"input": "intermic", "output": "ppout"})
    devices = {each: cast("SoundDevice", choice) for each, choice in choices.items()}
    file = Path(rig.environment["ALSA_CONFIG_PATH"])
    nowhere = f'pcm.{broken} {{ type pulse server "unix:/nowhere" }}'
    file.write_text(re.sub(rf"pcm\.{broken} .*", nowhere, file.read_text()))
    os.utime(file, (0, 0))  # by which ALSA sees that it has changed
    opened = streams.open_streams(sounddevice, devices, lambda: bridge.Bridge(caller, bool))
    with opened.stack:
        caller.wait(PERIOD)
    assert list(opened.failed) == [direction]
    assert str(opened.failed[direction]).startswith("The sound card could not be opened: ")


def test_devices_are_listed(rig: AudioRig) -> None:
    assert [
        (device.name, bool(device.input_channels), bool(device.output_channels))
        for device in list_devices()
    ] == [
        ("ppout", False, True),
        ("intermic", True, False),
        ("intercom", True, True),
        ("default", True, True),
    ]


@pytest.mark.parametrize("input_device", ["intercom", "intermic"])
def test_what_is_played_is_known_when_the_microphone_hears(
    rig: AudioRig, input_device: str
) -> None:
    card, caller = SoundCard(input_device, "ppout"), Caller()
    with card.open(caller):
        caller.wait(2 * PERIOD)
    known = np.concatenate(caller.known[-PERIOD:])
    assert dominant_frequency(known) == pytest.approx(900.0, abs=1.0)
    assert abs(card.figures.drift) < 1000


@pytest.mark.long
@pytest.mark.parametrize("input_device", ["intercom", "intermic"])
def test_its_threads_go_before_others(rig: AudioRig, input_device: str) -> None:
    before, caller = set(threads()), Caller()
    with SoundCard(input_device, "ppout").open(caller):
        caller.wait(PERIOD)
        begun = [os.sched_getscheduler(each) for each in threads() if each not in before]
    assert len(begun) > 2, "PortAudio's, and those of the sound system's library"
    allowed = os.geteuid() == 0
    assert set(begun) == {os.SCHED_RR if allowed else os.SCHED_OTHER}
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def threads() -> list[int]:
    """Those of this process."""
    return [int(each.name) for each in Path("/proc/self/task").iterdir()]


def test_a_card_is_plugged_in_meanwhile(rig: AudioRig, tmp_path: Path) -> None:
    (tmp_path / "pcmC0D0p").touch()
    card = SoundCard(nodes=tmp_path)
    with pytest.raises(DeviceError, match=r"A sound device was plugged in\."):
        lose(card, Caller(), (tmp_path / "pcmC1D0c").touch)


def test_another_sample_rate_is_refused(rig: AudioRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SAMPLE_RATE", 1_000_000)
    with (
        pytest.raises(DeviceError, match=r"does not work at 1000000 Hz\. Leave audio"),
        SoundCard().open(Caller()),
    ):
        pytest.fail("It was opened.")


def test_the_sound_card_goes_away(rig: AudioRig) -> None:
    caller = Caller()
    card = SoundCard()
    with pytest.raises(DeviceError, match="The sound card was lost"):
        lose(card, caller, rig.lose)
    with pytest.raises(DeviceError, match="No sound card was found"), card.open(caller):
        pytest.fail("It was opened.")


def test_a_card_that_comes_later_is_found(rig: AudioRig, monkeypatch: pytest.MonkeyPatch) -> None:
    card = SoundCard()
    with pytest.raises(DeviceError, match="The sound card was lost"):
        lose(card, Caller(), rig.lose)
    with AudioRig() as another:
        monkeypatch.setenv("ALSA_CONFIG_PATH", another.environment["ALSA_CONFIG_PATH"])
        caller = Caller()
        with card.open(caller):
            caller.wait(3)


def test_a_driver_that_hangs(rig: AudioRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portaudio, "CLOSE_SECONDS", 0.2)
    caller = Caller()
    card = SoundCard()
    with pytest.raises(DeviceError, match="The sound card was lost"):
        lose(card, caller, lambda: rig.signal("pipewire-pulse", signal.SIGSTOP))
    with pytest.raises(DeviceError, match="does not let go"), card.open(caller):
        pytest.fail("It was opened.")
    rig.signal("pipewire-pulse", signal.SIGCONT)
    deadline = time.monotonic() + 20
    while any(thread.name == "audio-close" for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "It never closed."
        time.sleep(0.02)
    with card.open(caller):
        caller.wait(3)


# The bridge to PortAudio prints the error where it happens, too.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("reply", [None, np.zeros(7, np.int16)], ids=["error", "wrong size"])
def test_an_error_in_exchange_is_raised_on_leaving(rig: AudioRig, reply: Block | None) -> None:
    called = threading.Event()

    class Fragile(Nobody):
        def play(self) -> Block:
            called.set()
            if reply is None:
                raise ZeroDivisionError
            return reply

    expected = ZeroDivisionError if reply is None else ValueError
    with pytest.raises(expected), SoundCard().open(Fragile()):
        assert called.wait(20)


def test_late_blocks_are_counted_and_cost_nothing_later(rig: AudioRig) -> None:
    class Sluggish(Caller):
        def hear(self, captured: Block, played: Block, skipped: float) -> None:
            if len(self.heard) == 30:
                time.sleep(0.5)
            super().hear(captured, played, skipped)

    caller = Sluggish()
    card = SoundCard()
    with card.open(caller):
        caller.wait(PERIOD)
        caller.wait(PERIOD)
        begun = time.process_time()
        caller.wait(2 * PERIOD)
        used = time.process_time() - begun
    counted = card.figures.concealed
    print(f"{100 * used / 2:.0f} % of a core; {card.figures}")
    assert used < 1.0, "PortAudio does not spin"
    with card.open(caller):
        caller.wait(3)
    assert card.figures.concealed >= counted > 0, "it only grows"


@pytest.mark.usefixtures("no_sound_system")
@pytest.mark.parametrize("name", ["", "intercom"])
def test_no_sound_system(name: str) -> None:
    sentence = (
        'There is no microphone "intercom". Found: none' if name else "No sound card was found"
    )
    with pytest.raises(DeviceError, match=sentence), SoundCard(name).open(Caller()):
        pytest.fail("It was opened.")
    assert list_devices() == []


@pytest.mark.parametrize(
    ("preparation", "sentence"),
    [
        ("import ctypes.util; ctypes.util.find_library = lambda name: None", "libportaudio2"),
        ("import os; os.environ['ALSA_CONFIG_PATH'] = 'broken.conf'", "/etc/asound.conf"),
    ],
    ids=["no PortAudio", "broken ALSA file"],
)
def test_what_importing_finds_is_a_sentence(
    tmp_path: Path, preparation: str, sentence: str
) -> None:
    (tmp_path / "broken.conf").write_text("pcm.default {\n")
    program = f"""
{preparation}
from homecall_appliance.media.audio.portaudio import SoundCard
from homecall_appliance.media.ports import DeviceError
try:
    with SoundCard().open(None):
        pass
except DeviceError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=True,
        timeout=40,
    )
    assert sentence in done.stdout

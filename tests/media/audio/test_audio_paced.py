"""The sound devices without hardware: their pace, and that their sound has no seam."""

import threading
import wave
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import av
import numpy as np
import pytest

from homecall_appliance.config.model import Audio
from homecall_appliance.media.audio import create_audio
from homecall_appliance.media.audio.file import SoundFile
from homecall_appliance.media.audio.paced import Pacer
from homecall_appliance.media.audio.portaudio import SoundCard
from homecall_appliance.media.audio.silence import Silence
from homecall_appliance.media.audio.tone import Tone
from homecall_appliance.media.ports import BLOCK_SAMPLES, AudioDevice, Block, DeviceError
from tests.support.exchange import Nobody
from tests.support.rigs.audio.tones import Sound, dominant_frequency, level_dbfs, tone


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def pacer(self) -> Pacer:
        return Pacer(self.clock, self.sleep)


class Listener(Nobody):
    """An `Exchange` that keeps what it hears; after `blocks` of them it holds the device up."""

    def __init__(self, time: Time, blocks: int, stalls: dict[int, float] | None = None) -> None:
        self.times: list[float] = []
        self.heard: list[Block] = []
        self._time = time
        self._blocks = blocks
        self._stalls = stalls or {}
        self._enough = threading.Event()

    def hear(self, captured: Block, played: Block, skipped: float) -> None:
        if len(self.heard) < self._blocks:
            self.times.append(round(self._time.now - 100.0, 6))
            self.heard.append(captured)
            self._time.sleep(self._stalls.get(len(self.heard), 0.0))
        else:
            self._enough.set()

    def listen(self, device: AudioDevice) -> Sound:
        with device.open(self):
            assert self._enough.wait(20)
        return np.concatenate(self.heard)


def hear(device_of: type[Tone] | type[Silence], blocks: int) -> Sound:
    time = Time()
    return Listener(time, blocks).listen(device_of(pacer=time.pacer()))


def write_wav(path: Path, samples: Sound, rate: int, channels: int = 1) -> str:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, len(samples), "NONE", ""))
        file.writeframes(np.repeat(samples, channels).tobytes())
    return str(path)


def hear_file(path: str, blocks: int) -> Sound:
    time = Time()
    return Listener(time, blocks).listen(SoundFile(path, time.pacer()))


def test_blocks_come_every_20_ms_without_drift() -> None:
    time = Time()
    listener = Listener(time, 3000, stalls=dict.fromkeys(range(1, 3000, 3), 0.007))
    listener.listen(Silence(time.pacer()))
    assert listener.times == [round(0.02 * number, 6) for number in range(3000)]


def test_after_a_stall_blocks_are_left_out_and_come_in_no_burst() -> None:
    time = Time()
    listener = Listener(time, 6, stalls={2: 0.130})
    sound = listener.listen(Tone(time.pacer()))
    assert listener.times == [0.0, 0.02, 0.15, 0.16, 0.18, 0.2]
    assert np.abs(sound - tone(440.0, 6 * 0.02, -18.0)).max() <= 1, "nor is there a gap in it"


def test_a_block_is_int16_mono_and_the_callees_own() -> None:
    time = Time()
    listener = Listener(time, 3)
    listener.listen(Silence(time.pacer()))
    assert {(block.dtype.str, block.shape) for block in listener.heard} == {("<i2", (960,))}
    listener.heard[0][:] = 7
    assert not listener.heard[1].any()


def test_silence_is_silent() -> None:
    assert level_dbfs(hear(Silence, 10)) == float("-inf")


def test_the_tone_is_a_steady_440_hz() -> None:
    sound = hear(Tone, 50)
    assert dominant_frequency(sound) == pytest.approx(440.0, abs=0.1)
    assert level_dbfs(sound) == pytest.approx(-18.0, abs=0.1)
    assert np.abs(np.diff(sound.astype(int))).max() <= 4125 * 2 * np.pi * 440 / 48_000 + 1


@pytest.mark.parametrize(("rate", "channels"), [(48_000, 1), (44_100, 2), (8_000, 1)])
def test_a_file_is_resampled_and_repeated_without_a_seam(
    tmp_path: Path, rate: int, channels: int
) -> None:
    time = np.arange(rate // 2) / rate
    wave_file = (8000 * np.sin(2 * np.pi * 600 * time)).astype(np.int16)
    sound = hear_file(write_wav(tmp_path / "a.wav", wave_file, rate, channels), 150)
    assert dominant_frequency(sound) == pytest.approx(600.0, abs=0.1)
    steps = np.abs(np.diff(sound.astype(int)))[BLOCK_SAMPLES:]
    assert steps.max() <= 8000 * 2 * np.pi * 600 / 48_000 * 1.05, "a step is a click"
    second = sound[48_000:].reshape(-1, BLOCK_SAMPLES)
    assert all(level_dbfs(block) == pytest.approx(-12.25, abs=0.5) for block in second)


def test_a_compressed_file_with_a_picture_gives_its_sound(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as film:
        picture = film.add_stream("mpeg4", rate=25)
        picture.width = picture.height = 64
        sound = film.add_stream("libopus", rate=48_000)
        film.mux(picture.encode(av.VideoFrame(64, 64, "yuv420p")))
        frame = av.AudioFrame.from_ndarray(tone(800.0, 1.0)[np.newaxis], "s16", "mono")
        frame.sample_rate = 48_000
        film.mux(sound.encode(frame))
        film.mux(sound.encode(None))
        film.mux(picture.encode(None))
    assert dominant_frequency(hear_file(str(path), 60)) == pytest.approx(800.0, abs=1.0)


def test_a_file_shorter_than_a_block_is_repeated(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(1000.0, 0.005), 48_000)
    assert dominant_frequency(hear_file(path, 25)) == pytest.approx(1000.0, abs=0.1)


def broken_files(folder: Path) -> Iterator[tuple[Path, str]]:
    yield folder / "missing.wav", "cannot be read"
    yield folder, "cannot be read"
    (folder / "text.wav").write_text("This is no sound.")
    yield folder / "text.wav", "cannot be read"
    write_wav(folder / "empty.wav", np.zeros(0, np.int16), 48_000)
    yield folder / "empty.wav", "There is no sound in the file"
    with av.open(str(folder / "mute.mp4"), "w") as film:
        picture = film.add_stream("mpeg4", rate=25)
        picture.width = picture.height = 64
        film.mux(picture.encode(av.VideoFrame(64, 64, "yuv420p")))
        film.mux(picture.encode(None))
    yield folder / "mute.mp4", "There is no sound in the file"


def test_a_file_without_sound_is_refused_with_a_sentence(tmp_path: Path) -> None:
    for path, sentence in broken_files(tmp_path):
        with (
            pytest.raises(DeviceError, match=f"{sentence}.*audio.input_device"),
            SoundFile(str(path)).open(Nobody()),
        ):
            pytest.fail("It was opened.")


def test_a_source_that_fails_is_a_lost_device() -> None:
    failed = threading.Event()

    def blocks() -> Iterator[Block]:
        yield np.zeros(BLOCK_SAMPLES, np.int16)
        failed.set()
        raise DeviceError("The file is gone.")

    with (
        pytest.raises(DeviceError, match="The file is gone"),
        Time().pacer().run(Nobody(), blocks()),
    ):
        assert failed.wait(10)


def test_an_error_in_exchange_is_raised_on_leaving() -> None:
    heard = count()
    broken = threading.Event()

    class Fragile(Nobody):
        def hear(self, captured: Block, played: Block, skipped: float) -> None:
            if next(heard) == 3:
                broken.set()
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), Silence(Time().pacer()).open(Fragile()):
        assert broken.wait(10)


def test_nothing_is_called_after_leaving() -> None:
    for _ in range(3):
        with Silence().open(Nobody()):
            assert [thread for thread in threading.enumerate() if thread.name.startswith("audio")]
        names = [thread.name for thread in threading.enumerate()]
        assert not [name for name in names if name.startswith("audio")]


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        (Audio(), SoundCard),
        (Audio(backend="sounddevice"), SoundCard),
        (Audio(backend="file", input_device="a.wav"), SoundFile),
        (Audio(backend="tone"), Tone),
        (Audio(backend="silence"), Silence),
    ],
)
def test_each_backend_has_a_name(settings: Audio, kind: type) -> None:
    assert type(create_audio(settings)) is kind

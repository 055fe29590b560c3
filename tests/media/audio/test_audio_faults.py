"""What befalls the sound system in a call, and when it is heard again."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from homecall_appliance.media.audio import channel, portaudio
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.opus import OpusDecoder, Sound
from homecall_appliance.media.audio.portaudio import SoundCard
from homecall_appliance.media.audio.shared_audio import SharedAudio
from tests.support.rigs.audio.rig import AudioRig
from tests.support.rigs.audio.tones import tone

pytestmark = pytest.mark.rig

PATIENCE = 30.0


class Call:
    """A call that uses the sound device."""

    def __init__(self, audio: SharedAudio) -> None:
        self.audio = audio
        self.problems: list[str | None] = []
        """Each once it has come up, and None once it is gone."""

        self._heard = 0

    def take(self, sound: Sound) -> bool:
        self._heard += 1
        return True

    async def hears(self, blocks: int = 10) -> float:
        """Seconds until then."""
        enough = self._heard + blocks
        return await self.until(lambda: self._heard >= enough, "nothing is heard")

    async def has_a_problem(self) -> float:
        return await self.until(lambda: self.audio.problem is not None, "there is no problem")

    async def has_no_problem(self) -> None:
        await self.until(lambda: self.audio.problem is None, "there is a problem")
        self.problems.append(self.audio.problem)

    async def until(self, reached: Callable[[], bool], otherwise: str) -> float:
        begin = time.monotonic()
        while not reached():
            assert time.monotonic() - begin < PATIENCE, otherwise
            if self.problems[-1:] != [self.audio.problem]:
                self.problems.append(self.audio.problem)
            await asyncio.sleep(0.01)
        return time.monotonic() - begin


@asynccontextmanager
async def call(card: SoundCard) -> AsyncIterator[Call]:
    audio = SharedAudio(card, Off(), volume=100)
    supervision = asyncio.create_task(audio.run())
    with audio.talk(OpusDecoder) as voice:
        talking = Call(audio)
        voice.begin(talking.take)
        await talking.hears()
        yield talking
    supervision.cancel()
    with suppress(asyncio.CancelledError):
        await supervision


async def test_the_sound_system_ends_and_begins_again(rig: AudioRig) -> None:
    async with call(SoundCard()) as talking:
        rig.lose()
        noticed = await talking.has_a_problem()
        await asyncio.to_thread(rig.restart)
        back = await talking.hears()
    assert talking.problems[0] is None
    assert talking.problems[1] == "The sound card was lost. Check its plug; it is tried again."
    print(f"noticed after {noticed:.1f} s; heard {back:.1f} s after the sound system was back")


async def test_a_driver_that_does_not_let_go(
    rig: AudioRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portaudio, "CLOSE_SECONDS", 0.2)
    async with call(SoundCard()) as talking:
        rig.signal("pipewire-pulse", signal.SIGSTOP)
        await talking.until(lambda: talking.audio.stuck, "it is not stuck")
        rig.signal("pipewire-pulse", signal.SIGCONT)
        await talking.hears()
        await talking.until(lambda: not talking.audio.stuck, "it is stuck")
    assert str(talking.problems[-2]).startswith("The sound system does not let go")
    assert talking.problems[-1] is None


async def test_a_microphone_that_gives_nothing_but_zeros(
    rig: AudioRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "SILENT_SECONDS", 1.0)
    async with call(SoundCard()) as talking:
        await talking.has_a_problem()
        with rig.playing(tone(715.0, 20.0)):
            await talking.has_no_problem()
    assert [bool(problem) for problem in talking.problems] == [False, True, False]
    assert str(talking.problems[1]).startswith("default gives nothing but digital silence.")


@pytest.mark.parametrize("sink", ["spk", "micin"])
async def test_a_sink_goes_and_comes(rig: AudioRig, sink: str) -> None:
    async with call(SoundCard("intermic", "ppout")) as talking:
        await asyncio.to_thread(rig.unplug, sink)
        without = await talking.hears()
        await asyncio.to_thread(rig.plug_in, sink)
        again = await talking.hears()
    assert talking.problems == [None], "the sound system has given another one"
    print(f"without {sink} heard after {without:.1f} s, and with it after {again:.1f} s")

"""Chimes on the shared sound device: over calls and without them, and never in their way."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from itertools import takewhile

import numpy as np
import pytest

from homecall_appliance.media import shared as media_shared
from homecall_appliance.media.audio import shared_audio
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.mixer import level
from homecall_appliance.media.audio.opus import OpusDecoder, Sound
from homecall_appliance.media.audio.playout import Packet
from homecall_appliance.media.audio.shared_audio import Ringing, SharedAudio
from homecall_appliance.media.audio.tone import Tone
from homecall_appliance.media.ports import (
    BLOCK_SAMPLES,
    Block,
    DeviceError,
    Exchange,
    SoundFigures,
    SoundProblems,
)
from tests.support.call_world import until

pytestmark = pytest.mark.slow

SILENCE = np.zeros(BLOCK_SAMPLES, np.int16)
RUNG = ["open without microphone", "closed"]
CHIME = tuple(np.full(BLOCK_SAMPLES, level, np.int16) for level in (1000, 2000, 3000))
CADENCE = (*CHIME, *(SILENCE,) * 7)


class Monotonous:
    """A `Decoder` of a caller who says the same all the time."""

    def decode(self, packet: bytes) -> Block:
        return np.full(BLOCK_SAMPLES, 100, np.int16)

    def recover(self, following: bytes, samples: int) -> Block:
        return np.full(samples, 100, np.int16)

    def conceal(self, samples: int) -> Block:
        return np.full(samples, 100, np.int16)


MUTED = SoundProblems(microphone="It is muted.", muted=True)


class Card:
    """An `AudioDevice` that keeps what it plays; with a problem it does not open."""

    figures = SoundFigures()
    problems = SoundProblems()

    def __init__(self) -> None:
        self.played: list[Block] = []
        self.history: list[str] = []
        self.problem = ""

    @contextmanager
    def open(self, exchange: Exchange, *, capture: bool = True) -> Iterator[None]:
        if self.problem:
            self.history.append("failed")
            raise DeviceError(self.problem)
        self.history.append("open" if capture else "open without microphone")
        left = threading.Event()

        def work() -> None:
            while not left.wait(0.005):
                self.played.append(exchange.play())
                exchange.hear(SILENCE.copy(), self.played[-1], 0.0)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            left.set()
            thread.join()
            self.history.append("closed")

    @property
    def levels(self) -> list[int]:
        """The first sample of each block that was not silent."""
        return [int(block[0]) for block in self.played if block.any()]


class Speaking(Card):
    """A card whose microphone hears a tone."""

    @contextmanager
    def open(self, exchange: Exchange, *, capture: bool = True) -> Iterator[None]:
        with Tone().open(exchange, capture=capture):
            yield


class Heard:
    """Keeps what a phone would get."""

    def __init__(self) -> None:
        self.sounds: list[Sound] = []
        self.enough = asyncio.Event()

    def take(self, sound: Sound) -> bool:
        self.sounds.append(sound)
        if len(self.sounds) == 40:
            self.enough.set()
        return True


@asynccontextmanager
async def shared(card: Card, volume: int = 50) -> AsyncIterator[SharedAudio]:
    audio = SharedAudio(card, Off(), volume)
    running = asyncio.create_task(audio.run())
    yield audio
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_audio, "LATE", 0.2)


async def test_it_opens_the_device_and_lets_it_go() -> None:
    card = Card()
    async with shared(card) as audio:
        audio.ring(CHIME)
        await until(lambda: card.history == RUNG)
    assert card.levels == [500, 1000, 1500], "at the volume of the loudspeaker"


async def test_a_device_that_has_just_been_opened_may_swallow_its_first_sound() -> None:
    card = Card()
    async with shared(card) as audio:
        audio.ring(CHIME)
        await until(lambda: card.history == RUNG)
        assert sum(1 for _ in takewhile(lambda block: not block.any(), card.played)) == 20
        with audio.talk(Monotonous):
            await until(lambda: audio.open)
            heard = len(card.played)
            audio.ring(CHIME)
            await until(lambda: len(card.levels) == 6)
            assert any(block.any() for block in card.played[heard : heard + 19])


async def test_it_is_heard_over_a_call_which_keeps_the_device() -> None:
    card = Card()
    async with shared(card) as audio:
        with audio.talk(Monotonous) as voice:
            await until(lambda: audio.open)
            audio.ring(CHIME)
            await until(lambda: len(card.levels) == 3)
            await until(lambda: not audio._ringing)
            assert card.history == ["open"]
            for number in range(50):
                voice.play(Packet(number, number * BLOCK_SAMPLES, b"said"))
            await until(lambda: card.levels[-1] == 50)
            audio.ring(CHIME)
            await until(lambda: {550, 1050, 1550} <= set(card.levels))
        await until(lambda: card.history == ["open", "closed"])


async def test_two_at_a_time_are_both_heard() -> None:
    card = Card()
    async with shared(card) as audio:
        audio.ring(CHIME)
        audio.ring(CHIME)
        await until(lambda: card.history == RUNG)
    assert card.levels == [1000, 2000, 3000]


async def test_the_device_is_kept_ready_for_the_call() -> None:
    card = Card()
    async with shared(card) as audio:
        with audio.ready():
            audio.ring(CHIME)
            await until(lambda: len(card.levels) == 3)
            await until(lambda: not audio._ringing)
            with audio.talk(OpusDecoder):
                pass
        await until(lambda: card.history == ["open", "closed"])


async def test_it_rings_after_a_call_without_closing_the_device() -> None:
    card = Card()
    async with shared(card) as audio:
        with audio.talk(OpusDecoder):
            await until(lambda: audio.open)
            audio.ring(CHIME)
        await until(lambda: card.history == ["open", "closed"])
    assert card.levels == [500, 1000, 1500]


async def test_an_alert_is_heard_again_and_again_and_nobody_is_listened_to() -> None:
    card = Card()
    async with shared(card) as audio:
        with audio.alert(lambda: CADENCE):
            await until(lambda: len(card.levels) >= 7)
            assert not audio.talking
        await until(lambda: card.history == RUNG)
    assert card.levels[:7] == [500, 1000, 1500, 500, 1000, 1500, 500]
    begins = [n for n, block in enumerate(card.played) if block.any() and block[0] == 500]
    assert begins[0] == 20, "what has just been opened may swallow its first sound"
    assert begins[1] - begins[0] == 10, "in blocks of 20 ms"


async def test_the_microphone_is_open_for_calls_and_not_for_alerts() -> None:
    card = Card()
    async with shared(card) as audio, AsyncExitStack() as alerts:
        alerts.enter_context(audio.alert(lambda: CADENCE))
        await until(lambda: audio.open)
        with audio.talk(Monotonous):
            await until(lambda: card.history[-1] == "open" and audio.open)
            alerts.enter_context(audio.alert(lambda: CADENCE))
        await until(lambda: card.history[-1] == "open without microphone" and audio.open)
        await alerts.aclose()
        await until(lambda: card.history[-1] == "closed" and not audio.wanted)
    assert card.history == [*RUNG, "open", "closed", *RUNG]


async def test_an_alert_is_tried_until_the_device_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_shared, "FIRST_PAUSE", 0.05)
    card = Card()
    card.problem = "There is no sound card."
    async with shared(card) as audio:
        with audio.alert(lambda: CADENCE):
            await until(lambda: card.history == ["failed"])
            card.problem = ""
            await until(lambda: bool(card.levels))
    assert card.history == ["failed", *RUNG]


async def test_who_is_muted_is_silent_until_the_last_call_ends() -> None:
    card = Speaking()
    async with shared(card) as audio:
        audio.mute(True)
        assert not audio.muted, "there is no call"
        for muted in (True, False):
            with audio.talk(OpusDecoder) as voice:
                heard = Heard()
                voice.begin(heard.take)
                audio.mute(muted)
                assert audio.muted is muted
                await asyncio.wait_for(heard.enough.wait(), 20)
            assert not audio.muted
            decoder = OpusDecoder()
            levels = [level(decoder.decode(sound.data)) for sound in heard.sounds[20:]]
            assert (max(levels) < -60) is muted
            await until(lambda: not audio.open)


def test_one_that_would_begin_too_late_is_not_heard() -> None:
    assert Ringing(CHIME, begin_by=10.0).take(10.1) is None
    in_time = Ringing(CHIME, begin_by=10.0)
    assert [in_time.take(now) is None for now in (9.9, 10.1, 10.3, 10.5)] == [0, 0, 0, 1]


async def test_a_device_that_is_not_there_is_tried_once(caplog: pytest.LogCaptureFixture) -> None:
    card = Card()
    card.problem = "There is no sound card."
    with caplog.at_level(logging.WARNING):
        async with shared(card) as audio:
            with audio.ready():
                audio.ring(CHIME)
                await until(lambda: audio.problem is not None)
                assert not audio.wanted
                audio.ring(CHIME)
                with audio.ready():
                    assert not audio.wanted
    assert card.history == ["failed"]
    assert caplog.messages == ["There is no sound card."]


async def test_it_rings_without_a_microphone(caplog: pytest.LogCaptureFixture) -> None:
    card = Card()
    card.problems = SoundProblems(microphone="No microphone was found.")
    async with shared(card) as audio:
        audio.looked_at("No microphone was found.")
        for _ in range(2):
            card.history.clear()
            audio.ring(CHIME)
            await until(lambda: card.history == RUNG)
        assert audio.problem == "No microphone was found."
    assert card.levels == [500, 1000, 1500] * 2
    assert caplog.messages == ["No microphone was found."], "told once"


async def test_what_an_open_device_lacks_is_told_and_withdrawn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    card = Card()
    history: list[str | None] = []
    async with shared(card) as audio:
        with audio.talk(OpusDecoder), caplog.at_level(logging.INFO):
            for problems in (MUTED, SoundProblems(), MUTED):
                card.problems = problems
                await until(lambda: audio.open and audio.problem == card.problems.sentence)
                assert audio.problems == problems
                history.append(audio.problem)
        await until(lambda: card.history == ["open", "closed"])
        assert audio.problems == MUTED, "until somebody looks at it again"
        audio.looked_at(None)
        assert (audio.problem, audio.problems) == (None, SoundProblems())
    assert history == ["It is muted.", None, "It is muted."]
    assert caplog.messages == ["It is muted.", "The audio works.", "It is muted."]

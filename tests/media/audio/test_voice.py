"""One encoder for the calls of the moment: what it is set to, and what of it they get."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from homecall_appliance.media.audio import shared_audio
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.opus import OpusDecoder, Sound
from homecall_appliance.media.audio.opus_settings import OpusPreferences, OpusSettings
from homecall_appliance.media.audio.paced import Pacer
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.silence import Silence
from homecall_appliance.media.audio.voice import Voice
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block
from tests.support.call_world import until


class Encoder:
    """Notes what it is set to; of ten packets it has one sent."""

    def __init__(self) -> None:
        self.settings: list[OpusSettings] = []
        self.blocks = 0

    def apply(self, settings: OpusSettings) -> None:
        if self.settings[-1:] != [settings]:
            self.settings.append(settings)

    def encode(self, _block: Block) -> Sound:
        self.blocks += 1
        timestamp = self.blocks * BLOCK_SAMPLES
        return Sound(b"sound", timestamp, is_sent=self.blocks % 10 == 0)


@asynccontextmanager
async def shared(
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[tuple[SharedAudio, Encoder]]:
    encoder = Encoder()
    monkeypatch.setattr(shared_audio, "OpusEncoder", lambda: encoder)
    pacer = Pacer(sleep=lambda seconds: time.sleep(seconds / 10))
    audio = SharedAudio(Silence(pacer), Off(), 100)
    running = asyncio.create_task(audio.run())
    try:
        yield audio, encoder
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@pytest.mark.parametrize(
    ("preferences", "losses", "settings"),
    [
        (OpusPreferences(), [], OpusSettings(dtx=True, expected_loss=0)),
        (OpusPreferences(fec=True), [0.0], OpusSettings(dtx=True, expected_loss=0)),
        (OpusPreferences(fec=True), [0.1], OpusSettings(dtx=True, expected_loss=5)),
        (OpusPreferences(fec=False), [0.1], OpusSettings(dtx=True, expected_loss=0)),
        (OpusPreferences(dtx=False), [], OpusSettings(dtx=False, expected_loss=0)),
    ],
    ids=["nothing", "no losses", "losses", "losses without copies", "no pauses"],
)
def test_what_a_phone_wants_by_its_answer_and_its_reports(
    preferences: OpusPreferences, losses: list[float], settings: OpusSettings
) -> None:
    voice = Voice(OpusDecoder)
    voice.preferences = preferences
    for fraction in losses:
        voice.loss_reported(fraction)
    assert voice.wanted_settings == settings


async def test_the_encoder_follows_the_call_that_needs_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with shared(monkeypatch) as (audio, encoder):

        async def becomes(settings: OpusSettings) -> None:
            await until(lambda: encoder.settings[-1:] == [settings])

        with audio.talk(OpusDecoder):
            await becomes(OpusSettings())
            with audio.talk(OpusDecoder) as lossy:
                lossy.preferences = OpusPreferences(fec=True)
                lossy.loss_reported(0.1)
                await becomes(OpusSettings(expected_loss=5))
                with audio.talk(OpusDecoder) as restless:
                    restless.preferences = OpusPreferences(dtx=False)
                    await becomes(OpusSettings(dtx=False, expected_loss=5))
                await becomes(OpusSettings(expected_loss=5))
            await becomes(OpusSettings())


async def test_a_call_gets_what_is_sent_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Sound] = []

    def take(sound: Sound) -> bool:
        heard.append(sound)
        return True

    async with shared(monkeypatch) as (audio, _):
        with audio.talk(OpusDecoder) as voice:
            voice.begin(take)
            await until(lambda: len(heard) >= 3)
            assert audio.open
    assert {sound.is_sent for sound in heard} == {True}
    first = heard[0].timestamp
    steps = [10 * BLOCK_SAMPLES * number for number in range(len(heard))]
    assert [sound.timestamp - first for sound in heard] == steps

"""A visitor at the phone speaks alone, then both speak, and what the visitor hears of it."""

import asyncio

import numpy as np

from tests.support.conversation import Conversation
from tests.support.rigs.audio.talk import SINGLE, Talk, decibels, voices
from tests.support.rigs.audio.together import delay, recording
from tests.support.rigs.audio.tones import RATE, Sound

PORTS = ("spk:monitor_FL", "micin:monitor_MONO", "ear:monitor_MONO")

LATER = 0.5
"""Seconds by which the person in the room begins later: the visitor's voice is on its way."""

LONGEST = 4.0
"""Seconds that anything takes from its saying to the end of the way, and the recorder to start."""

ALIKE = 6.0
"""dB."""


async def double_talk(talk: Conversation) -> tuple[Talk, Sound]:
    """Return what happened in the room, and what the visitor hears, as if there were no delay.

    Raises AssertionError where the visitor hears the person much louder, or softer, than the
    microphone does: then levels tell nothing about the echo.
    """
    played, said = voices()
    file = talk.directory / "double.wav"
    with (
        recording(talk.room.environment, PORTS, file) as recorded,
        talk.room.playing(played, "mouth"),
    ):
        await asyncio.sleep(LATER)
        with talk.room.playing(said):
            await asyncio.sleep(len(played) / RATE + LONGEST)
    loudspeaker, microphone, ear = recorded.sounds()
    begin, person, arrival = (
        round(delay(voice, heard, LONGEST) * RATE)
        for voice, heard in ((played, loudspeaker), (said, microphone), (said, ear))
    )
    window = slice(begin, begin + len(played))
    aligned = np.concatenate([np.zeros(person, np.int16), said, np.zeros(len(said), np.int16)])
    heard = ear[arrival - person :]
    talked = Talk(loudspeaker[window], aligned[window], microphone[window])
    both = slice((SINGLE + 1) * RATE, None)
    louder = decibels(heard[window][both]) - decibels(talked.said[both])
    assert abs(louder) < ALIKE, f"The person is heard {louder:.0f} dB louder."
    return talked, heard[window]

"""Two people talk through the appliance: the caller alone, then both, and how well it went."""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from pystoi import stoi

from tests.support.rigs.audio.room import Room
from tests.support.rigs.audio.tones import RATE, Sound
from tests.support.speech import OWNER, VISITOR, speech

BLOCK = RATE // 50
QUARTER = RATE // 4
MOST_LATENCY = RATE // 10

SINGLE, DOUBLE = 10, 6
"""Seconds that the caller talks alone, and that both talk."""

PAUSE = 0.5
"""Seconds before the caller's first word."""

SETTLED = 5
"""Seconds after which the echo loss is measured."""

CALLER = (
    VISITOR,
    "The lift is out of order, so I have walked up to the third floor, and nobody was there.",
    "Is this the right house? The number on the wall is hard to read in the dark.",
)
PERSON = (OWNER, "I am sorry, I did not hear the bell. We will be with you in a minute or two.")

Process = Callable[[Sound, Sound], Sound]
"""An echo canceller: from the block that was captured, and the one that is played."""


@dataclass(frozen=True)
class Talk:
    """What is played, what the person says, and what the microphone hears: shape (n,) each."""

    played: Sound
    said: Sound
    captured: Sound


@functools.cache
def voices(caller_level: float = -18, person_level: float = -22) -> tuple[Sound, Sound]:
    """Return what the caller says from the beginning, and the person in the end; levels in dBFS."""
    length = (SINGLE + DOUBLE) * RATE
    played = np.zeros(length, np.int16)
    said = np.zeros(length, np.int16)
    first = round(PAUSE * RATE)
    played[first:] = _spoken(CALLER, "en", caller_level, length - first)
    said[SINGLE * RATE :] = _spoken(PERSON, "en-us+f3", person_level, DOUBLE * RATE)
    return played, said


def talk(room: Room) -> Talk:
    """Return them in this room."""
    played, said = voices()
    return Talk(played, said, room.hear(played, said))


def run(process: Process, captured: Sound, played: Sound) -> Sound:
    """Return what a canceller makes of it, block for block."""
    blocks = zip(captured.reshape(-1, BLOCK), played.reshape(-1, BLOCK), strict=True)
    return np.concatenate([process(*each) for each in blocks])


def decibels(sound: Sound) -> float:
    """Return the power of a sound; 0 is that of the softest noise."""
    return float(10 * np.log10(np.mean(sound.astype(float) ** 2) + 1e-3))


def echo_loss(talk: Talk, heard: Sound) -> float:
    """Return the echo return loss enhancement in single talk, when settled (ITU-T G.168), in dB."""
    settled = slice(SETTLED * RATE, SINGLE * RATE)
    return decibels(talk.captured[settled]) - decibels(heard[settled])


def convergence(talk: Talk, heard: Sound, loss: float = 20) -> float:
    """Return the seconds of the caller's speech after which each quarter has lost `loss` dB."""
    loud = decibels(talk.captured[SETTLED * RATE : SINGLE * RATE]) - 15
    last = round(PAUSE * RATE)
    for start in range(last, SINGLE * RATE, QUARTER):
        quarter = slice(start, start + QUARTER)
        echo = decibels(talk.captured[quarter])
        if echo > loud and echo - decibels(heard[quarter]) < loss:
            last = quarter.stop
    return last / RATE - PAUSE


def latency(said: Sound, heard: Sound) -> int:
    """Return by how many samples a voice is late."""
    size = 2 * len(said)
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size))
    return int(np.fft.irfft(spectrum, size)[:MOST_LATENCY].argmax())


def intelligibility(talk: Talk, heard: Sound) -> float:
    """Return how well the person is understood in double talk: STOI (Taal et al., 2011), 0 to 1."""
    said, heard = (each[SINGLE * RATE :].astype(float) for each in (talk.said, heard))
    late = latency(said, heard)
    return float(stoi(said[: len(said) - late], heard[late:], RATE))


def _spoken(texts: Iterable[str], voice: str, level: float, length: int) -> Sound:
    sound = np.concatenate([speech(text, voice) for text in texts]).astype(float)
    sound *= 32768 * 10 ** (level / 20) / np.sqrt(np.mean(sound[np.abs(sound) > 100] ** 2))
    return np.resize(np.clip(sound, -32768, 32767).astype(np.int16), length)

"""The camera and the microphone that a browser under test has."""

import random
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

SAMPLE_RATE = 48_000

HELD = """
globalThis.grant = null;
const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
if (ask) navigator.mediaDevices.getUserMedia = (wanted) => new Promise((resolve, reject) => {
  globalThis.grant = () => ask(wanted).then(resolve, reject);
});
"""
"""A script to run before the page's: the person does not answer the browser's question yet."""

GRANTED = "globalThis.grant?.() && true"
"""An expression by whose evaluation he says yes; false where he is not asked."""

Access = Literal["granted", "asked", "denied", "none"]


@dataclass(frozen=True)
class Devices:
    """Fake devices: a moving picture and a tone."""

    access: Access = "granted"
    """Whether the person lets the page have the devices, leaves the question open (Firefox only),
    denies it, or has none (none of the fake ones, that is: a camera or microphone of this machine
    stays)."""

    tone: int = 440
    """Frequency of the microphone's tone in Hz."""

    sound: Path | None = None
    """A WAV file that the microphone plays again and again in place of the tone; Chromium only."""

    system: Mapping[str, str] | None = None
    """The sound devices of the server that this environment names, in place of fake ones; no
    camera. Chromium only."""

    picture: Path | None = None
    """A Y4M file that the camera shows in place of the browser's own picture; Chromium only."""


def write_tone(path: Path, hertz: int, seconds: int = 1, amplitude: float = 0.5) -> Path:
    """Write a sine tone as WAV: 48 kHz, mono, 16 bit, without a click where it is repeated.

    `amplitude` is a share of full scale. Returns the path.
    """
    phase = 2 * np.pi * hertz * np.arange(seconds * SAMPLE_RATE) / SAMPLE_RATE
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.sin(phase) * amplitude * 32_767).astype("<i2").tobytes())
    return path


def write_film(path: Path) -> Path:
    """Write a second of noise as Y4M (yuv4mpeg(5)), so small and so slow that an emulated processor
    can decode it beside all else; returns the path."""
    width, height, rate = 160, 120, 2
    size = width * height * 3 // 2
    pictures = b"".join(b"FRAME\n" + random.randbytes(size) for _ in range(rate))
    path.write_bytes(f"YUV4MPEG2 W{width} H{height} F{rate}:1 C420jpeg\n".encode() + pictures)
    return path

"""The film that both senders show, and how much of it arrived. Pure but for `write`.

It is grey, so that a page reads the luma exactly, whatever matrix the colours were made with. Each
picture has its number at the top: 8 cells, white for 1 and black for 0, the most significant first.
Under it a landscape of 1/f noise sways, something else goes across it, and a sensor's noise of its
own lies on each picture: so an encoder has a use for whatever bitrate it gets, as with a camera.
"""

from collections.abc import Iterator
from functools import cache
from math import pi, sin
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, RATE = 640, 360, 30
"""Pixels, and pictures a second: what two processors encode, decode and compare in time."""

COUNT = 90
"""Pictures, after which it begins again where it was."""

STRIP = HEIGHT // 20
"""Rows of the number."""

CELLS = 8
BLACK, WHITE = 16, 235
"""Luma (ITU-R BT.601)."""

DIM, BRIGHT = 80, 176
"""What is between them, of 255, is neither black nor white."""

NOISE = 2.5
"""Standard deviation of the sensor's noise, of luma."""

Luma = NDArray[np.uint8]
"""A picture: shape (HEIGHT, WIDTH)."""


def pictures() -> Iterator[Luma]:
    """All of them: always the same."""
    chance = np.random.default_rng(22)
    ground, other = (_texture(chance, deep) for deep in (1.3, 0.9))
    down, across = np.mgrid[:HEIGHT, :WIDTH]
    for number in range(COUNT):
        turn = 2 * pi * number / COUNT
        sway = round(30 * sin(2 * turn)), round(60 * sin(turn))
        picture = np.roll(ground, sway, (0, 1))
        middle = (across - (WIDTH * number // COUNT)) % WIDTH - WIDTH / 2
        inside = (middle / 70) ** 2 + ((down - HEIGHT * 0.6) / 120) ** 2 < 1
        picture = np.where(inside, np.roll(other, -3 * number, 1), picture)
        picture = picture + chance.normal(0, NOISE, picture.shape)
        luma = np.clip(np.rint(picture), BLACK, WHITE).astype(np.uint8)
        luma[:STRIP] = np.repeat(_cells(number), WIDTH // CELLS)
        yield luma


def _texture(chance: np.random.Generator, deep: float) -> NDArray[np.float64]:
    """Noise whose amplitude falls with the frequency, the faster the deeper; it has no seams."""
    spectrum = np.fft.rfft2(chance.normal(0, 1, (HEIGHT, WIDTH)))
    frequency = np.hypot(np.fft.fftfreq(HEIGHT)[:, None], np.fft.rfftfreq(WIDTH)[None])
    frequency[0, 0] = np.inf
    texture = np.fft.irfft2(spectrum / frequency**deep, (HEIGHT, WIDTH))
    scaled: NDArray[np.float64] = 125 + 40 * texture / texture.std()
    return scaled


def _cells(number: int) -> Luma:
    bits = [number >> shift & 1 for shift in range(CELLS - 1, -1, -1)]
    return np.where(np.array(bits) == 1, WHITE, BLACK).astype(np.uint8)


def write(path: Path) -> Path:
    """Write it as Y4M (yuv4mpeg(5)), which both Chromium's fake camera and FFmpeg read."""
    grey = bytes([128]) * (WIDTH * HEIGHT // 2)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for luma in pictures():
            file.write(b"FRAME\n" + luma.tobytes() + grey)
    return path


def number(shown: Luma) -> int | None:
    """Which picture this one was, in full-range grey (0 to 255); None where it cannot be read."""
    middles = shown[STRIP // 2, WIDTH // CELLS // 2 :: WIDTH // CELLS]
    if np.any((middles > DIM) & (middles < BRIGHT)):
        return None
    read = int("".join("1" if each >= BRIGHT else "0" for each in middles), 2)
    return read if read < COUNT else None


def likeness(shown: Luma) -> float | None:
    """The PSNR in dB of a picture, in full-range grey, to that of the film which it was, below the
    number; None where its number cannot be read."""
    which = number(shown)
    return None if which is None else psnr(_reference(which)[STRIP:], shown[STRIP:])


def psnr(one: Luma, other: Luma) -> float:
    """10 log10 (255^2 / mean square of the differences), in dB; infinite where there is none."""
    error = float(np.mean((one.astype(np.float64) - other) ** 2))
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


@cache
def _film() -> tuple[Luma, ...]:
    return tuple(pictures())


@cache
def _reference(which: int) -> Luma:
    """A picture as a page reads it: limited range (16 to 235) made full."""
    full = (_film()[which].astype(np.float64) - BLACK) * 255 / (WHITE - BLACK)
    return np.clip(np.rint(full), 0, 255).astype(np.uint8)

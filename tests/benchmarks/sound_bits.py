"""What the sound of a call sends and costs while a room is silent, and while somebody speaks.

    python -m tests.benchmarks.sound_bits --help

The encoder alone, faster than real time, on noise by a seeded generator and on speech by espeak-ng:
no microphone, no echo canceller, no network. What goes by the wire is reckoned: IPv4, UDP, RTP with
the header extensions of a call, and SRTP's tag. The processor time is the encoder's, with what
decides on silences; trust ratios of one run.
"""

import argparse
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import thread_time
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from homecall_appliance.media.audio.opus import OpusEncoder
from homecall_appliance.media.audio.opus_settings import OpusSettings
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block
from tests.support.room import noise, talk

OVERHEAD = 20 + 8 + 12 + 8 + 10
"""Bytes of a packet beside the sound: IPv4, UDP, RTP, a header extension (mid), and the tag of
AES_CM_128_HMAC_SHA1_80."""

PERIOD = 60
"""Seconds of sound that are made, and encoded again and again."""


class Encoder(Protocol):
    """An `OpusEncoder`, of this checkout or of another one."""

    def encode(self, block: Block) -> Any:
        """Return a packet with `data`, and `is_sent` where it may be left out."""
        ...


@dataclass(frozen=True)
class Figures:
    """What became of so many seconds."""

    seconds: float
    packets: int
    octets: int
    """Of Opus alone."""

    processor: float
    """Seconds."""

    def __str__(self) -> str:
        on_the_wire = self.octets + self.packets * OVERHEAD
        return (
            f"{self.packets / self.seconds:11.1f}"
            f"{8e-3 * self.octets / self.seconds:13.1f}"
            f"{8e-3 * on_the_wire / self.seconds:13.1f}"
            f"{3600 * 1e-6 * on_the_wire / self.seconds:10.2f}"
            f"{100 * self.processor / self.seconds:13.2f}"
        )


HEAD = (
    f"{'':12}{'':30}{'packets/s':>11}{'Opus, kbit/s':>13}{'wire, kbit/s':>13}{'MB/hour':>10}"
    f"{'% of a core':>13}"
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10, help="of sound, for each row")
    parser.add_argument("--level", type=float, default=-60, help="of the room, in dBFS")
    parser.add_argument("--pause", type=float, default=1.5, help="seconds between sentences")
    parser.add_argument("--former", type=Path, help="another checkout, whose encoder is compared")
    options = parser.parse_args()
    rooms = {
        "digital 0": np.zeros(PERIOD * SAMPLE_RATE, np.int16),
        "silent room": noise(PERIOD, options.level),
        "talk": talk(PERIOD, options.pause, options.level),
    }
    encoders = _encoders(options.former)
    print(HEAD)
    for room, samples in rooms.items():
        for name, make in encoders.items():
            figures = _encode(make(), _again_and_again(samples), options.minutes * 60)
            print(f"{room:12}{name:30}{figures}", flush=True)


def _encoders(former: Path | None) -> Mapping[str, Callable[[], Encoder]]:
    def with_settings(dtx: bool, expected_loss: int) -> Callable[[], Encoder]:
        def make() -> Encoder:
            encoder = OpusEncoder()
            encoder.apply(OpusSettings(dtx, expected_loss))
            return encoder

        return make

    return {
        **({f"former, {former.resolve().name}": _former(former)} if former else {}),
        "all sent": with_settings(dtx=False, expected_loss=0),
        "all sent, copies at 5 % loss": with_settings(dtx=False, expected_loss=5),
        "DTX": with_settings(dtx=True, expected_loss=0),
        "DTX, copies at 5 % loss": with_settings(dtx=True, expected_loss=5),
    }


def _former(checkout: Path) -> Callable[[], Encoder]:
    """Return the encoder of another checkout, by this one's other modules."""
    path = checkout / "homecall_appliance" / "media" / "audio" / "opus.py"
    specification = importlib.util.spec_from_file_location("former_opus", path)
    if specification is None or specification.loader is None:
        raise SystemExit(f"There is no {path}.")
    module = importlib.util.module_from_spec(specification)
    sys.modules["former_opus"] = module
    specification.loader.exec_module(module)
    make: Callable[[], Encoder] = module.OpusEncoder
    return make


def _again_and_again(samples: NDArray[np.int16]) -> Iterator[Block]:
    blocks = samples.reshape(-1, BLOCK_SAMPLES)
    while True:
        yield from blocks


def _encode(encoder: Encoder, blocks: Iterator[Block], seconds: float) -> Figures:
    packets = octets = 0
    count = round(seconds * SAMPLE_RATE / BLOCK_SAMPLES)
    begin = thread_time()
    for _ in range(count):
        sound = encoder.encode(next(blocks))
        if getattr(sound, "is_sent", True):
            packets += 1
            octets += len(sound.data)
    processor = thread_time() - begin
    return Figures(count * BLOCK_SAMPLES / SAMPLE_RATE, packets, octets, processor)


if __name__ == "__main__":
    main()

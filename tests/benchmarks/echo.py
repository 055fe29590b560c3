"""Echo cancellers side by side, on two voices in a simulated room.

    python -m tests.benchmarks.echo

For each room and canceller: the echo return loss enhancement in single talk, the seconds until
the echo is 20 dB lower and stays so, how well the near voice is understood in double talk (STOI),
how late it is, and what 10 ms of sound cost.
"""

import time
from collections.abc import Callable
from functools import partial

from homecall_appliance.media.audio.echo.aligned import Aligned
from homecall_appliance.media.audio.echo.ducking import Ducking
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.echo.speex import NOISE, TAIL, Speex
from homecall_appliance.media.audio.echo.speexdsp import EchoFilter, Suppressor
from homecall_appliance.media.audio.echo.understudy import Canceller
from homecall_appliance.media.audio.echo.webrtc import WebRtc
from homecall_appliance.media.ports import BLOCK_SAMPLES
from tests.support.rigs.audio.room import Room
from tests.support.rigs.audio.talk import (
    Process,
    Talk,
    convergence,
    echo_loss,
    intelligibility,
    latency,
    run,
    talk,
    voices,
)
from tests.support.rigs.audio.tones import RATE, Sound

ROOMS = {
    "0 ms": Room(delay=0.0),
    "40 ms": Room(),
    "120 ms": Room(delay=0.12),
    "200 ms": Room(delay=0.2),
    "400 ms": Room(delay=0.4),
    "+100 ppm": Room(drift=100),
    "-100 ppm": Room(drift=-100),
    "noise -45 dBFS": Room(noise=-45),
    "echo -20 dB": Room(coupling=-20),
    "RT60 0.6 s": Room(reverberation=0.6),
    "distortion": Room(drive=4),
}


class Chain:
    """One after the other."""

    def __init__(self, *stages: Process) -> None:
        self._stages = stages

    def process(self, captured: Sound, played: Sound) -> Sound:
        """See `media.ports.EchoCanceller.process`."""
        for stage in self._stages:
            captured = stage(captured, played)
        return captured


def speexdsp() -> Canceller:
    """libspeexdsp's canceller and suppressor."""
    echo = EchoFilter(BLOCK_SAMPLES, TAIL)
    suppressor = Suppressor(BLOCK_SAMPLES, NOISE, after=echo)
    return Chain(echo.process, lambda captured, _: suppressor.process(captured))


def hybrid() -> Canceller:
    """libspeexdsp's canceller, then WebRTC's."""
    return Chain(EchoFilter(BLOCK_SAMPLES, TAIL).process, webrtc().process)


webrtc = partial(WebRtc, echo_cancellation=True, noise_suppression=True)

CANCELLERS: dict[str, Callable[[], Canceller]] = {
    "off": Off,
    "ducking": partial(Aligned, "ducking", Ducking),
    "webrtc": webrtc,
    "speexdsp": speexdsp,
    "speexdsp, webrtc": hybrid,
    "aligned speexdsp": partial(Aligned, "speexdsp", speexdsp),
    "aligned speexdsp, webrtc": partial(Aligned, "hybrid", hybrid),
    "aligned speexdsp, ducking": partial(Aligned, "speex", partial(Speex, noise_suppression=True)),
}


def main() -> None:
    """Print the table."""
    print(f"{'room':16}{'canceller':28}{'ERLE':>6}{'s':>7}{'STOI':>7}{'late, ms':>10}{'us':>6}")
    for room, each in ROOMS.items():
        talked = talk(each)
        for name, make in CANCELLERS.items():
            print(f"{room:16}{name:28}{_row(talked, make().process)}", flush=True)


def _row(talked: Talk, process: Process) -> str:
    started = time.thread_time()
    heard = run(process, talked.captured, talked.played)
    microseconds = (time.thread_time() - started) / (len(heard) / RATE) * 10_000
    _, said = voices()
    return (
        f"{echo_loss(talked, heard):6.0f}{convergence(talked, heard):7.2f}"
        f"{intelligibility(talked, heard):7.2f}{latency(said, heard) / RATE * 1000:10.0f}"
        f"{microseconds:6.0f}"
    )


if __name__ == "__main__":
    main()

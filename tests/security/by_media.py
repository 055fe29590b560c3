"""Rows M: what a phone does with its picture."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
from aiohttp import ClientError
from aiortc import MediaStreamTrack

from tests.security.phone import INNOCENT, Phone
from tests.security.result import Result
from tests.security.target import KEPT, MIB, Source, Target

RATE = 15
"""Pictures a second that the stranger sends."""

SECONDS = 2.5

SCREEN = Path("tests") / "support" / "rigs" / "screen.py"
"""In a working tree: the daemon with a screen, without which no picture of a phone is decoded."""


class _Encoded(MediaStreamTrack):
    """What is encoded already: aiortc sends it as it is."""

    unit: Fraction
    """Seconds of a packet."""

    def __init__(self, packets: list[bytes]) -> None:
        super().__init__()
        self._packets = packets
        self._sent = 0
        self._start = time.monotonic()

    async def recv(self) -> Any:
        """Return the next one when it is due; after the last the first."""
        await asyncio.sleep(self._start + self._sent * self.unit - time.monotonic())
        packet = av.Packet(self._packets[self._sent % len(self._packets)])
        packet.pts, packet.time_base = self._sent, self.unit
        self._sent += 1
        return packet


class EncodedPictures(_Encoded):
    """Pictures, as a phone's own encoder would make them."""

    kind = "video"
    unit = Fraction(1, RATE)


class EncodedSound(_Encoded):
    """Packets of sound."""

    kind = "audio"
    unit = Fraction(1, 50)


def encoded(width: int, height: int, pixels: str, options: dict[str, str]) -> list[bytes]:
    """Return a second of H.264 with these options of x264; each picture is a key frame's follower
    but the first, which says everything that a decoder has to know."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = width, height
    encoder.pix_fmt = pixels
    encoder.time_base = Fraction(1, RATE)
    encoder.options = {"tune": "zerolatency", "preset": "veryfast", **options}
    return [
        bytes(packet)
        for frame in _pictures(width, height, pixels)
        for packet in encoder.encode(frame)
    ]


def _pictures(width: int, height: int, pixels: str) -> Iterator[av.VideoFrame]:
    for number in range(RATE):
        bands = (np.arange(width) // 8 * 8 + 16 * number) % 256
        grey = np.broadcast_to(bands.astype(np.uint8)[None, :, None], (height, width, 3))
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(grey), "rgb24").reformat(
            format=pixels
        )
        frame.pts = number
        yield frame


MATRICES = ("YCgCo", "chroma-derived-nc", "ICtCp", "GBR")
"""Of x264's names for matrix_coefficients (H.264, table E-5): scalers do not know them all."""


async def matrices(source: Source, chance: Random) -> Result:
    """M1: pictures that name a matrix which the scaler does not know."""
    streams = {}
    for name in MATRICES:
        pixels = "yuv420p" if name != "GBR" else "yuv444p"
        streams[name] = encoded(640, 480, pixels, {"x264-params": f"colormatrix={name}"})
    return await _seen(source, streams, growth=48 * MIB)


async def monsters(source: Source, chance: Random) -> Result:
    """M2: pictures that take much memory to be decoded, in a size that is allowed."""
    params = "keyint=1000:ref=16:bframes=0:no-deblock=1"
    streams = {
        "4:4:4, 10 bit, 16 references": encoded(1920, 1080, "yuv444p10le", {"x264-params": params}),
        "4:2:0, 16 references": encoded(1920, 1080, "yuv420p", {"x264-params": params}),
    }
    return await _seen(source, streams, growth=64 * MIB)


async def _seen(source: Source, streams: dict[str, list[bytes]], growth: int) -> Result:
    with TemporaryDirectory(prefix="homecall-screen-") as directory:
        memory = Path(directory) / "memory"
        memory.write_bytes(bytes(4 * 1280 * 720))
        command = (str(source.tree / SCREEN), str(memory), "xrgb8888")
        async with (
            source.daemon(command=command) as target,
            Phone.attached(target, source=INNOCENT) as innocent,
        ):
            assert await innocent.call(), target.appliance.log()
            before = await innocent.rate(2)
            decoded = dict.fromkeys(streams, 0)
            async with target.watched() as harm:
                for name, packets in streams.items():
                    if target.alive:
                        decoded[name] = await _show(target, packets)
            during = await innocent.rate(2)
    figures = {
        **harm.figures(),
        "pictures decoded": ", ".join(f"{each}: {count}" for each, count in decoded.items()),
        "the other call, pictures/s": f"{before:.1f}, {during:.1f}",
    }
    faults = [*harm.faults(lines=20 * len(streams), growth=growth)]
    if during < KEPT * before:
        faults.append("the other call loses its pictures")
    return Result(figures, faults)


async def odd_sound(source: Source, chance: Random) -> Result:
    """M4: packets of sound that are none; nothing from outside is known that makes play-out raise,
    so this shows what comes next to it."""
    payloads = [chance.randbytes(chance.choice((1, 2, 3, 40, 400, 1200))) for _ in range(200)]
    async with (
        source.daemon() as target,
        Phone.attached(target, source=INNOCENT) as innocent,
    ):
        assert await innocent.call(), target.appliance.log()
        before = await innocent.rate(2)
        async with (
            target.watched() as harm,
            Phone.attached(target, sound=EncodedSound(payloads)) as stranger,
        ):
            await stranger.call()
            heard = await _received(target, innocent, "audioFrames")
            during = await innocent.rate(SECONDS)
            heard = await _received(target, innocent, "audioFrames") - heard
            odd = await _received(target, stranger, "audioFrames")
    figures = {
        **harm.figures(),
        "odd packets": odd,
        "of the other call, heard/s": f"{heard / SECONDS:.0f}",
        "the other call, pictures/s": f"{before:.1f}, {during:.1f}",
    }
    faults = [*harm.faults()]
    if during < KEPT * before or heard < KEPT * SECONDS / 0.02:
        faults.append("the other call loses sound or pictures")
    return Result(figures, faults, "" if odd else "no odd packet was taken")


async def _show(target: Target, packets: list[bytes]) -> int:
    """Call, and send these; returns how many pictures the daemon has decoded."""
    async with Phone.attached(target, picture=EncodedPictures(packets)) as stranger:
        await stranger.call(within=8)
        await asyncio.sleep(SECONDS)
        count = await _received(target, stranger, "videoFrames")
        await stranger.hang_up()
        return count


async def _received(target: Target, phone: Phone, figure: str) -> int:
    """Return a figure of what the daemon has received of a phone, 0 where it has ended."""
    with suppress(ClientError, OSError):
        for call in (await target.status())["calls"]:
            if call["sessionId"] == phone.session_id and "received" in call:
                return int(call["received"][figure])
    return 0

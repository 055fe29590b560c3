"""A phone's picture is decoded, and nothing that a phone sends ends that."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from fractions import Fraction

import numpy as np
import pytest
from av import VideoFrame

from homecall_appliance.media.video import decoding as module
from homecall_appliance.media.video.decoding import WAITING, Decoding
from homecall_appliance.media.video.encoder import Encoder
from homecall_appliance.media.video.picture import Codec, Picture
from media.connection import until


def film(codec: Codec, count: int, width: int = 160, height: int = 120) -> list[Picture]:
    """A picture that grows lighter."""
    encoder, pictures = Encoder(codec, 30), list[Picture]()
    for number in range(count):
        shade = np.full((height, width, 3), 100 + 5 * number, np.uint8)
        frame = VideoFrame.from_ndarray(shade, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, 30)
        pictures += encoder.encode(frame, bitrate=500_000, keyframe=False)
    return pictures


class Got:
    """What has come of it."""

    def __init__(self) -> None:
        self.frames: list[VideoFrame] = []
        self.spoilt = 0

    def take(self, frame: VideoFrame) -> None:
        self.frames.append(frame)

    def spoil(self) -> None:
        self.spoilt += 1


@asynccontextmanager
async def decoding() -> AsyncIterator[tuple[Decoding, Got]]:
    got = Got()
    working = Decoding(got.take, got.spoil)
    running = asyncio.create_task(working.run())
    yield working, got
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
    assert "decoder" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_each_picture_is_there_at_once_and_in_order(codec: Codec) -> None:
    async with decoding() as (working, got):
        for number, picture in enumerate(film(codec, 10), 1):
            assert working.put(picture)
            await until(lambda: len(got.frames) == number)  # noqa: B023 - it is awaited here
    shades = [int(frame.to_ndarray(format="gray").mean()) for frame in got.frames]
    assert shades == sorted(set(shades))
    assert got.spoilt == 0


async def test_another_codec_is_another_decoder() -> None:
    async with decoding() as (working, got):
        for picture in [*film("h264", 2), *film("vp8", 2), *film("h264", 2)]:
            assert working.put(picture)
        await until(lambda: len(got.frames) == 6)


def garbage(codec: Codec) -> Picture:
    return Picture(codec, bytes(range(256)), 0, keyframe=True)


def too_large(codec: Codec) -> Picture:
    return film(codec, 1, 2048, 1152)[0]


@pytest.mark.parametrize("bad", [garbage, too_large])
@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_what_cannot_be_decoded_is_told(
    codec: Codec, bad: Callable[[Codec], Picture]
) -> None:
    async with decoding() as (working, got):
        working.put(bad(codec))
        await until(lambda: got.spoilt == 1)
        assert not got.frames
        working.put(film(codec, 1)[0])
        await until(lambda: len(got.frames) == 1)


async def test_who_is_too_slow_leaves_out_what_waits() -> None:
    pictures = film("h264", WAITING + 2)
    got = Got()
    working = Decoding(got.take, got.spoil)  # it has not begun
    taken = [working.put(picture) for picture in pictures]
    assert taken == [True] * WAITING + [False, True]
    running = asyncio.create_task(working.run())
    working.put(pictures[0])
    await until(lambda: bool(got.frames))
    running.cancel()
    await asyncio.wait([running])


async def test_it_ends_though_pictures_come_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, decoding_began = threading.Event(), threading.Event()

    class Slow:
        def decode(self, packet: object) -> list[VideoFrame]:
            decoding_began.set()
            assert go_on.wait(10)
            return []

    monkeypatch.setattr(module, "_decoder", lambda codec: Slow())
    [picture] = film("h264", 1)
    working = Decoding(Got().take, Got().spoil)
    running = asyncio.create_task(working.run())
    await asyncio.sleep(0)
    working.put(picture)
    await until(decoding_began.is_set)
    running.cancel()
    await asyncio.sleep(0.01)
    assert not any(working.put(picture) for _ in range(2 * WAITING))
    go_on.set()
    await asyncio.wait_for(asyncio.wait([running]), 10)

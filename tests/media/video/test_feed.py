"""What a viewer gets: whole groups of pictures, never too many of them."""

import asyncio

from homecall_appliance.media.video.feed import PICTURES, PictureFeed
from homecall_appliance.media.video.picture import Codec, Picture


class Viewer:
    def __init__(self) -> None:
        self.asked = 0
        self.feed = PictureFeed("h264", self._ask)

    def _ask(self) -> None:
        self.asked += 1

    def put(self, *pictures: Picture) -> None:
        for picture in pictures:
            self.feed.put(picture)

    async def begin(self) -> asyncio.Task[Picture]:
        """Ask for the first picture, as a connection does that has just come about."""
        first = asyncio.create_task(self.feed.get())
        await asyncio.sleep(0)
        return first


def pictures(kinds: str, codec: Codec = "h264") -> list[Picture]:
    """One for each letter: K a key frame, p another."""
    return [Picture(codec, b"", number, kind == "K") for number, kind in enumerate(kinds)]


async def test_a_viewer_begins_with_a_key_frame_of_its_own() -> None:
    viewer = Viewer()
    viewer.put(*pictures("Kppp"))
    assert viewer.asked == 0
    first = await viewer.begin()
    assert viewer.asked == 1
    stream = pictures("ppKpp")
    viewer.put(*stream)
    assert [await first, await viewer.feed.get(), await viewer.feed.get()] == stream[2:]
    assert viewer.feed.dropped == 2


async def test_who_is_too_slow_goes_on_with_the_next_key_frame() -> None:
    viewer = Viewer()
    first = await viewer.begin()
    viewer.put(*pictures("K"))
    await first
    viewer.put(*pictures("p" * PICTURES))
    assert (viewer.asked, viewer.feed.dropped) == (1, 0)
    viewer.put(*pictures("p"))
    assert (viewer.asked, viewer.feed.dropped) == (2, PICTURES + 1)
    stream = pictures("ppKp")
    viewer.put(*stream)
    assert [await viewer.feed.get(), await viewer.feed.get()] == stream[2:]
    assert (viewer.asked, viewer.feed.dropped) == (2, PICTURES + 3)


async def test_a_key_frame_that_finds_no_room_makes_room() -> None:
    viewer = Viewer()
    first = await viewer.begin()
    viewer.put(*pictures("K"))
    await first
    viewer.put(*pictures("p" * PICTURES + "Kp"))
    assert (await viewer.feed.get()).keyframe
    assert (viewer.asked, viewer.feed.dropped) == (1, PICTURES)


async def test_who_is_far_too_slow_gets_key_frames_alone() -> None:
    viewer = Viewer()
    first = await viewer.begin()
    viewer.put(*pictures("K"))
    await first
    viewer.feed.skip(True)
    viewer.put(*pictures("ppKpp"))
    assert (await viewer.feed.get()).keyframe
    viewer.feed.skip(False)
    assert viewer.asked == 2
    stream = pictures("pKp")
    viewer.put(*stream)
    assert [await viewer.feed.get(), await viewer.feed.get()] == stream[1:]
    assert viewer.feed.dropped == 5


async def test_another_codec_is_for_others() -> None:
    viewer = Viewer()
    first = await viewer.begin()
    viewer.put(*pictures("KpK", "vp8"))
    await asyncio.sleep(0)
    assert not first.done()
    assert viewer.feed.dropped == 0
    first.cancel()

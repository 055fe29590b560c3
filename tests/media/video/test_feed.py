"""What a viewer gets: whole groups of pictures, as long as there is room."""

from homecall_appliance.media.video.feed import PictureFeed
from homecall_appliance.media.video.picture import Codec, Picture


class Viewer:
    def __init__(self) -> None:
        self.asked = 0
        self.room = True
        self.got: list[Picture] = []
        self.feed = PictureFeed("h264", self._ask)

    def _ask(self) -> None:
        self.asked += 1

    def begin(self) -> None:
        self.feed.begin(self._take)

    def _take(self, picture: Picture) -> bool:
        if self.room:
            self.got.append(picture)
        return self.room

    def put(self, *pictures: Picture) -> None:
        for picture in pictures:
            self.feed.put(picture)


def pictures(kinds: str, codec: Codec = "h264") -> list[Picture]:
    """One for each letter: K a key frame, p another."""
    return [Picture(codec, b"", number, kind == "K") for number, kind in enumerate(kinds)]


def test_a_viewer_begins_with_a_key_frame_of_its_own() -> None:
    viewer = Viewer()
    viewer.put(*pictures("Kppp"))
    assert (viewer.asked, viewer.feed.dropped) == (0, 0)
    viewer.begin()
    assert viewer.asked == 1
    stream = pictures("ppKpp")
    viewer.put(*stream)
    assert viewer.got == stream[2:]
    assert viewer.feed.dropped == 2


def test_who_has_no_room_goes_on_with_the_next_key_frame() -> None:
    viewer = Viewer()
    viewer.begin()
    viewer.put(*pictures("K"))
    viewer.room = False
    viewer.put(*pictures("p"))
    assert (viewer.asked, viewer.feed.dropped) == (2, 1)
    viewer.room = True
    stream = pictures("ppKp")
    viewer.put(*stream)
    assert viewer.got[1:] == stream[2:]
    assert (viewer.asked, viewer.feed.dropped) == (2, 3)


def test_who_is_far_too_slow_gets_key_frames_alone() -> None:
    viewer = Viewer()
    viewer.begin()
    viewer.put(*pictures("K"))
    viewer.feed.skip(True)
    viewer.put(*pictures("ppKpp"))
    assert [picture.keyframe for picture in viewer.got] == [True, True]
    viewer.feed.skip(False)
    assert viewer.asked == 2
    stream = pictures("pKp")
    viewer.put(*stream)
    assert viewer.got[2:] == stream[1:]
    assert viewer.feed.dropped == 5


def test_another_codec_is_for_others() -> None:
    viewer = Viewer()
    viewer.begin()
    viewer.put(*pictures("KpK", "vp8"))
    assert viewer.got == []
    assert viewer.feed.dropped == 0

"""Which small pictures of visitors are kept, and for how long."""

import pytest

from homecall_appliance.app.thumbnails import INTERVAL, Thumbnails
from homecall_appliance.display.pixels import Channel, FrameFormat, Mode
from homecall_appliance.display.ports import Frame

FORMAT = FrameFormat(Mode(2, 1, 32, 8, 0, *[Channel(0, 8)] * 3), 0)


class World:
    def __init__(self) -> None:
        self.now = 0.0
        self.thumbnails = Thumbnails(lambda: self.now)

    def see(self, call: int, shade: int) -> None:
        self.thumbnails.see(call, Frame(FORMAT, memoryview(bytes([shade, 0, 0, 0] * 2))))

    def shade(self, call: int) -> int | None:
        taken = self.thumbnails.take(call)
        return taken.pixels[0] if taken else None


def test_the_newest_of_each_is_kept_but_not_each_frame() -> None:
    world = World()
    for hundredths, shade in ((0, 10), (50, 20), (100, 30), (199, 40), (200, 0), (250, 50)):
        world.now = INTERVAL * hundredths / 100
        world.see(1, shade)
    world.see(2, 60)
    assert world.shade(1) == 50, "a black one, as of a covered lens, is not taken in its place"
    assert world.shade(2) == 60


@pytest.mark.parametrize("call", [1, 2])
def test_what_is_handed_out_is_kept_no_longer(call: int) -> None:
    world = World()
    world.see(1, 10)
    world.thumbnails.take(1)
    assert world.shade(call) is None
    world.see(1, 20)
    assert world.shade(1) == 20

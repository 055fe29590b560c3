"""What passes between the daemon and the camera's process."""

import pytest

from homecall_appliance.config.model import Camera
from homecall_appliance.media.video import ipc
from homecall_appliance.media.video.ipc import HEADER_BYTES, Header, Problem, Wish
from homecall_appliance.media.video.picture import Picture


@pytest.mark.parametrize(
    "sent",
    [
        Picture("h264", b"\0\0\0\1\x67" * 9, 2**40, True),
        Picture("vp8", b"", 0, False),
        Problem("Камера не найдена."),
    ],
)
def test_the_way_back(sent: Picture | Problem) -> None:
    data = ipc.dump(sent)
    header = Header.parse(data[:HEADER_BYTES])
    assert header.length == len(data) - HEADER_BYTES
    assert header.open(data[HEADER_BYTES:]) == sent


def test_the_way_there_is_lines() -> None:
    camera = Camera(backend="v4l2", device="/dev/video0\n", rotation=90)
    wish = Wish(400_000, {"h264": 3, "vp8": 0})
    lines = (ipc.dump_camera(camera) + ipc.dump_wish(wish)).splitlines(keepends=True)
    assert len(lines) == 2
    assert ipc.parse_camera(lines[0]) == camera
    assert ipc.parse_wish(lines[1]) == wish

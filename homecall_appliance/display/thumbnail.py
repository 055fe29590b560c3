"""A phone's picture made small, and drawn. PURE."""

from PIL import Image

from homecall_appliance.display.pixels import canvas, unpacked
from homecall_appliance.display.ports import Frame
from homecall_appliance.display.view import Thumbnail

LONGEST_SIDE = 320
"""Pixels of a thumbnail at most: a face can be known in them."""

_SPARSE = 8
"""Pixels from one that is looked at to the next, where the bars beside a picture are sought."""


def thumbnail(frame: Frame) -> Thumbnail | None:
    """Return a small copy of a frame, upright, without the black bars beside the picture; None:
    all of it is black. Takes some milliseconds."""
    mode = frame.format.mode
    pixels = canvas(frame.pixels, mode, frame.format.rotation)
    sparse = Image.fromarray(unpacked(pixels[::_SPARSE, ::_SPARSE], mode))
    box = sparse.getbbox()
    if box is None:
        return None
    left, top, right, bottom = (_SPARSE * each for each in box)
    found = pixels[top:bottom, left:right]
    step = -(-max(found.shape) // LONGEST_SIDE)
    small = unpacked(found[::step, ::step], mode)
    height, width, _ = small.shape
    return Thumbnail(width, height, small.tobytes())


def drawn(thumbnail: Thumbnail, room: tuple[int, int]) -> Image.Image:
    """Return it as large as a room of that width and height has it whole."""
    size = thumbnail.width, thumbnail.height
    share = min(room[0] / size[0], room[1] / size[1])
    picture = Image.frombytes("RGB", size, thumbnail.pixels)
    return picture.resize((max(1, int(size[0] * share)), max(1, int(size[1] * share))))

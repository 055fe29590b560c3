"""Takes the screen as a desktop does: as the DRM master, with a picture of its own, until killed.

To be run in the computer, by root; the structures are those of include/uapi/drm/drm_mode.h.
"""

import ctypes
import fcntl
import mmap
import os
import signal
import struct

GET_RESOURCES, SET_CRTC, GET_CONNECTOR = 0xA0, 0xA2, 0xA7
ADD_FB, CREATE_DUMB, MAP_DUMB = 0xAE, 0xB2, 0xB3
SET_MASTER = 0x641E
MODE_BYTES = 68

BLUE = b"\x80\x00\x00\x00"


def ask(card: int, number: int, form: str, *values: int, more: bytes = b"") -> tuple[int, ...]:
    """Give a structure of these values to the driver; returns what it made of them."""
    data = bytearray(struct.pack(form, *values) + more)
    fcntl.ioctl(card, 3 << 30 | len(data) << 16 | ord("d") << 8 | number, data)
    return struct.unpack_from(form, data)


def main() -> None:
    """Show blue."""
    card = os.open("/dev/dri/card0", os.O_RDWR)
    fcntl.ioctl(card, SET_MASTER, 0)
    counts = ask(card, GET_RESOURCES, "4Q8I", *[0] * 12)[4:8]
    crtcs, connectors = (ctypes.c_uint32 * counts[1])(), (ctypes.c_uint32 * counts[2])()
    places = (0, ctypes.addressof(crtcs), ctypes.addressof(connectors), 0)
    ask(card, GET_RESOURCES, "4Q8I", *places, 0, *counts[1:3], *[0] * 5)
    of_connector = (*[0] * 4, connectors[0], *[0] * 7)
    number = ask(card, GET_CONNECTOR, "4Q12I", *[0] * 4, *of_connector)[4]
    modes = ctypes.create_string_buffer(MODE_BYTES * number)
    places = (0, ctypes.addressof(modes), 0, 0)
    ask(card, GET_CONNECTOR, "4Q12I", *places, number, *of_connector[1:])
    mode = modes.raw[:MODE_BYTES]
    width, height = struct.unpack_from("4xH8xH", mode)
    handle, pitch, size = ask(card, CREATE_DUMB, "6IQ", height, width, 32, *[0] * 4)[4:]
    framebuffer = ask(card, ADD_FB, "7I", 0, width, height, pitch, 32, 24, handle)[0]
    offset = ask(card, MAP_DUMB, "2IQ", handle, 0, 0)[2]
    with mmap.mmap(card, size, offset=offset) as memory:
        memory[:] = BLUE * (size // len(BLUE))
    shown_on = (ctypes.c_uint32 * 1)(connectors[0])
    parts = (ctypes.addressof(shown_on), 1, crtcs[0], framebuffer, 0, 0, 0, 1)
    ask(card, SET_CRTC, "Q7I", *parts, more=mode)
    signal.pause()


main()

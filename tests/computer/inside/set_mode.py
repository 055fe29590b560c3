"""set_mode.py DEVICE WIDTH HEIGHT BITS: changes a framebuffer's mode, as fbset(1) does.

To be run in the computer; the structure is that of include/uapi/linux/fb.h.
"""

import fcntl
import os
import struct
import sys

FBIOGET_VSCREENINFO, FBIOPUT_VSCREENINFO = 0x4600, 0x4601
BYTES = 160

device, *words = sys.argv[1:]
width, height, bits = map(int, words)
screen = os.open(device, os.O_RDWR)
variable = bytearray(BYTES)
fcntl.ioctl(screen, FBIOGET_VSCREENINFO, variable)
struct.pack_into("7I", variable, 0, width, height, width, height, 0, 0, bits)
fcntl.ioctl(screen, FBIOPUT_VSCREENINFO, variable)

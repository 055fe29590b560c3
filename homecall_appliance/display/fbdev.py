"""What the kernel tells of a framebuffer (include/uapi/linux/fb.h)."""

import ctypes
import errno
import fcntl
import os
from contextlib import suppress

from homecall_appliance.display.pixels import Channel, Mode

_FBIOGET_VSCREENINFO, _FBIOGET_FSCREENINFO, _FBIOBLANK = 0x4600, 0x4602, 0x4611
_FBIOGETCMAP, _FBIOPUTCMAP, _FBIOGET_CON2FBMAP = 0x4604, 0x4605, 0x460F
_FB_BLANK_UNBLANK = 0


class _Bitfield(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("offset", "length", "msb_right")]


class _Variable(ctypes.Structure):
    """struct fb_var_screeninfo"""

    _fields_ = [
        *(
            (name, ctypes.c_uint32)
            for name in (
                *("xres", "yres", "xres_virtual", "yres_virtual", "xoffset", "yoffset"),
                *("bits_per_pixel", "grayscale"),
            )
        ),
        *((name, _Bitfield) for name in ("red", "green", "blue", "transp")),
        ("rest", ctypes.c_uint32 * 20),
    ]


class _Fixed(ctypes.Structure):
    """struct fb_fix_screeninfo"""

    _fields_ = [
        ("id", ctypes.c_char * 16),
        ("smem_start", ctypes.c_ulong),
        *((name, ctypes.c_uint32) for name in ("smem_len", "type", "type_aux", "visual")),
        *((name, ctypes.c_uint16) for name in ("xpanstep", "ypanstep", "ywrapstep")),
        ("line_length", ctypes.c_uint32),
        ("mmio_start", ctypes.c_ulong),
        *((name, ctypes.c_uint32) for name in ("mmio_len", "accel")),
        ("capabilities", ctypes.c_uint16),
        ("reserved", ctypes.c_uint16 * 2),
    ]


class _Mapping(ctypes.Structure):
    """struct fb_con2fbmap"""

    _fields_ = [(name, ctypes.c_uint32) for name in ("console", "framebuffer")]


class _Palette(ctypes.Structure):
    """struct fb_cmap"""

    _fields_ = [
        *((name, ctypes.c_uint32) for name in ("start", "len")),
        *((name, ctypes.POINTER(ctypes.c_uint16)) for name in ("red", "green", "blue", "transp")),
    ]


def mode(descriptor: int) -> Mode:
    """Return how the open framebuffer shows pictures; raises OSError."""
    variable, fixed = _Variable(), _Fixed()
    fcntl.ioctl(descriptor, _FBIOGET_VSCREENINFO, variable)
    fcntl.ioctl(descriptor, _FBIOGET_FSCREENINFO, fixed)
    bits, stride = variable.bits_per_pixel, fixed.line_length
    return Mode(
        width=variable.xres,
        height=variable.yres,
        bits=bits,
        stride=stride or variable.xres_virtual * bits // 8,
        start=variable.yoffset * stride + variable.xoffset * bits // 8,
        red=Channel(variable.red.offset, variable.red.length),
        green=Channel(variable.green.offset, variable.green.length),
        blue=Channel(variable.blue.offset, variable.blue.length),
    )


def has_console(descriptor: int, console: int) -> bool:
    """Whether the kernel shows its console of this number on the open framebuffer."""
    mapping = _Mapping(console)
    try:
        fcntl.ioctl(descriptor, _FBIOGET_CON2FBMAP, mapping)
    except OSError:
        return False
    number: int = mapping.framebuffer
    return number == os.minor(os.fstat(descriptor).st_rdev)


def wake(descriptor: int) -> None:
    """Switch the screen on, where it can be switched."""
    with suppress(OSError):
        fcntl.ioctl(descriptor, _FBIOBLANK, _FB_BLANK_UNBLANK)


def has_other_master(descriptor: int) -> bool:
    """Whether a desktop or another program shows its own picture instead: it is the DRM master.

    The kernel then refuses to set the palette (drm_fb_helper_setcmap() in
    drivers/gpu/drm/drm_fb_helper.c). The first colour is set to what it is, which changes nothing.
    """
    palette = _Palette(0, 1, *((ctypes.c_uint16 * 1)() for _ in range(3)), None)
    try:
        fcntl.ioctl(descriptor, _FBIOGETCMAP, palette)
        fcntl.ioctl(descriptor, _FBIOPUTCMAP, palette)
    except OSError as error:
        return error.errno == errno.EBUSY
    return False

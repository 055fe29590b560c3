"""What the kernel's framebuffer has, the screen shows."""

import pytest
from rigs.qemu.computer import Computer

pytestmark = [pytest.mark.rig, pytest.mark.timeout(600)]

GRAPHICS = """
import mmap
with open("/sys/class/graphics/fb0/virtual_size") as file:
    width, height = map(int, file.read().split(","))
with open("/sys/class/graphics/fb0/stride") as file:
    stride = int(file.read())
with open("/dev/fb0", "r+b") as screen, mmap.mmap(screen.fileno(), stride * height) as pixels:
    for row in range(height // 4, height // 2):
        start = row * stride + 4 * (width // 4)
        pixels[start : start + 4 * (width // 2)] = bytes((0, 128, 255, 0)) * (width // 2)
"""
"""An orange rectangle; a pixel is blue, green, red and nothing."""


def test_text_on_the_console_appears_on_the_screen(computer: Computer) -> None:
    computer.run("sh", "-c", r"printf '\033[2J\033[?25l' >/dev/tty1")
    computer.wait_for(lambda: computer.screen().getbbox() is None, 5, "an empty screen")
    computer.run("sh", "-c", r"printf '\033[1;1HReady for a call.' >/dev/tty1")
    computer.wait_for(computer.screen().getbbox, 5, "text")
    left, top, right, bottom = computer.screen().getbbox() or (0, 0, 0, 0)
    assert (left // 8, right // 8, top // 16, bottom // 16) == (0, 16, 0, 0)


def test_graphics_in_the_framebuffer_appear_on_the_screen(computer: Computer) -> None:
    computer.run("python3", "-c", GRAPHICS)
    orange = lambda: computer.screen().getpixel((640, 300)) == (255, 128, 0)  # noqa: E731
    computer.wait_for(orange, 5, "graphics")
    screen = computer.screen()
    assert screen.size == (1280, 800)
    assert [screen.getpixel(at) for at in ((320, 200), (959, 399))] == [(255, 128, 0)] * 2
    assert screen.getpixel((960, 400)) != (255, 128, 0)

"""Panels, by the real luma: its drivers write to buses, chips and pins that are made up here."""

import atexit
import errno
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pytest
from luma.core.device import dummy
from PIL import Image

from homecall_appliance.display.factory import open_display
from homecall_appliance.display.luma import LumaPanel, open_panel
from homecall_appliance.display.ports import DisplayError
from homecall_appliance.display.view import BusyView, LinkView, StartingView
from tests.display.display_world import SHORT, USUAL, decoded

pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning:luma")

ADDRESS = 0x3C
SSD1306 = "--display ssd1306 --interface i2c"
SMALL, LARGE = (128, 64, "1"), (320, 240, "RGB")


class Bus:
    """An I2C bus with an SSD1306 (its data sheet, 8.1.5 and 10.1), in place of smbus2's."""

    opened: ClassVar[list["Bus"]] = []
    panel_is_there = True
    number_of_failures = errno.EREMOTEIO

    def __init__(self, port: int) -> None:
        self.port = port
        self.memory = b""
        self.lit = False
        self.frames = 0
        self.is_open = True
        Bus.opened.append(self)

    def write_i2c_block_data(self, address: int, register: int, commands: list[int]) -> None:
        self._answer(address)
        assert register == 0
        for command in commands:
            self.lit = {0xAE: False, 0xAF: True}.get(command, self.lit)

    def i2c_rdwr(self, message: Any) -> None:
        self._answer(message.addr)
        register, *data = [each if isinstance(each, int) else ord(each) for each in message]
        assert register == 0x40
        self.memory = bytes(data)
        self.frames += 1

    def _answer(self, address: int) -> None:
        assert self.is_open
        if not Bus.panel_is_there or address != ADDRESS:
            raise OSError(Bus.number_of_failures, "Remote I/O error")

    def close(self) -> None:
        self.is_open = False

    def picture(self) -> Image.Image:
        """Each byte has eight pixels of a column, the topmost in its lowest bit."""
        octets = np.frombuffer(self.memory, np.uint8).reshape(8, 1, 128)
        bits = np.unpackbits(octets, axis=1, bitorder="little")
        return enlarged(Image.fromarray(bits.reshape(64, 128) * np.uint8(255)))


@pytest.fixture
def buses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Bus]]:
    monkeypatch.setattr("smbus2.SMBus", Bus)
    monkeypatch.setattr(Bus, "panel_is_there", True)
    monkeypatch.setattr(Bus, "opened", [])
    yield Bus.opened
    assert [each.is_open for each in Bus.opened] == [False] * len(Bus.opened)


class Pins(ModuleType):
    """RPi.GPIO."""

    BCM, OUT, LOW, HIGH = 11, 0, 0, 1

    def __init__(self) -> None:
        super().__init__("pins")
        self.levels: dict[int, int] = {}

    def setmode(self, mode: int) -> None:
        assert mode == self.BCM

    def setup(self, pin: int, direction: int) -> None:
        self.levels[pin] = self.LOW

    def output(self, pin: int, level: int) -> None:
        self.levels[pin] = level

    def cleanup(self, *pins: object) -> None:
        self.levels.clear()


class Chip:
    """An ILI9341 (its data sheet, 8.2.20 to 8.2.22) behind spidev.SpiDev."""

    def __init__(self, pins: Pins) -> None:
        self.pins = pins
        self.screen = np.zeros((240, 320, 3), np.uint8)
        self.command = 0
        self.data = b""

    def open(self, port: int, device: int) -> None:
        assert (port, device) == (0, 0)

    def writebytes(self, octets: Any) -> None:
        if self.pins.levels[24] == Pins.LOW:
            self._done()
            (self.command,), self.data = octets, b""
        else:
            self.data += bytes(octets)

    def close(self) -> None:
        self._done()

    def _done(self) -> None:
        if self.command in (0x2A, 0x2B):
            first, last = (int.from_bytes(self.data[at : at + 2], "big") for at in (0, 2))
            setattr(self, "across" if self.command == 0x2A else "down", slice(first, last + 1))
        elif self.command == 0x2C:
            window = self.screen[self.down, self.across]
            window[:] = np.frombuffer(self.data, np.uint8).reshape(window.shape)
        self.command = 0

    across = down = slice(0, 0)

    def picture(self) -> Image.Image:
        self._done()
        return Image.fromarray(self.screen)


class Crystals:
    """A PCD8544, of which 1 is a dark pixel in its normal mode, behind spidev.SpiDev."""

    def __init__(self, pins: Pins) -> None:
        self.pins = pins
        self.memory = b""

    def open(self, port: int, device: int) -> None:
        assert (port, device) == (0, 0)

    def writebytes(self, octets: Any) -> None:
        if self.pins.levels[24] == Pins.HIGH:
            self.memory = bytes(octets)

    def close(self) -> None:
        pass

    def picture(self) -> Image.Image:
        octets = np.frombuffer(self.memory, np.uint8).reshape(6, 1, 84)
        dark = np.unpackbits(octets, axis=1, bitorder="little").reshape(48, 84)
        return enlarged(Image.fromarray((1 - dark) * np.uint8(255)))


def enlarged(image: Image.Image, times: int = 4) -> Image.Image:
    """As a phone's camera has it: more than a pixel for a module."""
    size = image.width * times, image.height * times
    return image.convert("L").resize(size, Image.Resampling.NEAREST)


def panel(width: int, height: int, mode: str, rotation: int = 0) -> tuple[LumaPanel, Any]:
    device = dummy(width, height, mode=mode)
    return LumaPanel(device, "dummy", "en", rotation, clock=lambda: 0.0), device


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("url", [SHORT, USUAL])
@pytest.mark.parametrize("kind", [SMALL, LARGE])
def test_the_code_is_read(kind: tuple[int, int, str], url: str, rotation: int) -> None:
    display, device = panel(*kind, rotation)
    display.show(LinkView(url))
    assert (*device.image.size, device.image.mode) == kind
    assert decoded(enlarged(device.image).rotate(rotation, expand=True)) == [url]


@pytest.mark.parametrize("kind", [SMALL, LARGE])
def test_every_other_view_has_words(kind: tuple[int, int, str]) -> None:
    display, device = panel(*kind)
    seen = []
    for view in (StartingView(), BusyView(2)):
        display.show(view)
        grey = np.asarray(device.image.convert("L")).astype(int)
        ink = np.abs(grey - grey[0, 0]) > 100
        assert 0.01 < ink.mean() < 0.4
        seen.append(device.image.tobytes())
    assert seen[0] != seen[1]


def test_it_is_drawn_only_where_something_has_changed() -> None:
    device = dummy(320, 240)
    drawn: list[tuple[list[str], int]] = []
    at, dark = [0.0], [False]
    display = LumaPanel(device, "dummy", "en", 0, dimmed=lambda: dark[0], clock=lambda: at[0])

    def shown(url: str) -> None:
        device.image = None
        display.show(LinkView(url))
        if device.image:
            drawn.append((decoded(device.image), device.image.convert("L").getextrema()[1]))

    for url in (SHORT, SHORT, USUAL):
        shown(url)
    dark[0] = True
    shown(USUAL)
    shown(USUAL)
    at[0] = 61.0
    shown(USUAL)
    assert drawn == [([SHORT], 250), ([USUAL], 250), ([USUAL], 180), ([USUAL], 180)]


def test_a_panel_on_i2c_from_its_options_to_its_pixels(buses: list[Bus]) -> None:
    display = open_display("luma", SSD1306, 0, language="en", stream=sys.stdout)
    (bus,) = buses
    assert display.where == "the panel ssd1306"
    assert display.frame_format is None
    assert display.show_picture is None
    display.show(LinkView(USUAL))
    assert decoded(bus.picture()) == [USUAL]
    drawn = bus.frames
    display.show(LinkView(USUAL))
    assert (bus.frames, bus.lit) == (drawn, True)
    display.close()
    assert (set(bus.memory), bus.lit, bus.is_open) == ({0}, False, False)


def test_a_panel_on_spi_from_its_options_to_its_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    pins = Pins()
    chip = Chip(pins)
    spidev = ModuleType("spidev")
    monkeypatch.setattr(spidev, "SpiDev", lambda: chip, raising=False)
    monkeypatch.setitem(sys.modules, "spidev", spidev)
    monkeypatch.setitem(sys.modules, "pins", pins)
    options = "--display ili9341 --interface spi --width 320 --height 240 --gpio pins"
    display = open_panel(options, "ru", 180)
    display.show(LinkView(USUAL))
    assert decoded(chip.picture().rotate(180)) == [USUAL]
    display.close()
    assert not chip.screen.any()


def test_the_code_is_dark_on_light_crystals(monkeypatch: pytest.MonkeyPatch) -> None:
    pins = Pins()
    chip = Crystals(pins)
    spidev = ModuleType("spidev")
    monkeypatch.setattr(spidev, "SpiDev", lambda: chip, raising=False)
    monkeypatch.setitem(sys.modules, "spidev", spidev)
    monkeypatch.setitem(sys.modules, "pins", pins)
    display = open_panel("--display pcd8544 --interface spi --gpio pins", "en", 0)
    display.show(LinkView(USUAL))
    assert decoded(chip.picture()) == [USUAL]
    display.close()
    assert not any(chip.memory), "it is all light"


def test_options_in_a_file_of_luma(tmp_path: Path, buses: list[Bus]) -> None:
    file = tmp_path / "my panel.conf"
    file.write_text("# mine\n--display=sh1106\n\n--interface=i2c\n--i2c-port=3\n")
    display = open_panel(f"--config '{file}' --display ssd1306", "en", 0)
    assert (display.where, buses[0].port) == ("the panel ssd1306", 3)
    display.close()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--display ssd1306 --wide 128", "not right: .*--wide.* such as .* apt install python3-l"),
        ("--display ssd1306 --width wide", "not right: .*--width: invalid int value: 'wide'"),
        ("--display no1306", "--display.*'no1306'.*driver may be missing"),
        ("--interface i2c", "--display is missing"),
        ("--display 'ssd1306", "No closing quotation"),
        ("--help", "not right"),
        ("/dev/fb1", "unrecognized arguments: /dev/fb1"),
        ("--config /nowhere/luma.conf", r"luma\.conf .* cannot be read: No such file"),
        ("--display linux_framebuffer", "linux_framebuffer is no panel"),
        ("", "--display is missing"),
    ],
)
def test_wrong_options_are_a_sentence(options: str, sentence: str) -> None:
    with pytest.raises(DisplayError, match=sentence):
        open_display("luma", options, 0, language="en", stream=sys.stdout)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--width 100", "Unsupported display mode: 100 x 64. Check --interface, --width"),
        ("--i2c-address 0x3D", "ssd1306 cannot be opened: I2C device not found .*0x3D.*raspi-conf"),
        ("--i2c-address x", "address invalid: x. Check"),
        ("--display st7735", "st7735 cannot be opened: the library RPi is missing. .*rpi-lgpio"),
    ],
)
def test_what_a_panel_does_not_take_is_a_sentence(
    options: str, sentence: str, buses: list[Bus], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "RPi", None)
    kept = atexit._ncallbacks()
    for _ in range(3):
        with pytest.raises(DisplayError, match=sentence):
            open_panel(f"{SSD1306} {options}", "en", 0)
    assert atexit._ncallbacks() == kept


def test_a_bus_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(DisplayError) as caught:
        open_panel(f"{SSD1306} --i2c-port 77", "en", 0)
    assert str(caught.value) == (
        "The panel ssd1306 cannot be opened: I2C device not found: /dev/i2c-77. Switch the bus on "
        "(sudo raspi-config, Interface Options), and check the panel's wires and its address in "
        "display.device."
    )


def test_a_bus_that_may_not_be_used_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(port: int) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", f"/dev/i2c-{port}")

    monkeypatch.setattr("smbus2.SMBus", refuse)
    with pytest.raises(DisplayError, match=r"permission denied: /dev/i2c-1\. .*groups i2c, spi"):
        open_panel(SSD1306, "en", 0)


@pytest.mark.parametrize("number", [errno.EREMOTEIO, errno.ETIMEDOUT])
def test_a_panel_that_is_lost_is_a_sentence_and_found_again(
    number: int, buses: list[Bus], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bus, "number_of_failures", number)
    display = open_panel(SSD1306, "en", 0)
    display.show(StartingView())
    monkeypatch.setattr(Bus, "panel_is_there", False)
    with pytest.raises(DisplayError, match=r"^The panel ssd1306 was lost: .*\. Check its wires\.$"):
        display.show(LinkView(USUAL))
    display.close()
    with pytest.raises(DisplayError, match=r"^The panel ssd1306 cannot be opened: "):
        open_panel(SSD1306, "en", 0)
    monkeypatch.setattr(Bus, "panel_is_there", True)
    again = open_panel(SSD1306, "en", 0)
    again.show(LinkView(USUAL))
    assert decoded(buses[-1].picture()) == [USUAL]
    again.close()


@pytest.mark.parametrize("missing", ["luma", "luma.core", "luma.core.cmdline"])
def test_a_missing_luma_is_a_sentence(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(sys.modules):
        if name.split(".")[0] == "luma":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(DisplayError) as caught:
        open_panel(SSD1306, "en", 0)
    assert str(caught.value) == (
        "The panel of display.device cannot be opened: luma is missing. Type: sudo apt install "
        "python3-luma.oled python3-luma.lcd"
    )

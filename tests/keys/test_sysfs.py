"""What sysfs tells of input devices, as Linux 6.12 on x86-64 has it."""

import struct
from pathlib import Path

import pytest

from homecall_appliance.keys.sysfs import ListedDevice, input_devices
from tests.keys.key_world import ENTER, ESC, PHONE, POWER


def listed(folder: Path, number: int, name: str, keys: str) -> None:
    device = folder / f"event{number}" / "device"
    (device / "capabilities").mkdir(parents=True)
    (device / "name").write_text(name + "\n")
    (device / "capabilities" / "key").write_text(keys + "\n")


@pytest.mark.skipif(struct.calcsize("l") != 8, reason="these are words of 64 bits")
def test_names_and_keys(tmp_path: Path) -> None:
    keyboard = "402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe"
    listed(tmp_path, 10, "AT Translated Set 2 keyboard", keyboard)
    listed(tmp_path, 2, "Power Button", "10000000000000 0")
    listed(tmp_path, 3, "Speakerphone", "20000000000 0 0")
    listed(tmp_path, 4, "PC Speaker", "0")
    (tmp_path / "event5").mkdir()  # it was pulled out
    (tmp_path / "input7").mkdir()
    *others, last = input_devices(tmp_path)
    assert others == [
        ListedDevice("/dev/input/event2", "Power Button", frozenset({POWER})),
        ListedDevice("/dev/input/event3", "Speakerphone", frozenset({PHONE})),
        ListedDevice("/dev/input/event4", "PC Speaker", frozenset()),
        ListedDevice("/dev/input/event5", "", frozenset()),
    ]
    assert (last.path, last.name) == ("/dev/input/event10", "AT Translated Set 2 keyboard")
    assert {ENTER, ESC, POWER} <= last.codes
    assert PHONE not in last.codes


@pytest.mark.skipif(struct.calcsize("l") != 8, reason="these are words of 64 bits")
def test_touch_screens(tmp_path: Path) -> None:
    """As /proc/bus/input/devices has them: a screen of the Raspberry Pi, QEMU's tablet, a
    touchpad."""
    button_left, touch = "1f0000 0 0 0 0", "400 0 0 0 0 0"
    devices = {
        "raspberrypi-ts": (touch, "260800000000003", "0", "2"),
        "QEMU Virtio Tablet": (button_left, "3", "100", "0"),
        "SynPS/2 Synaptics TouchPad": ("e520 10000 0 0 0 0", "660800011000003", "0", "5"),
        "Mouse": (button_left, "0", "903", "0"),
    }
    for number, (name, (keys, axes, motions, properties)) in enumerate(devices.items()):
        listed(tmp_path, number, name, keys)
        device = tmp_path / f"event{number}" / "device"
        (device / "capabilities" / "abs").write_text(axes + "\n")
        (device / "capabilities" / "rel").write_text(motions + "\n")
        (device / "properties").write_text(properties + "\n")
    assert [each.name for each in input_devices(tmp_path) if each.is_touch_screen] == [
        "raspberrypi-ts",
        "QEMU Virtio Tablet",
    ]


def test_no_input_devices(tmp_path: Path) -> None:
    assert input_devices(tmp_path / "nothing") == []

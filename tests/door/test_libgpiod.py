"""The adapter calls libgpiod as each of its versions wants it, and says what is wrong."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homecall_appliance.door import libgpiod
from homecall_appliance.door.libgpiod import CONSUMER, Chips
from homecall_appliance.door.ports import DoorError
from tests.door.fake_gpiod import FakeChip, version_1, version_2

Versions = pytest.mark.parametrize("version", [version_1, version_2])
Version = Callable[[dict[Path, FakeChip]], Any]


class World:
    """A folder in place of /dev, with two chips, one of which has two names."""

    def __init__(self, devices: Path) -> None:
        self.devices = devices
        self.soc = FakeChip("pinctrl-bcm2711", 58, {4: "w1", 5: ""})
        self.expander = FakeChip("raspberrypi-exp-gpio", 8)
        self.chips: dict[Path, FakeChip] = {}
        for name, chip in (("gpiochip0", self.soc), ("gpiochip1", self.expander)):
            self.add(name, chip)
        (devices / "gpiochip4").symlink_to(devices / "gpiochip0")

    def add(self, name: str, chip: FakeChip) -> None:
        path = self.devices / name
        path.touch()
        self.chips[path] = chip


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def problem(chips: Chips, chip: str, number: int) -> str:
    with pytest.raises(DoorError) as error:
        chips.request(chip, number, active_low=False)
    return str(error.value)


@Versions
@pytest.mark.parametrize("chip", ["gpiochip0", "PATH", "pinctrl-bcm2711"])
@pytest.mark.parametrize("active_low", [False, True])
def test_a_line_is_requested_inactive_and_set(
    world: World, version: Version, chip: str, active_low: bool
) -> None:
    chips = Chips(version(world.chips), world.devices)
    chip = chip.replace("PATH", str(world.devices / "gpiochip0"))
    line = chips.request(chip, 17, active_low=active_low)
    line.set(True)
    line.set(False)
    assert world.soc.history == [("request", 17, active_low, 0), (17, 1), (17, 0)]
    assert world.expander.history == []
    assert chips.user(chip, 17) == CONSUMER


@Versions
def test_a_symbolic_link_is_a_name_and_no_chip_of_its_own(world: World, version: Version) -> None:
    world.chips[world.devices / "gpiochip4"] = world.soc
    chips = Chips(version(world.chips), world.devices)
    chips.request("gpiochip4", 17, active_low=False)
    assert chips.path("pinctrl-bcm2711") == str(world.devices / "gpiochip0")


@Versions
def test_who_uses_a_line(world: World, version: Version) -> None:
    chips = Chips(version(world.chips), world.devices)
    assert chips.user("gpiochip0", 3) is None
    assert chips.user("gpiochip0", 4) == "w1"
    assert chips.user("gpiochip0", 5) == "the kernel"
    where = world.devices / "gpiochip0"
    for number, user in ((4, "w1"), (5, "the kernel")):
        said = problem(chips, "gpiochip0", number)
        assert said.startswith(
            f"The line {number} of {where} is used by {user}. Set door.gpio_line"
        )
    assert world.soc.history == []


@Versions
def test_what_is_not_there(world: World, version: Version) -> None:
    chips = Chips(version(world.chips), world.devices)
    assert problem(chips, "gpiochip7", 1).startswith('There is no GPIO chip "gpiochip7". Set door.')
    assert problem(chips, "/nowhere/gpiochip0", 1).startswith("There is no GPIO chip")
    where = world.devices / "gpiochip1"
    assert problem(chips, "gpiochip1", 8).startswith(f"{where} has the lines 0 to 7, and no 8.")
    assert world.expander.history == []


@Versions
def test_a_label_that_two_chips_have(world: World, version: Version) -> None:
    world.add("gpiochip2", FakeChip("raspberrypi-exp-gpio"))
    said = problem(Chips(version(world.chips), world.devices), "raspberrypi-exp-gpio", 1)
    first, second = world.devices / "gpiochip1", world.devices / "gpiochip2"
    assert f"{first}, {second}. Set door.gpio_chip to the path" in said


@Versions
def test_a_file_that_is_no_chip(world: World, version: Version) -> None:
    (world.devices / "null").touch()
    said = problem(Chips(version(world.chips), world.devices), "null", 1)
    assert said.startswith(f"{world.devices / 'null'} cannot be used (No such device). Set door.")


@Versions
def test_a_chip_that_may_not_be_opened(
    world: World, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    for chip in ("gpiochip0", "pinctrl-bcm2711"):
        said = problem(Chips(version(world.chips), world.devices), chip, 1)
        assert said.startswith(f"The appliance may not open {world.devices / 'gpiochip0'}. Restart")


def test_a_library_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiod", None)
    with pytest.raises(DoorError, match="sudo apt install python3-libgpiod"):
        libgpiod.chips()

"""What the doctor says of the door."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homecall_appliance.config import model
from homecall_appliance.config.model import Config
from homecall_appliance.doctor.checks import examine
from homecall_appliance.doctor.facts import Denied, Door, Facts, Withheld
from homecall_appliance.doctor.finding import Finding, bad, fine, unchecked
from homecall_appliance.doctor.probes.door import look_at
from homecall_appliance.doctor.probes.withheld import withheld
from homecall_appliance.door.libgpiod import CONSUMER, Chips
from homecall_appliance.door.ports import DoorError
from homecall_appliance.service.unit import Unit
from tests.doctor.doctor_world import NAMES, OWNER, SERVICE, configured, running, stopped
from tests.door.fake_gpiod import FakeChip, version_1, version_2

LINE = {"gpio_chip": "pinctrl-bcm2711", "gpio_line": 17}
CHIP = "/dev/gpiochip0"


def found(facts: Facts) -> list[Finding]:
    return [each for each in examine(facts) if each.name == "door"]


def test_nothing_is_said_where_nothing_opens_it() -> None:
    assert [each.name for each in examine(stopped())] == NAMES


@pytest.mark.parametrize(
    ("facts", "finding"),
    [
        (
            stopped(door=Door(CHIP)),
            fine("door", f"The line 17 of {CHIP} is there, and free."),
        ),
        (
            running(door=Door(CHIP, CONSUMER, ours=True)),
            fine(
                "door",
                f"The line 17 of {CHIP} is held by the appliance, and is inactive unless it opens.",
            ),
        ),
        (
            running(door=Door(CHIP)),
            bad(
                "door",
                f"The line 17 of {CHIP} is not held by the running appliance. Type: sudo systemctl "
                "restart homecall-appliance (its journal says what is in the way, if that does not "
                "help)",
            ),
        ),
        (
            stopped(door=Door(CHIP, "w1")),
            bad(
                "door",
                f"The line 17 of {CHIP} is used by w1. Set door.gpio_line to one that is free: "
                "gpioinfo shows who uses which.",
            ),
        ),
        (
            running(door=Door(CHIP, denied=(Denied(CHIP, "root"),))),
            bad(
                "door",
                f"The appliance's user homecall may not open {CHIP}. Restart the machine once "
                "after the installation: then it belongs to the group gpio.",
            ),
        ),
        (
            stopped(door=Door(closed=True)),
            unchecked("door", "You may not look at the GPIO chips. Try it with sudo."),
        ),
        (
            stopped(door=Door(problem="There is no GPIO chip. Set another.")),
            bad("door", "There is no GPIO chip. Set another."),
        ),
    ],
)
def test_a_line(facts: Facts, finding: Finding) -> None:
    assert found(configured(facts, "door", **LINE)) == [finding]


@pytest.mark.parametrize(
    ("door", "finding"),
    [
        (Door("/usr/bin/true"), fine("door", "/usr/bin/true is there, and opens it.")),
        (Door(problem="There is none."), bad("door", "There is none.")),
    ],
)
def test_a_command(door: Door, finding: Finding) -> None:
    assert found(configured(stopped(door=door), "door", command="true")) == [finding]


def test_a_command_that_the_service_does_not_see() -> None:
    unit = Unit(closed=(Path("/home"),))
    config = Config(door=model.Door(command="/home/pi/open --now"))
    kept = withheld(unit, config, None)
    assert kept == (Withheld("door.command", "/home/pi/open", "hidden", "/home"),)
    facts = configured(stopped(withheld=kept), "door", command=config.door.command)
    (finding,) = found(facts)
    assert (
        "of which the service sees nothing. Copy it with: sudo install -m 750" in finding.sentence
    )


# The probe


@pytest.mark.parametrize("version", [version_1, version_2])
def test_a_look_at_a_line(tmp_path: Path, version: Callable[[dict[Path, FakeChip]], Any]) -> None:
    path = tmp_path / "gpiochip0"
    path.touch(0o600)
    chip = FakeChip("pinctrl-bcm2711", 58, {4: "w1", 5: CONSUMER})
    chips = Chips(version({path: chip}), tmp_path)

    def looked(number: int, account: Any = OWNER) -> Door:
        return look_at(model.Door("pinctrl-bcm2711", number), account, lambda: chips)

    assert looked(17) == Door(str(path))
    assert looked(4) == Door(str(path), "w1")
    assert looked(5) == Door(str(path), CONSUMER, ours=True)
    assert looked(58).problem.startswith(f"{path} has the lines 0 to 57, and no 58.")
    assert [each.path for each in looked(17, SERVICE).denied] == [str(path)]
    assert chip.history == []


def test_a_look_without_the_library_or_the_right() -> None:
    def none() -> Chips:
        raise DoorError("The library is not installed.")

    def closed() -> Chips:
        raise DoorError("Not for you.") from PermissionError()

    settings = model.Door("gpiochip0", 17)
    assert look_at(settings, OWNER, none) == Door(problem="The library is not installed.")
    assert look_at(settings, OWNER, closed) == Door(closed=True)


def test_a_look_at_a_command(tmp_path: Path) -> None:
    assert look_at(model.Door(), OWNER) == Door()
    assert look_at(model.Door(command="sh -c 'x'"), OWNER).path.endswith("/sh")
    file = tmp_path / "open"
    assert look_at(model.Door(command=f"{file} 3"), OWNER) == Door(
        problem=f"There is no program {file} that can be run. Check door.command."
    )
    file.touch(0o755)
    assert look_at(model.Door(command=f"{file} 3"), OWNER) == Door(str(file))

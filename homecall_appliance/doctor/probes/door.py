"""What is to open the door: a line of a GPIO chip, which is not touched, or a command."""

import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

from homecall_appliance.config import model
from homecall_appliance.doctor.facts import Account, Door
from homecall_appliance.doctor.probes.account import denied
from homecall_appliance.door import libgpiod
from homecall_appliance.door.ports import DoorError


def look_at(
    settings: model.Door,
    account: Account,
    chips: Callable[[], libgpiod.Chips] = libgpiod.chips,
) -> Door:
    """Whether it is there, and who uses the line. `chips` returns those of this machine, or raises
    DoorError."""
    if settings.gpio_chip:
        try:
            return _line(settings, account, chips())
        except DoorError as error:
            if isinstance(error.__cause__, PermissionError):
                return Door(closed=True)
            return Door(problem=str(error))
    for program in shlex.split(settings.command)[:1]:
        if path := shutil.which(program):
            return Door(path)
        return Door(problem=f"There is no program {program} that can be run. Check door.command.")
    return Door()


def _line(settings: model.Door, account: Account, chips: libgpiod.Chips) -> Door:
    path = chips.path(settings.gpio_chip)
    user = chips.user(path, settings.gpio_line)
    return Door(path, user, ours=user == libgpiod.CONSUMER, denied=denied([Path(path)], account))

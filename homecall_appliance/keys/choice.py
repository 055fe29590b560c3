"""Which input devices are read."""

import os
from collections.abc import Callable

from homecall_appliance.keys.ports import KeyDevice


def chosen(setting: str, codes: frozenset[int]) -> Callable[[KeyDevice], bool]:
    """Return what tells whether a device is one that `keys.device` means, and has one of the keys
    or is a touch screen.

    The setting is "auto", a path, which may be a link such as one of /dev/input/by-id, or a part of
    the device's name.
    """

    def is_wanted(device: KeyDevice) -> bool:
        if not (codes & device.codes or device.is_touch_screen):
            return False
        if setting.startswith("/"):
            return os.path.realpath(setting) == os.path.realpath(device.path)
        return setting == "auto" or setting.lower() in device.name.lower()

    return is_wanted

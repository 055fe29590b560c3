"""Why an input device may not be read, and what to do about it."""

import errno
import getpass
from pathlib import Path


def advice(error: OSError, path: str) -> str:
    """Return a sentence for the owner, the same one for all devices of a group."""
    if error.errno == errno.EPERM:
        return (
            "Keys cannot be read: the service is not let at input devices. Its unit needs the "
            "line DeviceAllow=char-input r; the one of the package homecall-appliance has it."
        )
    group = _group(path)
    return (
        f"Keys cannot be read: input devices belong to the group {group}. Type: sudo usermod -aG "
        f"{group} {_user()} (then log in again, or restart the appliance)"
    )


def _group(path: str) -> str:
    """The group of a device; where that is root's, udev has not run, and "input" is meant."""
    try:
        group = Path(path).group()
    except (OSError, KeyError):
        return "input"
    return "input" if group == "root" else group


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "homecall"

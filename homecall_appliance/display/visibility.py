"""Why a screen that is drawn on is not seen, in sentences for the owner. PURE."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Connector:
    """A socket of a graphics card, or the wires of a built-in panel."""

    name: str
    """Such as `HDMI-A-1`."""

    connected: bool
    """Whether a monitor answers there; also where the driver cannot find out."""

    on: bool
    """Whether it gets a picture: it is not in an energy-saving state (DPMS)."""


def behind_console(own: str, shown: str, *, graphic: bool) -> str:
    """Another console, such as `tty7`, is shown in place of `own`; a desktop is `graphic`."""
    number = own.removeprefix("tty")
    if not graphic:
        return (
            f"The console {shown} is shown, and not the code. Press Ctrl+Alt+F{number} at its "
            f"keyboard, or type: sudo chvt {number}"
        )
    return (
        f"A desktop has the screen ({shown}), and the code is not seen. Type sudo chvt {number} to "
        "see it now. To start without the desktop, type: sudo systemctl set-default "
        "multi-user.target, and restart the machine."
    )


def without_console(own: str) -> str:
    """The kernel shows its consoles nowhere: there was no monitor when its drivers started."""
    return (
        f"No screen was found, and nothing is seen of the console {own}. Connect a monitor and "
        "switch it on; where the code does not appear then, restart the machine."
    )


def of_framebuffer(path: str, found: Sequence[Connector], *, other_master: bool) -> str:
    """A framebuffer with these connectors; `other_master`: another program shows its own picture
    on them. Empty: it is seen."""
    monitors = [each for each in found if each.connected]
    if found and not monitors:
        names = ", ".join(each.name for each in found)
        return (
            f"No monitor is connected to the screen {path} ({names}), or it is switched off. "
            'Switch it on, and check its cable; display.backend = "none" is for an appliance '
            "without a screen."
        )
    if other_master:
        return (
            f"A desktop or another program has the screen {path}, and the code is not seen. End "
            "that program, or type: sudo systemctl set-default multi-user.target, and restart the "
            "machine."
        )
    if found and not any(each.on for each in monitors):
        return (
            f"The screen {path} was switched off to save energy. Type: "
            "sudo systemctl restart homecall-appliance"
        )
    return ""

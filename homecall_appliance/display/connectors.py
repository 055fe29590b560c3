"""What the kernel tells of the monitors at a framebuffer (drivers/gpu/drm/drm_sysfs.c)."""

from pathlib import Path

from homecall_appliance.display.sysfs import SYSFS, value
from homecall_appliance.display.visibility import Connector


def connectors(framebuffer: str, sysfs: Path = SYSFS) -> list[Connector]:
    """The connectors of the card that has this framebuffer, such as `fb0`, in the order of their
    names; empty where its driver does not tell, as those of fbtft."""
    card = sysfs / "class" / "graphics" / framebuffer / "device" / "drm"
    return [
        Connector(
            each.parent.name.partition("-")[2],
            connected=value(each) != "disconnected",
            on=value(each.with_name("dpms")) == "On",
        )
        for each in sorted(card.glob("card*/card*-*/status"))
    ]


def is_connected(framebuffer: str, sysfs: Path = SYSFS) -> bool:
    """Whether a monitor is connected to this framebuffer, as far as the kernel knows."""
    found = connectors(framebuffer, sysfs)
    return not found or any(each.connected for each in found)

"""What opens the door. PURE."""

from homecall_appliance.doctor.facts import Daemon, Facts
from homecall_appliance.doctor.finding import Finding, bad, fine, unchecked


def door(facts: Facts) -> list[Finding]:
    """One finding, where anything is to open it."""
    settings, found = facts.settings.config.door, facts.door
    if found.problem:
        return [bad("door", found.problem)]
    if settings.gpio_chip:
        return [_line(facts, settings.gpio_line)]
    return [fine("door", f"{found.path} is there, and opens it.")] if settings.command else []


def _line(facts: Facts, number: int) -> Finding:
    found = facts.door
    if found.closed:
        return unchecked("door", "You may not look at the GPIO chips. Try it with sudo.")
    line = f"The line {number} of {found.path}"
    if found.denied and not facts.account.own:
        return bad(
            "door",
            f"The appliance's user {facts.account.name} may not open {found.path}. Restart the "
            "machine once after the installation: then it belongs to the group gpio.",
        )
    if found.ours:
        return fine("door", f"{line} is held by the appliance, and is inactive unless it opens.")
    if found.user is not None:
        return bad(
            "door",
            f"{line} is used by {found.user}. Set door.gpio_line to one that is free: gpioinfo "
            "shows who uses which.",
        )
    if facts.appliance.state is Daemon.RUNNING:
        return bad(
            "door",
            f"{line} is not held by the running appliance. Type: sudo systemctl restart "
            "homecall-appliance (its journal says what is in the way, if that does not help)",
        )
    return fine("door", f"{line} is there, and free.")

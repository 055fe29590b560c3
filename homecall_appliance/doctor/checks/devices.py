"""What the camera, the sound card and the screen have in common. PURE."""

from typing import Literal

from homecall_appliance.doctor.facts import Account, Daemon, Denied, Device, Facts, Looked
from homecall_appliance.doctor.finding import Finding, Name, bad, fine, unchecked

MAY_NOT_ASK = "The appliance may be using it, and cannot be asked: see the line on ports."


def judged(
    name: Name,
    facts: Facts,
    found: Device,
    device: Literal["camera", "audio"],
    *,
    problem: str | None,
    failure: str | None,
    which: str,
    delivers: str,
) -> Finding:
    """A device, after what the appliance says of it and after the look at it. `problem` is what
    the appliance has found wrong with it, `failure` what that look has, `which` its name, and
    `delivers` what opening it has shown."""
    if facts.appliance.uses(device) and not problem:
        return fine(name, "A call is using it now.")
    if found.looked is None:
        return bad(name, problem) if problem else unchecked(name, MAY_NOT_ASK)
    if matters(facts.account, found.denied, failed=bool(failure or problem)):
        return bad(name, permission(facts.account, found.denied))
    if failure or problem:
        lost = f"{which} is there, but the last call did not get it: {problem}"
        return bad(name, failure or lost)
    if facts.appliance.state in (Daemon.FORBIDDEN, Daemon.SILENT):
        return unchecked(name, f"{which} is there. {MAY_NOT_ASK}")
    return fine(name, delivers if found.opened else f"{which} is there; a call opens it.")


def permission(account: Account, denied: tuple[Denied, ...]) -> str:
    """What is to be typed, so that the devices may be opened."""
    first = denied[0]
    again = "log in again" if account.own else "restart the appliance"
    who = "You" if account.own else f"The appliance's user {account.name}"
    if first.group in ("", "root"):
        return (
            f"{who} may not open {first.path}, which is root's alone. Install the package "
            "homecall-appliance, or try it with sudo."
        )
    return (
        f"{who} may not open {first.path}, which belongs to the group {first.group}. Type: "
        f"sudo usermod -aG {first.group} {account.name} (then {again})"
    )


def matters(account: Account, denied: tuple[Denied, ...], *, failed: bool) -> bool:
    """Whether missing rights are a problem: always the service's, and one's own when it failed."""
    return bool(denied) and (failed or not account.own)


def not_answered(looked: Looked, what: str) -> str | None:
    """Why a look ended without an answer, and what to do."""
    match looked.outcome:
        case "answered":
            return None
        case "hung":
            return (
                f"The {what} hangs. Unplug it or switch the Raspberry Pi off, check its cable, "
                "and start again."
            )
        case "crashed":
            reason = f" ({looked.reason})" if looked.reason else ""
            return (
                f"The software of the {what} failed{reason}. Update the system with: "
                "sudo apt update && sudo apt full-upgrade (homecall-appliance doctor --debug "
                "shows more)"
            )

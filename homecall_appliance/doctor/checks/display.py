"""The screen. PURE."""

from homecall_appliance.doctor.checks.devices import MAY_NOT_ASK, matters, not_answered, permission
from homecall_appliance.doctor.facts import Daemon, Display, Facts, Framebuffer
from homecall_appliance.doctor.finding import Finding, bad, fine, unchecked

_LINK = "homecall-appliance link shows the code here."
_CONNECT = (
    "Connect one and restart the Raspberry Pi; display.backend = "
    '"none" is for an appliance without a screen.'
)
_NONE = fine("display", f'There is none (display.backend = "none"). {_LINK}')


def display(facts: Facts) -> list[Finding]:
    """How it is; and what the process lacks that decodes the visitor's picture for it."""
    return [*_display(facts), *_decoder(facts)]


def _decoder(facts: Facts) -> list[Finding]:
    settings, lacking = facts.settings.config.display, " and ".join(facts.display.unconfined)
    if not lacking or not settings.show_remote_video:
        return []
    if settings.backend not in ("auto", "framebuffer"):
        return []
    return [
        fine(
            "display",
            f"The visitor's picture is decoded without {lacking}, which this system does not have; "
            "what else keeps a stranger's bytes from the rest holds.",
        )
    ]


def _display(facts: Facts) -> list[Finding]:
    if facts.appliance.state is Daemon.RUNNING:
        return [_shown(facts)]
    match facts.settings.config.display.backend:
        case "none":
            return [_NONE]
        case "image":
            return [_image(facts)]
        case "terminal":
            return [_terminal(facts)]
        case "luma":
            return [_panel(facts)]
        case "framebuffer" | "auto":
            return [_screen(facts)]


def _shown(facts: Facts) -> Finding:
    screen = facts.appliance.status.display
    if facts.settings.config.display.backend == "none":
        return _NONE
    if screen.where:
        return fine("display", f"The code is shown on {screen.where}.")
    if screen.where is None:
        return unchecked("display", "This version of the appliance does not say where it is.")
    if screen.problem:
        return bad("display", screen.problem)
    return bad("display", f"The appliance has found no screen. {_CONNECT} {_LINK}")


def _image(facts: Facts) -> Finding:
    path = facts.settings.config.display.device
    if facts.display.unwritable:
        return bad(
            "display",
            f"The picture {path} cannot be written: {facts.display.unwritable}. Set display.device "
            "to a file in a folder that the appliance may write to.",
        )
    return fine("display", f"The code is written to {path}.")


def _terminal(facts: Facts) -> Finding:
    device = facts.settings.config.display.device
    if device:
        return fine("display", f"The code is to be shown on {device}.")
    return fine(
        "display",
        f"The code is shown in the terminal that the appliance is started in. {_LINK}",
    )


def _panel(facts: Facts) -> Finding:
    looked = facts.display.looked
    if looked is None:
        return unchecked("display", MAY_NOT_ASK)
    if failure := not_answered(looked, "panel") or looked.values.get("problem"):
        return bad("display", failure)
    return fine("display", f"The panel can be opened: {facts.settings.config.display.device}.")


def _screen(facts: Facts) -> Finding:
    wanted, found = facts.settings.config.display.device, facts.display
    failure: str | None
    if not found.framebuffers:
        failure = f"No screen was found. {_CONNECT} {_LINK}"
    elif wanted.startswith("/dev/fb") and wanted not in {each.path for each in found.framebuffers}:
        listed = ", ".join(each.path for each in found.framebuffers)
        failure = f"There is no screen {wanted}. Set display.device to one of {listed}."
    else:
        failure = _failed(found) or _without_monitor(wanted, found.framebuffers)
    if matters(facts.account, found.denied, failed=bool(failure)):
        return bad("display", permission(facts.account, found.denied))
    if failure:
        return bad("display", failure)
    return fine("display", f"{_named(wanted, found.framebuffers)} is there.")


def _failed(found: Display) -> str | None:
    if found.looked is None:
        return None
    return not_answered(found.looked, "screen") or found.looked.values.get("problem")


def _without_monitor(wanted: str, framebuffers: tuple[Framebuffer, ...]) -> str | None:
    chosen = [each for each in framebuffers if wanted in ("", each.path)]
    if any(each.connected for each in chosen) or not chosen:
        return None
    return (
        f"No monitor is connected to the screen {chosen[0].path}, or it is switched off. Switch "
        f"it on, and check its cable. {_LINK}"
    )


def _named(wanted: str, framebuffers: tuple[Framebuffer, ...]) -> str:
    chosen = [each for each in framebuffers if wanted in ("", each.path)]
    if not chosen:
        return wanted or "the screen"
    # As the appliance does, where it chooses.
    first = next((each for each in chosen if each.connected), chosen[0])
    size = f", {first.width}x{first.height}" if first.width else ""
    return f"{first.path} ({first.name or 'a framebuffer'}{size})"

"""The ports, and the appliance that has them. PURE."""

from homecall_appliance.control.client import RESTART, START
from homecall_appliance.doctor.facts import Appliance, Daemon, Facts, Port
from homecall_appliance.doctor.finding import Finding, bad, fine

_CHOOSE = "choose another one in the section [server] of the configuration"

SILENT = f"The appliance does not answer at its control socket. Restart it with: {RESTART}"


def ports(facts: Facts) -> list[Finding]:
    """A finding for each port that is a problem."""
    appliance, found = facts.appliance, facts.ports
    if appliance.state is Daemon.SILENT:
        return [bad("ports", SILENT)]
    problems = [bad("ports", problem) for each in found if (problem := _problem(each, facts))]
    if problems:
        return problems
    numbers = " and ".join(str(each.number) for each in found)
    noun = f"Port {numbers} is" if len(found) == 1 else f"Ports {numbers} are"
    if appliance.state is Daemon.FORBIDDEN:
        return [bad("ports", f"{noun} the appliance's. {may_not_ask(appliance)}")]
    if appliance.state is Daemon.RUNNING:
        return [fine("ports", f"{noun} open: the appliance is running.")]
    return [fine("ports", f"{noun} free. The appliance is not running; start it with: {START}")]


def may_not_ask(appliance: Appliance) -> str:
    """What somebody without the right to ask can do."""
    advice = "You may not ask it. Type: sudo homecall-appliance doctor"
    if appliance.socket_group and appliance.socket_group != "root":
        advice += (
            f" (to be allowed for good: sudo usermod -aG {appliance.socket_group} $USER, "
            "then log in again)"
        )
    return advice


def _problem(port: Port, facts: Facts) -> str | None:
    running = facts.appliance.state is not Daemon.STOPPED
    match port.state:
        case "taken" if not port.ours:
            holder = port.holder or "another program"
            find = "" if port.holder else f" (sudo ss -ltnp 'sport = :{port.number}' shows which)"
            return f"Port {port.number} is used by {holder}{find}. Stop that program, or {_CHOOSE}."
        case "no address":
            return (
                f"{facts.settings.config.server.address} is no address of this machine. Set "
                'server.address to "::" for every address, or to one that it has.'
            )
        case "failed":
            return f"Port {port.number} cannot be opened: {port.reason}. Try it, or {_CHOOSE}."
        case "free" | "forbidden" if running:
            return (
                f"The appliance runs, but not on port {port.number} of the configuration. "
                f"Restart it with: {RESTART}"
            )
    return None  # free, or only the service may open it: who starts it by hand is told by `run`

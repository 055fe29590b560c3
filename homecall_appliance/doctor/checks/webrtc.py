"""The library that calls are made with. PURE."""

from homecall_appliance.doctor.checks.devices import not_answered
from homecall_appliance.doctor.facts import Facts
from homecall_appliance.doctor.finding import Finding, bad, fine

_SLOW = (
    "aiortc could not be looked at, for that took too long. Look again when the machine has less "
    "to do."
)


def webrtc(facts: Facts) -> list[Finding]:
    """One finding: whether aiortc works in the way that the appliance was made for."""
    looked = facts.webrtc
    if looked.outcome == "hung":
        return [bad("webrtc", _SLOW)]
    if problem := not_answered(looked, "calls") or looked.values.get("problem"):
        return [bad("webrtc", problem)]
    return [fine("webrtc", f"{looked.values['versions']} works in a way that is known here.")]

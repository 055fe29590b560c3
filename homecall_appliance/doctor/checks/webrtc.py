"""The library that calls are made with. PURE."""

from homecall_appliance.control.status_text import duration
from homecall_appliance.doctor.checks.devices import not_answered
from homecall_appliance.doctor.facts import Facts
from homecall_appliance.doctor.finding import Finding, bad, fine

_SLOW = (
    "aiortc could not be looked at, for that took too long. Look again when the machine has less "
    "to do."
)

LATELY = 86_400.0
"""Seconds, after which what a server has done is no news: another call asks it anew."""

_AGAIN = "Whether that is still so, tells: homecall-appliance reach"


def webrtc(facts: Facts) -> list[Finding]:
    """Whether aiortc works in the way that the appliance was made for, and what STUN and TURN
    servers have not done for calls of late."""
    looked = facts.webrtc
    if looked.outcome == "hung":
        return [bad("webrtc", _SLOW)]
    if problem := not_answered(looked, "calls") or looked.values.get("problem"):
        return [bad("webrtc", problem)]
    lately = [
        bad("webrtc", f"When last asked, {duration(each.age)} ago: {each.problem} {_AGAIN}")
        for each in facts.appliance.status.ice_servers
        if each.problem and each.age < LATELY
    ]
    known = f"{looked.values['versions']} works in a way that is known here."
    return lately or [fine("webrtc", known)]

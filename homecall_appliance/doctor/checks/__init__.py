"""Facts to findings. PURE: a module for each thing that is judged."""

from collections.abc import Callable

from homecall_appliance.doctor.checks.camera import camera
from homecall_appliance.doctor.checks.certificate import certificate
from homecall_appliance.doctor.checks.configuration import configuration
from homecall_appliance.doctor.checks.display import display
from homecall_appliance.doctor.checks.door import door
from homecall_appliance.doctor.checks.keys import keys
from homecall_appliance.doctor.checks.network import network
from homecall_appliance.doctor.checks.ports import ports
from homecall_appliance.doctor.checks.sound import microphone, speaker
from homecall_appliance.doctor.checks.webrtc import webrtc
from homecall_appliance.doctor.checks.withheld import withheld
from homecall_appliance.doctor.facts import Facts
from homecall_appliance.doctor.finding import Finding, Name

_CHECKS: dict[Name, Callable[[Facts], list[Finding]]] = {
    "configuration": configuration,
    "ports": ports,
    "certificate": certificate,
    "camera": camera,
    "microphone": microphone,
    "speaker": speaker,
    "display": display,
    "keys": keys,
    "door": door,
    "network": network,
    "webrtc": webrtc,
}


def examine(facts: Facts) -> list[Finding]:
    """At least one finding for each thing, in the order that they are shown in; for the door only
    where something is to open it.

    Where the service cannot use a file, nothing else counts: the one who looks may be able to.
    """
    found: list[Finding] = []
    for name, check in _CHECKS.items():
        kept = withheld(facts, name)
        found += kept
        if not kept or facts.settings.problems:
            found += check(facts)
    return found

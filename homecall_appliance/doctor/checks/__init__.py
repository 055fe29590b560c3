"""Facts to findings. PURE: a module for each thing that is judged."""

from homecall_appliance.doctor.checks.camera import camera
from homecall_appliance.doctor.checks.certificate import certificate
from homecall_appliance.doctor.checks.configuration import configuration
from homecall_appliance.doctor.checks.display import display
from homecall_appliance.doctor.checks.network import network
from homecall_appliance.doctor.checks.ports import ports
from homecall_appliance.doctor.checks.sound import microphone, speaker
from homecall_appliance.doctor.checks.webrtc import webrtc
from homecall_appliance.doctor.facts import Facts
from homecall_appliance.doctor.finding import Finding

_CHECKS = (
    *(configuration, ports, certificate),
    *(camera, microphone, speaker, display),
    *(network, webrtc),
)


def examine(facts: Facts) -> list[Finding]:
    """At least one finding for each thing, in the order that they are shown in."""
    return [finding for check in _CHECKS for finding in check(facts)]

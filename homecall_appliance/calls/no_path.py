"""Calls that did not come about, for the owner: no way through the networks was found. PURE."""

from collections.abc import Sequence
from dataclasses import dataclass

from homecall_appliance.media.webrtc.server_memory import ServerRecord, ServerState
from homecall_appliance.media.webrtc.stats import CandidateTypes


@dataclass(frozen=True)
class NoPath:
    """One of them."""

    session_id: str

    when: float
    """Seconds of the event loop's clock, at which it was given up."""

    candidate_types: CandidateTypes | None
    """The types of all candidates that were tried last; None: nothing was."""

    advice: str
    """What the owner can do: sentences."""


def advice(servers: Sequence[ServerRecord]) -> str:
    """Return what the owner can do, by what the STUN and TURN servers did when they were asked."""
    relays = [each for each in servers if each.is_relay]
    if not relays:
        return (
            "If this phone is in another network, name a TURN server in the configuration "
            "([[ice.turn]])."
        )
    without_credentials = [each for each in relays if each.failure]
    if without_credentials:
        return " ".join(each.sentence for each in without_credentials)
    if any(each.state is ServerState.WORKS for each in relays):
        return (
            "A relay gives the appliance an address, and the phone did not come through to it: see "
            "that the relay's ports are open to everybody (coturn: listening-port, and min-port to "
            "max-port)."
        )
    return " ".join(each.sentence for each in relays)

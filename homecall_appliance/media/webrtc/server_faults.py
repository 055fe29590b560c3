"""Why a STUN or TURN server gives no address, for its owner. PURE."""

from dataclasses import dataclass

from homecall_appliance.media.webrtc.server_memory import ServerState


@dataclass(frozen=True)
class ServerFault:
    """What is the matter with a server."""

    state: ServerState

    reason: str
    """Why it gives no address, as a clause: "it refuses the credentials (401)"."""

    advice: str
    """What the owner can do: sentences."""


SILENT = ServerFault(
    ServerState.SILENT,
    "it does not answer",
    "See that it runs, that its address and port are right, and that no firewall is in between.",
)

UNKNOWN_NAME = ServerFault(
    ServerState.UNREACHABLE,
    "its name is not known",
    "Correct its name in the section [ice] of the configuration, or look at this machine's way to "
    "the internet.",
)

NO_RESOLVER = ServerFault(
    ServerState.UNREACHABLE,
    "the DNS does not tell its address",
    "Look at this machine's way to the internet, and at the servers in /etc/resolv.conf.",
)

NO_ROUTE = ServerFault(
    ServerState.UNREACHABLE,
    "no network leads to it",
    "Look at this machine's way to the internet: ip route",
)

NO_BASE = ServerFault(
    ServerState.UNREACHABLE,
    "no address that is offered leads to it",
    "See that server.interfaces names the interface by which the internet is reached.",
)

NO_CONNECTION = ServerFault(
    ServerState.UNREACHABLE,
    "it takes no connection",
    "See that it runs, that its port is right, and that no firewall is in between.",
)

UNTRUSTED = ServerFault(
    ServerState.REFUSES,
    "its certificate is not trusted",
    "Name it in [[ice.turn]] as its certificate does, see that this has not expired, and look at "
    "the clock of this machine: timedatectl",
)

UNREADABLE = ServerFault(
    ServerState.REFUSES,
    "its answer cannot be read",
    "See that a STUN or TURN server is at its address and port.",
)

_CREDENTIALS = (
    "Correct its secret, or its username and credential, in [[ice.turn]]; and look at the clock of "
    "this machine (timedatectl), for by a wrong one they have expired."
)

_REFUSALS = {
    401: ("it refuses the credentials (401)", _CREDENTIALS),
    403: ("it forbids the request (403)", "Ask its operator to let this machine use it."),
    437: (
        "it takes the request for one of another allocation (437)",
        "If that stays so, restart it.",
    ),
    441: ("it refuses the credentials (441)", _CREDENTIALS),
    442: (
        "it has no relaying over UDP (442)",
        "Ask its operator to allow that, or name another one.",
    ),
    486: (
        "this user has all the allocations that it gives one (486)",
        "Ask its operator for more (coturn: user-quota).",
    ),
    508: (
        "it has no address left to give (508)",
        "Ask its operator for more (coturn: total-quota, min-port, max-port).",
    ),
}
"""By the code of the error (RFC 8489, section 14.8; RFC 8656, section 19)."""


def refusal(code: int | None) -> ServerFault:
    """Return what an error of this code means; None: an answer that lacks what was asked for."""
    if code is None:
        return UNREADABLE
    reason, advice = _REFUSALS.get(
        code, (f"it answers with the error {code}", "Its own log says more.")
    )
    return ServerFault(ServerState.REFUSES, reason, advice)

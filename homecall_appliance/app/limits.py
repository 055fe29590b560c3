"""What the configuration lets each part take, and how long it lets each wait."""

import logging

from homecall_appliance.calls.negotiation import Patience
from homecall_appliance.config.model import Config
from homecall_appliance.service import process
from homecall_appliance.signaling.hub import HubLimits
from homecall_appliance.signaling.session import Limits
from homecall_appliance.web.channel import SocketLimits
from homecall_appliance.web.guard import GuardLimits

log = logging.getLogger(__name__)

OPEN_FILES, FILES_PER_CONNECTION = 512, 2
"""What the appliance itself opens at most, and what a connection takes (see web/delivery.py)."""

NOTICE = 10.0
"""Seconds that a phone takes to see that it has lost its connection and must come back."""

LINK_MARGIN = 60.0
"""Seconds that a link on the screen still works at least when somebody begins to scan it."""


def hub_limits(config: Config) -> HubLimits:
    """Return the bounds of the sessions."""
    session = config.session
    return HubLimits(
        session=Limits(
            wait_timeout=session.wait_timeout,
            signal_timeout=session.signal_timeout,
            reconnect_grace=session.reconnect_grace,
            queue_messages=session.queue_messages,
            queue_bytes=session.queue_bytes,
        ),
        max_sessions=session.max_sessions,
        sessions_per_source=config.limits.sessions_per_address,
        guest_sessions=session.guest_sessions,
    )


def socket_limits(config: Config) -> SocketLimits:
    """Return the bounds of a WebSocket: a whole queue may be under way, and as much again."""
    return SocketLimits(
        message_bytes=config.session.message_bytes,
        unacknowledged_bytes=2 * config.session.queue_bytes,
        first_message_timeout=config.limits.first_message_timeout,
    )


def guard_limits(config: Config) -> GuardLimits:
    """Return what one address may take."""
    limits = config.limits
    return GuardLimits(
        connections=limits.connections,
        connections_per_address=limits.connections_per_address,
        connections_per_second=limits.connections_per_second,
        requests_per_second=limits.requests_per_second,
        sockets_per_address=limits.sockets_per_address,
        handshakes_per_second=limits.handshakes_per_second,
        messages_per_second=limits.messages_per_second,
    )


def patience(config: Config) -> Patience:
    """Return how long a call waits for its phone."""
    session = config.session
    return Patience(answer=session.answer_timeout, lost=session.reconnect_grace + NOTICE)


def renew_after(config: Config) -> float:
    """Return the age in seconds at which a link that nobody uses is replaced."""
    lifetime = config.session.wait_timeout
    return max(lifetime / 2, lifetime - LINK_MARGIN)


def allow_open_files(config: Config) -> None:
    """Have the system allow as many open files as may be needed; warn where it does not."""
    wanted = OPEN_FILES + FILES_PER_CONNECTION * config.limits.connections
    allowed = process.allow_open_files(wanted)
    if allowed < wanted:
        log.warning(
            "The system allows %d open files, and the connections of the configuration may need "
            "%d. Allow more files (LimitNOFILE= in the unit, ulimit -n in a shell), or fewer "
            "connections in the section [limits].",
            allowed,
            wanted,
        )

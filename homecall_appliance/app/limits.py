"""What the configuration lets each part take."""

from homecall_appliance.config.model import Config
from homecall_appliance.signaling.hub import HubLimits
from homecall_appliance.signaling.session import Limits
from homecall_appliance.web.channel import SocketLimits
from homecall_appliance.web.guard import GuardLimits

OPEN_FILES, FILES_PER_CONNECTION = 512, 2
"""What the appliance itself opens at most, and what a connection takes (see web/delivery.py)."""


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


def open_files(config: Config) -> int:
    """Return how many files may be open at once."""
    return OPEN_FILES + FILES_PER_CONNECTION * config.limits.connections

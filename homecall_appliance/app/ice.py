"""The ICE servers of one participant, with credentials of its own."""

import secrets
import time

from homecall_appliance.calls.ice_servers import IceServer, ice_servers
from homecall_appliance.config.model import Ice

MARK_BYTES = 9
"""Of chance in the name of a relay's user, by which the relay tells one from another."""


def fresh_ice_servers(ice: Ice) -> list[IceServer]:
    """Return the configured servers; credentials are good from now on."""
    return ice_servers(ice, time.time(), secrets.token_urlsafe(MARK_BYTES))

"""The ICE servers of a call, with fresh credentials where the relay's secret is known. PURE."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from homecall_appliance.config.model import Ice

CREDENTIAL_LIFETIME = 2 * 3600
"""Seconds that time-limited TURN credentials are valid: the longest call by default, and the time
before it for which a page keeps them. coturn looks at the time when an allocation is made; other
relays look at each refresh, and would end a longer call."""


@dataclass(frozen=True)
class IceServer:
    """An RTCIceServer (W3C WebRTC 1.0, section 4.2.4)."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return the dictionary that a browser's RTCPeerConnection takes."""
        body: dict[str, object] = {"urls": list(self.urls)}
        if self.username is not None:
            body |= {"username": self.username, "credential": self.credential}
        return body


def stun_servers(ice: Ice) -> list[IceServer]:
    """Return the configured servers that anybody may use."""
    return [IceServer(ice.stun)] if ice.stun else []


def ice_servers(
    ice: Ice, now: float, mark: str, fetched: Mapping[str, Sequence[IceServer]] | None = None
) -> list[IceServer]:
    """Return all configured servers, for one participant of a session that exists.

    `now` is Unix time in seconds; `mark` is a random text without a colon, by which the relay
    tells one user from another. Time-limited credentials are those of "A REST API For Access To
    TURN Services" (draft-uberti-behave-turn-rest-00), as coturn's static-auth-secret checks them.
    `fetched` are the servers of keys at Cloudflare, as far as they are there.
    """
    servers = stun_servers(ice)
    for turn in ice.turn:
        if turn.cloudflare_key_id:
            servers += (fetched or {}).get(turn.cloudflare_key_id, ())
            continue
        username, credential = turn.username, turn.credential
        if turn.secret:
            username = f"{int(now) + CREDENTIAL_LIFETIME}:{mark}"
            digest = hmac.digest(turn.secret.encode(), username.encode(), hashlib.sha1)
            credential = base64.b64encode(digest).decode()
        servers.append(IceServer(turn.urls, username, credential))
    return servers

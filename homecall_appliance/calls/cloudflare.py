"""TURN credentials of Cloudflare's Realtime service: what is asked, and what comes back. PURE.

https://developers.cloudflare.com/realtime/turn/generate-credentials/
"""

import json
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from homecall_appliance.calls.ice_servers import IceServer
from homecall_appliance.media.webrtc.ice_urls import read_url

API = "https://rtc.live.cloudflare.com"
"""Where credentials are made."""

LIFETIME = 14_400
"""Seconds that credentials are asked for. All participants share them, so they are short; they are
looked at when an allocation is made, and at each refresh."""

RENEW_AFTER = LIFETIME / 2
"""Seconds until the next are fetched: whoever gets these has them for two hours at least, which is
more than the longest call by default."""

FIRST_PAUSE, LONGEST_PAUSE = 10.0, 600.0
"""Seconds until it is tried again, the first time and at most: each pause is twice the last."""

BARRED_PORT = 53
"""Cloudflare names addresses with this port for programs; browsers refuse it."""


class UnreadableAnswer(Exception):
    """There is no relay in an answer that can be used."""


def path(key_id: str) -> str:
    """Return the path at which the credentials of a key are made."""
    return f"/v1/turn/keys/{quote(key_id, safe='')}/credentials/generate-ice-servers"


def body() -> bytes:
    """Return what is posted there."""
    return json.dumps({"ttl": LIFETIME}).encode()


def read(answer: bytes) -> tuple[IceServer, ...]:
    """Return the servers of an answer; raises UnreadableAnswer."""
    try:
        parsed = json.loads(answer)
    except (ValueError, RecursionError):
        raise UnreadableAnswer from None
    found = parsed.get("iceServers") if isinstance(parsed, Mapping) else None
    tables = found if isinstance(found, list) else [found]
    servers = tuple(server for table in tables for server in _servers(table))
    if not any(server.credential for server in servers):
        raise UnreadableAnswer
    return servers


def next_pause(last: float) -> float:
    """Return the pause after another failure; `last` is the pause before it, 0 at first."""
    return min(max(2 * last, FIRST_PAUSE), LONGEST_PAUSE)


def _servers(table: object) -> Iterator[IceServer]:
    if not isinstance(table, Mapping):
        return
    named = table.get("urls")
    urls = tuple(
        url
        for url in (named if isinstance(named, list) else [named])
        if isinstance(url, str) and (parsed := read_url(url)) and parsed.port != BARRED_PORT
    )
    username, credential = table.get("username"), table.get("credential")
    if urls and isinstance(username, str) and isinstance(credential, str):
        yield IceServer(urls, username, credential)
    elif urls and all(url.startswith("stun:") for url in urls):
        yield IceServer(urls)

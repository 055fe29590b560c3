"""TURN credentials of Cloudflare's Realtime service: what is asked, and what comes back. PURE.

https://developers.cloudflare.com/realtime/turn/generate-credentials/
"""

import json
from collections.abc import Iterator, Mapping
from typing import Literal
from urllib.parse import quote

from homecall_appliance.calls.ice_servers import IceServer
from homecall_appliance.media.webrtc.ice_urls import read_url
from homecall_appliance.media.webrtc.server_memory import ServerRecord, ServerState

API = "https://rtc.live.cloudflare.com"
"""Where credentials are made."""

LIFETIME = 14_400
"""Seconds that credentials are asked for. All participants share them, so they are short; they are
looked at when an allocation is made, and at each refresh."""

RENEW_AFTER = LIFETIME / 2
"""Seconds until the next are fetched: as long as that succeeds, whoever gets these has them for two
hours at least, which is more than the longest call by default."""

FIRST_PAUSE, LONGEST_PAUSE = 10.0, 600.0
"""Seconds until it is tried again, the first time and at most: each pause is twice the last."""

BARRED_PORT = 53
"""Cloudflare names addresses with this port for programs; browsers refuse it."""

_OFFLINE = "Look at this machine's way to the internet. The appliance goes on trying."

_FAULTS = {
    "refused": (
        ServerState.REFUSES,
        "Correct cloudflare_key_id and cloudflare_token in [[ice.turn]].",
    ),
    "failed": (ServerState.REFUSES, "The appliance goes on trying."),
    "silent": (ServerState.SILENT, _OFFLINE),
    "unreachable": (ServerState.UNREACHABLE, _OFFLINE),
}
"""What it means that credentials were not given, and what to do, by the cause."""


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


def no_credentials(
    url: str,
    key_id: str,
    cause: Literal["refused", "failed", "silent", "unreachable"],
    reason: str,
    when: float,
) -> ServerRecord:
    """Return the record of a key for which no credentials were given at `url`; the cause is
    that of `web.http_client`, `when` a time of the event loop's clock."""
    state, advice = _FAULTS[cause]
    failure = f"Cloudflare gives no credentials for the key {key_id}"
    return ServerRecord(url, state, reason, when, advice, failure)


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

"""URLs of STUN and TURN servers (RFC 7064, RFC 7065). PURE."""

import re
from dataclasses import dataclass
from typing import Literal

_URL = re.compile(
    r"(?P<scheme>stun|turns?):(?:\[(?P<literal>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9.-]+))"
    r"(?::(?P<port>\d{1,5}))?(?:\?transport=(?P<transport>udp|tcp))?"
)
_USUAL_PORT, _USUAL_TLS_PORT = 3478, 5349


@dataclass(frozen=True)
class ServerUrl:
    """A server, and how it is asked."""

    url: str
    """As it is configured."""

    kind: Literal["stun", "turn"]

    host: str
    """A name, or an address without brackets."""

    port: int

    transport: Literal["udp", "tcp"]

    tls: bool
    """TLS over TCP."""


def read_url(url: str) -> ServerUrl | None:
    """Read a URL; None for one of no kind that is asked here, such as TURN over DTLS."""
    match = _URL.fullmatch(url)
    if match is None:
        return None
    scheme, transport = match["scheme"], match["transport"]
    tls = scheme == "turns"
    if (scheme == "stun" and transport) or (tls and transport == "udp"):
        return None
    port = int(match["port"] or (_USUAL_TLS_PORT if tls else _USUAL_PORT))
    if not 1 <= port <= 0xFFFF:
        return None
    return ServerUrl(
        url,
        "stun" if scheme == "stun" else "turn",
        match["literal"] or match["host"],
        port,
        "tcp" if tls or transport == "tcp" else "udp",
        tls,
    )

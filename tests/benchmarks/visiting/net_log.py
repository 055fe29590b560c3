"""What Chromium's own record of its network tells of the time of a visit. PURE.

The record is that of `--log-net-log` (chromium, net/log/file_net_log_observer.h): a line for each
event. It has what no page and no service worker can see: each connection, and its bytes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_BEGIN = '"events": ['
_REQUEST = "HTTP_TRANSACTION_SEND_REQUEST_HEADERS"
_SENT, _RECEIVED = "SOCKET_BYTES_SENT", "SOCKET_BYTES_RECEIVED"


@dataclass(frozen=True)
class Event:
    """One line of the record."""

    time: float
    """Milliseconds since the epoch."""

    kind: str
    """Such as "SOCKET_BYTES_SENT"."""

    source: tuple[str, int]
    """What it happened to: its kind, such as "SOCKET", and its number."""

    params: Mapping[str, Any]


@dataclass(frozen=True)
class Traffic:
    """What went over the wire by TCP."""

    requests: tuple[str, ...]
    """The target of each request (RFC 9112, section 3.2), in their order, that of the WebSocket
    and those of a service worker among them."""

    connections: int
    """Connections that something was sent by."""

    sent: int
    received: int
    """Bytes of TCP's payload: TLS and its handshakes, HTTP's headers, the WebSocket."""


def events(lines: Iterable[str]) -> Iterator[Event]:
    """Return what a record has, oldest first; its last line may be cut off."""
    rest = iter(lines)
    head = ""
    for line in rest:
        if line.startswith(_BEGIN):
            break
        head += line
    constants = json.loads(head.rstrip().rstrip(",") + "}")["constants"]
    offset = float(constants["timeTickOffset"])
    kinds = {number: name for name, number in constants["logEventTypes"].items()}
    sources = {number: name for name, number in constants["logSourceType"].items()}
    for line in rest:
        try:
            event = json.loads(line.rstrip().removesuffix("]}").rstrip(","))
        except ValueError:
            return
        source = event["source"]
        yield Event(
            offset + float(event["time"]),
            kinds[event["type"]],
            (sources[source["type"]], source["id"]),
            event.get("params", {}),
        )


def traffic(record: Iterable[Event], since: float, until: float) -> Traffic:
    """Return what went over the wire between two moments, in milliseconds since the epoch."""
    seen = [each for each in record if since <= each.time < until]
    transferred = [each for each in seen if each.source[0] == "SOCKET"]
    return Traffic(
        tuple(
            each.params["line"].split()[1]
            for each in seen
            if each.kind == _REQUEST and "line" in each.params
        ),
        len({each.source for each in transferred if each.kind == _SENT}),
        sum(each.params["byte_count"] for each in transferred if each.kind == _SENT),
        sum(each.params["byte_count"] for each in transferred if each.kind == _RECEIVED),
    )

"""What is private to aiortc and aioice and yet needed, and whether the versions that are installed
have it as it is known here.

The names, and where they are used: `_connection` (peer_connection: an ICE agent of our own below
theirs), `_set_role` (peer_connection: the phone chooses who begins DTLS), `_rx_srtp` and `_tx_srtp`
(srtp_transport: the keys), `_check_list` and `_protocols` (ice_connection: pairs and sockets). What
`IceConnection` overrides is public, and looked at besides.
"""

import logging
from collections.abc import Callable, Iterator
from functools import cache
from inspect import iscoroutinefunction, signature
from typing import Any

import aioice
import aiortc
from aioice import ice, turn
from aiortc import RTCCertificate, RTCDtlsTransport, RTCIceGatherer, RTCIceTransport

from homecall_appliance.faults.containment import contained

log = logging.getLogger(__name__)

FIRST_VERSION, LAST_VERSION = "1.11", "1.16"
"""The minor versions of aiortc that are known: those of requirements/aiortc-matrix.txt."""


def versions() -> str:
    """Return the versions that are installed: "aiortc 1.16.0 (aioice 0.13.0)"."""
    return f"aiortc {aiortc.__version__} (aioice {aioice.__version__})"


def warn() -> None:
    """Log the problem, if there is one: calls are made all the same."""
    if found := problem():
        log.warning("%s", found)


@cache
def problem() -> str | None:
    """Return in sentences for the owner that what is installed works in a way that is not known
    here, None where it is as known. Never raises."""
    known = False
    with contained(_unexpected):
        known = all(_looked_at())
    if known:
        return None
    return (
        f"{versions()} works in a way that is not known here: calls may fail, and strangers may "
        f"disturb them. Install a version of aiortc from {FIRST_VERSION} to {LAST_VERSION}."
    )


def _looked_at() -> Iterator[bool]:
    """Yield whether each thing is as known; raises anything where one is not there."""
    gatherer: Any = RTCIceGatherer([])
    transport: Any = RTCIceTransport(gatherer)
    dtls: Any = RTCDtlsTransport(transport, [RTCCertificate.generateCertificate()])
    connection: Any = gatherer._connection
    yield transport._connection is connection
    yield isinstance(connection, ice.Connection)
    yield dtls._rx_srtp is None
    yield dtls._tx_srtp is None
    yield connection._check_list == []
    yield connection._protocols == []
    yield _takes(dtls._set_role, "role")
    yield _takes(connection.get_component_candidates, "component", "addresses", "timeout")
    yield _takes(connection.check_complete, "pair")
    yield _takes(connection.data_received, "data", "component")
    yield _takes(connection.sendto, "data", "component")
    yield _takes(connection.build_request, "pair", "nominate")
    yield [*signature(connection.request_received).parameters][:3] == [
        "message",
        "addr",
        "protocol",
    ]
    yield _takes(ice.StunProtocol, "receiver")
    yield _takes(
        ice.StunProtocol.request, "self", "request", "addr", "integrity_key", "retransmissions"
    )
    yield _takes(ice.CandidatePair, "protocol", "remote_candidate")
    yield _takes(ice.get_host_addresses, "use_ipv4", "use_ipv6")
    for client in (turn.TurnClientUdpProtocol, turn.TurnClientTcpProtocol):
        yield _takes(client.channel_bind, "self", "channel_number", "addr")
        yield iscoroutinefunction(client.connect)
    for name in ("connect", "recvfrom", "sendto", "close", "get_component_candidates"):
        yield iscoroutinefunction(getattr(connection, name))


def _takes(function: Callable[..., object], *parameters: str) -> bool:
    return tuple(signature(function).parameters) == parameters


def _unexpected(error: Exception) -> None:
    log.debug("What is looked for in aiortc is not there: %s", error)

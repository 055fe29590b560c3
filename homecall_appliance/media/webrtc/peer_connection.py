"""The part of W3C's RTCPeerConnection that is needed, on aiortc's ICE and DTLS transports.

It always makes the offer, always with BUNDLE and rtcp-mux (RFC 8843, RFC 5761): one ICE transport,
one DTLS transport, one RTP session. Which media they carry is the caller's. ICE is not restarted: a
connection that failed is followed by another one.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aiortc import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceParameters,
    RTCIceTransport,
)

from homecall_appliance.faults.containment import contained, reported
from homecall_appliance.media.webrtc.ice_connection import IceConnection
from homecall_appliance.media.webrtc.sdp import Transport
from homecall_appliance.media.webrtc.srtp_transport import SrtpTransport

log = logging.getLogger(__name__)

CLOSE_TIMEOUT = 2.0
"""Seconds that closing waits for its sockets to be gathered and to close. They first send what
waits in them, which takes minutes where no address of a dead network can be resolved any more."""


class PeerConnection:
    """One connection to a phone, from its sockets to the keys of its media."""

    def __init__(self, ice: IceConnection, on_state: Callable[[str], None]) -> None:
        """`ice` has no socket yet. `on_state` is told each `connection_state`."""
        self.connection_state = "new"
        """A state of W3C WebRTC 1.0, section 4.3.3: "new", "connecting", "connected", "failed" or
        "closed". "disconnected" is not among them: see `calls.negotiation` for what is done while
        nothing comes."""

        self.ice = ice
        self._on_state = on_state
        gatherer: Any = RTCIceGatherer([])  # None would mean a third party's STUN server
        gatherer._connection = ice
        self._ice = RTCIceTransport(gatherer)
        self._dtls = RTCDtlsTransport(self._ice, [RTCCertificate.generateCertificate()])
        self._gathering: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._closed = False
        self.srtp = SrtpTransport(self._dtls)
        self._ice.add_listener("statechange", self._update)
        self._dtls.add_listener("statechange", self._update)

    @property
    def fingerprint(self) -> str:
        """That of the certificate, as the attribute of SDP has it (RFC 8122, section 5)."""
        found = self._dtls.getLocalParameters().fingerprints
        sha256 = next(each for each in found if each.algorithm == "sha-256")
        return f"{sha256.algorithm} {sha256.value}"

    async def gather(self) -> None:
        """Open the sockets. Cancelled, it goes on: aioice would lose those that it has opened."""
        if self._gathering is None:
            self._gathering = asyncio.create_task(self._ice.iceGatherer.gather())
        await asyncio.shield(self._gathering)

    async def connect(self, remote: Transport, *, is_lite: bool) -> None:
        """Connect to the phone by what its answer tells of it, until that has succeeded or not.

        `is_lite`: it is an ICE lite agent (RFC 8445, section 2.5).
        """
        await self._ice.start(
            RTCIceParameters(
                usernameFragment=remote.ufrag, password=remote.password, iceLite=is_lite
            )
        )
        if self._ice.state != "completed" or self._closed:
            return
        dtls: Any = self._dtls
        dtls._set_role("client" if remote.setup == "passive" else "server")
        algorithm, value = remote.fingerprint.split()
        await self._dtls.start(RTCDtlsParameters([RTCDtlsFingerprint(algorithm, value)]))

    async def close(self) -> None:
        """Close, without waiting for the phone; takes CLOSE_TIMEOUT at most and raises nothing."""
        self._closed = True
        self._closing = asyncio.create_task(self._close())
        await asyncio.wait([self._closing], timeout=CLOSE_TIMEOUT)

    async def _close(self) -> None:
        if self._gathering is not None:
            await asyncio.wait([self._gathering])
        with contained(reported):
            await self._dtls.stop()
        with contained(reported):
            # Without an end of candidates aioice 0.10 waits for more, however it is closed.
            await self._ice.addRemoteCandidate(None)
        with contained(reported):
            await self._ice.stop()
        self._update()

    def _update(self) -> None:
        """Compute the state of the connection (W3C WebRTC 1.0, section 4.3.3)."""
        states = {self._ice.state, self._dtls.state}
        if self._closed:
            state = "closed"
        elif "failed" in states:
            state = "failed"
        elif self._dtls.state == "closed":  # the phone has ended it (RFC 5246, section 7.2.1)
            state = "closed"
        elif self._dtls.state == "connected":
            state = "connected"
        else:
            state = "new" if self._ice.state == "new" else "connecting"
        if state != self.connection_state:
            self.connection_state = state
            self._on_state(state)

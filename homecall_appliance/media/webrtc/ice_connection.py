"""An ICE agent for one phone: aioice's, with sockets, queue and judgement of our own.

aioice checks pairs and nominates them. What comes to the sockets, how it waits, where candidates
come from and what happens when an address of this machine is gone is the appliance's: it overrides
what aioice has public, and patches nothing.
"""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

from aioice import Candidate, Connection, stun
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import CandidatePair, get_host_addresses, sort_candidate_pairs

from homecall_appliance.media.webrtc.datagram_queue import DatagramQueue
from homecall_appliance.media.webrtc.datagrams import Drop, Heard, TransportAddress
from homecall_appliance.media.webrtc.host_candidates import offered, open_hosts
from homecall_appliance.media.webrtc.ice_options import IceOptions
from homecall_appliance.media.webrtc.ice_socket import IceSocket
from homecall_appliance.media.webrtc.trickle import NO_CANDIDATE

MAX_EARLY_CHECKS = 100
"""Checks of the phone that are answered before its own answer is there: those of a browser in five
seconds. aioice keeps each of them until then, and 0.10 has no bound."""

_COMPONENT = 1
"""That of RTP, by which all goes (RFC 5761)."""

_RECEIVE_BUFFER = 262_144
"""Bytes of a socket's buffer, as aioice has them."""


class IceConnection(Connection):
    """One ICE agent in the controlling role (RFC 8445, section 6.1.1), with one component."""

    def __init__(
        self,
        options: IceOptions,
        ports: Sequence[int] = (),
        on_drop: Callable[[Drop], None] = lambda _: None,
    ) -> None:
        """Each socket gets the first of `ports` that is free at its address, or else any. `on_drop`
        is told of each datagram that does not count, and why."""
        super().__init__(ice_controlling=True)
        self.heard = Heard()
        """What all of its sockets have heard."""

        self.on_drop = on_drop
        self.on_packet: Callable[[bytes, float], None] | None = None
        """Takes datagrams of RTP and RTCP, and when they arrived, in seconds of time.monotonic();
        None: they wait as all others do."""

        self.nominated: CandidatePair | None = None
        """The pair by which data go, None as long as there is none, and after the end."""

        self.is_checking = True
        """Whether pairs that are added are checked."""

        self._options = options
        self._ports = ports
        self._received = DatagramQueue()
        self._early = 0
        self._is_early = True

    @property
    def hosts(self) -> list[IceSocket]:
        """The sockets at addresses of this machine; each has its `local_candidate`."""
        return [
            each
            for each in self._protocols
            if isinstance(each, IceSocket) and each.local_candidate.type == "host"
        ]

    async def get_component_candidates(
        self,
        component: int,  # noqa: ARG002 - aioice's signature
        addresses: Sequence[str],
        timeout: int = 5,  # noqa: ARG002, ASYNC109 - aioice's signature
    ) -> list[Candidate]:
        """Open a socket at each of the addresses that phones may get, and return its candidate.

        aioice starts no connection that has none at all: without one, it gets a placeholder of port
        9, which stands for none (RFC 8840, section 4.1.1).
        """
        await self.open_sockets(offered(addresses, self._options))
        none = local_candidate("host", ("0.0.0.0", 9), preference=0, foundation=NO_CANDIDATE)  # noqa: S104
        return [each.local_candidate for each in self.hosts] or [none]

    async def open_sockets(self, addresses: Sequence[str]) -> None:
        """Open a socket at each of some addresses of this machine."""
        self._protocols += await open_hosts(self.open_socket, self._ports, addresses)

    async def open_socket(self, address: str, port: int) -> IceSocket:
        """Open a socket at an address; port 0 is any. Raises OSError."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        bound = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:  # here, for uvloop loses a socket whose port is taken
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            bound.bind((address, port))
            own = bound.getsockname()[:2]
            _, opened = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: IceSocket(self), sock=bound
            )
        except BaseException:
            bound.close()
            raise
        foundation = candidate_foundation("host", "udp", own[0])
        opened.local_candidate = local_candidate(
            "host", own, preference=65535, foundation=foundation
        )
        return opened

    def addresses(self) -> Sequence[str]:
        """Return the addresses of this machine as aioice gathers them. Raises OSError."""
        found: Sequence[str] = get_host_addresses(use_ipv4=True, use_ipv6=True)
        return found

    def is_remote(self, address: TransportAddress) -> bool:
        """Whether it is an address of the phone that is checked."""
        return any(pair.remote_addr == address for pair in self._check_list)

    # What aioice calls.

    async def connect(self) -> None:
        """Check pairs until one is nominated. Raises ConnectionError."""
        self._is_early = False
        try:
            await super().connect()
        finally:
            self.is_checking = False

    def request_received(
        self, message: stun.Message, addr: TransportAddress, protocol: Any, *raw: Any
    ) -> None:
        """Answer a check of the phone; `raw` is the datagram, where aioice is older than 0.13."""
        if self._is_early:
            self._early += 1
            if self._early > MAX_EARLY_CHECKS:
                return
        super().request_received(message, addr, protocol, *raw)

    def check_complete(self, pair: CandidatePair) -> None:
        """Take note that a check of ours has an end, and of the pair that is nominated by it."""
        if pair.nominated and pair.state is CandidatePair.State.SUCCEEDED:
            self.nominated = pair
            # A relay that came now would be nominated to the phone, too, and given back then.
            self.is_checking = False
        super().check_complete(pair)

    def data_received(self, data: bytes | None, component: int | None) -> None:  # noqa: ARG002
        """Take a datagram that is not STUN; None, as aioice 0.10 tells a lost socket, is not
        needed."""
        if data is None:
            return
        if self.on_packet and 128 <= data[0] < 192:  # RFC 7983
            self.on_packet(data, time.monotonic())
        else:
            self._received.put_nowait(data)

    def protocol_lost(self, protocol: Any) -> None:
        """Do nothing: see `socket_lost`, which all versions of aioice lead to."""

    def socket_lost(self, lost: IceSocket) -> None:
        """Learn that a socket is closed: nothing comes any more if it is that of the data."""
        if self.nominated and self.nominated.protocol is lost:
            self._received.put_nowait(None)

    async def recvfrom(self) -> tuple[bytes, int]:
        """Return the next datagram. Raises ConnectionError where there is no connection."""
        if self.nominated is None:
            raise ConnectionError("There is no path to the phone.")
        data = await self._received.get()
        if data is None:
            raise ConnectionError("The path to the phone is closed.")
        return data, _COMPONENT

    async def sendto(self, data: bytes, component: int) -> None:  # noqa: ARG002 - aioice's
        """Send a datagram by the nominated pair. Raises ConnectionError where there is none."""
        if self.nominated is None:
            raise ConnectionError("There is no path to the phone.")
        await self.nominated.protocol.send_data(data, self.nominated.remote_addr)

    def send_packets(self, packets: Sequence[bytes]) -> bool:
        """Send datagrams by the nominated pair; whether the system had room for them. Without such
        a pair they are lost."""
        if (pair := self.nominated) is None:
            return True
        own: IceSocket = pair.protocol  # type: ignore[assignment] # all of ours are
        return own.send_packets(packets, pair.remote_addr)

    async def close(self) -> None:
        """Close the sockets; whoever waits for a datagram learns it."""
        self.is_checking = False
        self.nominated = None
        await super().close()
        for pair in self._check_list:  # which aioice 0.10 leaves to whoever connects
            if pair.task:
                pair.task.cancel()
        self._received.put_nowait(None)

    # Relays, and other paths.

    def add_relay(self, relay: IceSocket) -> bool:
        """Check pairs with a relayed candidate, with remote candidates of now and later; whether
        any pairs still are."""
        if not self.is_checking:
            return False
        self._protocols.append(relay)
        for remote in self.remote_candidates:
            if relay.local_candidate.can_pair_with(remote):
                self._check_list.append(CandidatePair(relay, remote))
        self.sort_check_list()
        return True

    def remove_relay(self, relay: IceSocket) -> None:
        """Forget a relayed candidate that carries nothing."""
        if relay in self._protocols:
            self._protocols.remove(relay)
        for pair in [each for each in self._check_list if each.protocol is relay]:
            self._check_list.remove(pair)
            if pair.task:
                pair.task.cancel()

    def is_nominated(self, of: IceSocket) -> bool:
        """Whether a socket, or a relay, carries the data."""
        return self.nominated is not None and self.nominated.protocol is of

    def pairs_of_hosts(self) -> list[CandidatePair]:
        """Return every pair of a socket and a remote candidate, that of the highest priority
        first."""
        pairs = [
            CandidatePair(own, remote)
            for own in self.hosts
            for remote in self.remote_candidates
            if own.local_candidate.can_pair_with(remote)
        ]
        sort_candidate_pairs(pairs, self.ice_controlling)
        return pairs

    async def answers(self, pair: CandidatePair, priority: int | None = None) -> bool:
        """Check a pair; whether the phone answers (RFC 8445, section 7.2.5).

        With a priority the pair is nominated to the phone by the same request: it is that of the
        peer-reflexive candidate which the phone may learn. Takes a minute where nothing comes.
        """
        request = self.build_request(pair, nominate=priority is not None)
        if priority is not None:
            request.attributes["PRIORITY"] = priority
        key = (self.remote_password or "").encode()
        try:
            _, address = await pair.protocol.request(request, pair.remote_addr, integrity_key=key)
        except stun.TransactionError:
            return False
        return bool(address == pair.remote_addr)

    def nominate(self, pair: CandidatePair) -> None:
        """Let the data go by a pair that was checked."""
        pair.state, pair.nominated = CandidatePair.State.SUCCEEDED, True
        self._check_list.append(pair)
        self.check_complete(pair)


def local_candidate(
    kind: str, address: TransportAddress, *, preference: int, foundation: str
) -> Candidate:
    """Return a candidate for component 1 over UDP; `preference` is the local one (RFC 8445,
    section 5.1.2.1)."""
    return Candidate(
        foundation=foundation,
        component=_COMPONENT,
        transport="udp",
        priority=candidate_priority(_COMPONENT, kind, preference),
        host=address[0],
        port=address[1],
        type=kind,
    )

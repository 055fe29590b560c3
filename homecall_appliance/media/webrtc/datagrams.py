"""Which datagrams count (docs/protocol.md, section 10). PURE.

Nobody can be kept from sending to a UDP port. What a stranger sends is told from what the phone
sends before DTLS, SRTP or ICE see it.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from homecall_appliance.media.webrtc import stun

MIN_DATAGRAM = 12
"""Bytes of the shortest datagram that can be of use: an RTP header (RFC 3550, section 5.1). A DTLS
record's is of 13, an STUN message's of 20."""

MAX_DATAGRAM = 1500
"""Bytes of the longest: the MTU of Ethernet. Hardly a path through the internet has a greater one,
and no sender should exceed that of his path (RFC 8085, section 3.2); browsers stay below 1,300."""

RELAY_OVERHEAD = 64
"""Bytes that a TURN server puts around a datagram at most, in a Data indication of IPv6."""

MAX_SOURCES = 32
"""Addresses from which checks of one connection are answered, besides those that the phone has
named. Each becomes a peer-reflexive candidate of aioice's, with a task that checks it. A phone has
about ten; who hears its checks can repeat them from as many addresses as he likes."""

ROLE_CONFLICT = 487
"""The error code of a participant that has the same role (RFC 8445, section 7.2.5.1)."""

MAX_ROLE_CONFLICTS = 4
"""Responses with that code which count, of one connection. One ends a conflict, and the appliance,
whose offers are answered, is in none; aioice repeats the check after each, within the former."""

TransportAddress: TypeAlias = tuple[str, int]
"""An IP address and a port (RFC 8445, section 4)."""


class Drop(StrEnum):
    """Why a datagram does not count, as the figures name it."""

    SIZE = "size"
    """It is shorter than any that is of use, or longer than an MTU."""

    PROTOCOL = "protocol"
    """Its first byte is of no protocol that is spoken here (RFC 7983)."""

    SOURCE = "source"
    """It is DTLS, RTP or RTCP from an address that has passed no check."""

    MALFORMED = "malformed"
    """It is STUN that cannot be read."""

    UNEXPECTED = "unexpected"
    """It is STUN that nobody has asked for: a response without a request, an indication, or yet
    another role conflict, see MAX_ROLE_CONFLICTS."""

    UNAUTHENTICATED = "unauthenticated"
    """It is STUN without a valid MESSAGE-INTEGRITY of the right user."""

    CANDIDATES = "candidates"
    """It is a check from yet another address, see MAX_SOURCES."""


_RESPONSES = frozenset({stun.Class.RESPONSE, stun.Class.ERROR})


class _Transaction(NamedTuple):
    address: TransportAddress
    key: bytes | None


@dataclass
class Heard:
    """What all sockets of one connection have heard."""

    sources: set[TransportAddress] = field(default_factory=set)
    """The addresses that checks came from, besides those that the phone has named."""

    role_conflicts: int = 0
    """How many responses told of one."""


class SocketFilter:
    """Judges the datagrams that come to one socket of a connection."""

    def __init__(
        self,
        username: str,
        password: str,
        heard: Heard,
        is_candidate: Callable[[TransportAddress], bool],
    ) -> None:
        """`username` and `password` are our ice-ufrag and ice-pwd (RFC 8839, section 5.4).

        All sockets of the connection share `heard`. `is_candidate` tells whether the phone has
        named an address.
        """
        self._prefix = f"{username}:".encode()
        self._password = password.encode()
        self._heard = heard
        self._is_candidate = is_candidate
        self._checked: set[TransportAddress] = set()
        self._pending: dict[bytes, _Transaction] = {}

    def expect(self, transaction_id: bytes, address: TransportAddress, key: bytes | None) -> None:
        """Note a request of ours: its response is signed with `key` (None: comes from `address`,
        which is a STUN server, and is not signed)."""
        self._pending[transaction_id] = _Transaction(address, key)

    def forget(self, transaction_id: bytes) -> None:
        """Note that a request of ours is answered, or given up."""
        self._pending.pop(transaction_id, None)

    def judge(self, data: bytes, source: TransportAddress) -> Drop | None:
        """Return why a datagram does not count, None if it does.

        DTLS and RTP count from each address on whose pair a check has passed: the phone's, which
        is signed with our password, or ours, which the phone has answered. The nominated pair is
        one of these, and the only one in many calls. The others cannot be left out (RFC 8445,
        section 12.2): aioice nominates every pair that it checks, and takes the first; the phone
        takes the best, which may be another. It also sends its first flight of DTLS as soon as its
        own check has passed; without that its retransmission would come a second later.
        """
        if not MIN_DATAGRAM <= len(data) <= MAX_DATAGRAM:
            return Drop.SIZE
        first = data[0]
        if 128 <= first < 192 or 20 <= first < 64:
            return None if source in self._checked else Drop.SOURCE
        if first >= 4:
            return Drop.PROTOCOL
        return self._judge_stun(data, source)

    def _judge_stun(self, data: bytes, source: TransportAddress) -> Drop | None:
        header = stun.read_header(data)
        if header is None:
            return Drop.MALFORMED
        if header.kind in _RESPONSES:
            return self._judge_response(data, source, self._pending.get(header.transaction_id))
        if header.kind is stun.Class.REQUEST and header.method == stun.BINDING:
            return self._judge_check(data, source)
        return Drop.UNEXPECTED

    def _judge_check(self, data: bytes, source: TransportAddress) -> Drop | None:
        message = stun.read(data)
        if message is None:
            return Drop.MALFORMED
        if not (
            message.username.startswith(self._prefix)
            and stun.authentic(data, message, self._password)
        ):
            return Drop.UNAUTHENTICATED
        if stun.PRIORITY not in message.attributes:
            return Drop.MALFORMED
        sources = self._heard.sources
        if source not in sources and not self._is_candidate(source):
            if len(sources) >= MAX_SOURCES:
                return Drop.CANDIDATES
            sources.add(source)
        self._checked.add(source)
        return None

    def _judge_response(
        self, data: bytes, source: TransportAddress, transaction: _Transaction | None
    ) -> Drop | None:
        if transaction is None:
            return Drop.UNEXPECTED
        message = stun.read(data)
        if message is None:
            return Drop.MALFORMED
        if transaction.key is None:
            return None if source == transaction.address else Drop.SOURCE
        if not stun.authentic(data, message, transaction.key):
            return Drop.UNAUTHENTICATED
        if message.error_code == ROLE_CONFLICT:
            self._heard.role_conflicts += 1
            if self._heard.role_conflicts > MAX_ROLE_CONFLICTS:
                return Drop.UNEXPECTED
        self._checked.add(source)
        return None


def judge_relay(data: bytes, pending: Container[bytes]) -> Drop | None:
    """Return why something that a TURN server sent does not count, None if it does (RFC 8656).

    `pending` are the transaction IDs of the requests to it. What a peer sent through it is judged
    again, by the address of that peer.
    """
    if not MIN_DATAGRAM <= len(data) <= MAX_DATAGRAM + RELAY_OVERHEAD:
        return Drop.SIZE
    if 64 <= data[0] < 80:
        return None
    if data[0] >= 4:
        return Drop.PROTOCOL
    header = stun.read_header(data)
    if header is None:
        return Drop.MALFORMED
    indicates = header.kind is stun.Class.INDICATION and header.method == stun.DATA
    answers = header.kind in _RESPONSES and header.transaction_id in pending
    if not (indicates or answers):
        return Drop.UNEXPECTED
    return None if stun.read(data) else Drop.MALFORMED

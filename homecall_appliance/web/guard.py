"""What one address may take of the appliance: connections, requests, sockets, messages."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Literal

from homecall_appliance.signaling.hub import Source
from homecall_appliance.signaling.messages import Code, Refused
from homecall_appliance.signaling.rate_limit import KEYS, Pace

log = logging.getLogger(__name__)

BURST = 10.0
"""Seconds' worth of a rate that may come at once."""

COMPLAINTS_RATE, COMPLAINTS_BURST = 10 / 60, 10
"""Complaints in the log a second, about all sources together."""

COMPLAINT_INTERVAL = 60.0
"""Seconds between two complaints about one source."""

Reason = Literal["connections", "requests", "handshakes", "sockets", "messages", "idle"]
"""What was too much; "idle" is a connection that gave way to another one."""


@dataclass(frozen=True)
class GuardLimits:
    """Numbers at a time, and rates a second; all but the first are for each source."""

    connections: float
    connections_per_address: float
    connections_per_second: float
    requests_per_second: float
    sockets_per_address: float
    handshakes_per_second: float
    messages_per_second: float


@dataclass(eq=False)
class Connection:
    """A connection that was let in."""

    source: Source
    cut_off: Callable[[], object] = lambda: None
    """Ends it at once."""

    in_use: bool = False
    """Whether it carries a WebSocket; any other is idle, but for the moments of its requests."""


def source_of(address: str) -> Source:
    """Return the source that a peer's address belongs to."""
    ip = ip_address(address.partition("%")[0])
    if not isinstance(ip, IPv6Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return f"{IPv6Address(int(ip) >> 64 << 64)}/64"


class Guard:
    """Keeps count of every source. What it refuses is counted, and said once a minute."""

    def __init__(
        self,
        limits: GuardLimits,
        clock: Callable[[], float],
        on_refusal: Callable[[Reason], None] = lambda _: None,
    ) -> None:
        """`clock` returns monotonic seconds; `on_refusal` is told of each refusal."""
        self._limits = limits
        self._clock = clock
        self._on_refusal = on_refusal
        self.connections = 0
        """Open connections."""
        self.dealt_with = 0
        """Whatever was turned away, and requests of the HTTPS port that were answered: signs of
        life, which a connection that was let in is not."""
        self._connections: dict[Source, dict[Connection, None]] = {}
        self._sockets: Counter[Source] = Counter()
        self._connecting = _pace(limits.connections_per_second)
        self._requests = _pace(limits.requests_per_second)
        self._handshakes = _pace(limits.handshakes_per_second)
        self._messages = _pace(limits.messages_per_second)
        self._complaints = Pace(1 / COMPLAINT_INTERVAL, 1)
        self._all_complaints = Pace(COMPLAINTS_RATE, COMPLAINTS_BURST)
        self._refused: Counter[Source] = Counter()

    def connect(self, source: Source, *, shared: bool = False) -> Connection | None:
        """Let one more connection of a source in, if it may have one, until it is disconnected.

        One that is `shared` by many visitors has no limits of its own but that of all connections:
        its requests and sockets are each visitor's. When all connections are taken, the oldest
        idle one of the source that has most gives way.
        """
        if not ((shared or self._may_connect(source)) and self._make_room()):
            self._refuse(source, "connections")
            return None
        connection = Connection(source)
        self._connections.setdefault(source, {})[connection] = None
        self.connections += 1
        return connection

    def disconnect(self, connection: Connection) -> None:
        """Note the end of a connection, which may have been noted before."""
        siblings = self._connections.get(connection.source, {})
        if connection in siblings:
            self.connections -= 1
            del siblings[connection]
        if not siblings:
            self._connections.pop(connection.source, None)

    def request(self, source: Source) -> bool:
        """Whether a source may make one more request now."""
        allowed = self._requests.allows(source, self._clock())
        if not allowed:
            self._refuse(source, "requests")
        return allowed

    @contextmanager
    def socket(self, source: Source, connection: Connection) -> Iterator[None]:
        """Count a WebSocket while it is open; raises Refused with RATE_LIMITED."""
        if not self._handshakes.allows(source, self._clock()):
            self._refuse(source, "handshakes")
            raise Refused(Code.RATE_LIMITED)
        if self._sockets[source] >= self._limits.sockets_per_address:
            self._refuse(source, "sockets")
            raise Refused(Code.RATE_LIMITED)
        self._sockets[source] += 1
        connection.in_use = True
        try:
            yield
        finally:
            connection.in_use = False
            _give_back(self._sockets, source)

    def message(self, source: Source) -> bool:
        """Whether a source may send one more message now."""
        allowed = self._messages.allows(source, self._clock())
        if not allowed:
            self._refuse(source, "messages")
        return allowed

    def _may_connect(self, source: Source) -> bool:
        room = len(self._connections.get(source, ())) < self._limits.connections_per_address
        return room and self._connecting.allows(source, self._clock())

    def _make_room(self) -> bool:
        if self.connections < self._limits.connections:
            return True
        for siblings in sorted(self._connections.values(), key=len, reverse=True):
            for connection in siblings:
                if not connection.in_use:
                    self.disconnect(connection)
                    self._on_refusal("idle")
                    connection.cut_off()
                    return True
        return False

    def answers(self) -> None:
        """Note that a request of the HTTPS port is being answered."""
        self.dealt_with += 1

    def _refuse(self, source: Source, reason: Reason) -> None:
        self.dealt_with += 1
        self._on_refusal(reason)
        if len(self._refused) >= KEYS:
            self._refused.clear()
        self._refused[source] += 1
        now = self._clock()
        if self._complaints.allows(source, now) and self._all_complaints.allows(None, now):
            log.warning(
                "%s asks for too much (%s); requests refused since this was last said: %d.",
                source,
                reason,
                self._refused.pop(source),
            )


def _pace(rate: float) -> Pace:
    return Pace(rate, max(1.0, BURST * rate))


def _give_back(counts: Counter[Source], source: Source) -> None:
    counts[source] -= 1
    if not counts[source]:
        del counts[source]

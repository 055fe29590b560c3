"""Candidates that STUN and TURN servers give, found while the offer is on its way (RFC 8838).

A server-reflexive candidate only has to be told to the phone: its base is checked already (RFC
8445, section 6.1.2.4). A relayed one is checked by itself.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

from aioice import Candidate, stun

from homecall_appliance.media.webrtc.addresses import source_towards
from homecall_appliance.media.webrtc.datagrams import TransportAddress
from homecall_appliance.media.webrtc.ice_connection import IceConnection, local_candidate
from homecall_appliance.media.webrtc.ice_options import IceOptions, IceServer
from homecall_appliance.media.webrtc.ice_socket import IceSocket
from homecall_appliance.media.webrtc.ice_urls import ServerUrl, read_url
from homecall_appliance.media.webrtc.relay import RelayTransport
from homecall_appliance.media.webrtc.server_asking import Asking, ServerUnreachable
from homecall_appliance.media.webrtc.server_faults import (
    NO_BASE,
    NO_RESOLVER,
    NO_ROUTE,
    UNKNOWN_NAME,
)
from homecall_appliance.media.webrtc.turn_client import ServerSilent, TurnClient, told_apart

log = logging.getLogger(__name__)

LOOKUP_TIMEOUT = 3.0
"""Seconds for the look-up of a server's name, of those that it has for its address."""

WAY_TIMEOUT = 2.0
"""Seconds that a relay may take to answer by its first address before the other one is tried: IPv6
or IPv4 may lead nowhere."""

SETTLED = 3.0
"""Seconds after a pair was nominated until the other relays are given back (RFC 8445, section
8.3.1): meanwhile the phone may still change to a better pair."""

_ANY_PORT = 9
"""Where a way leads does not depend on the port."""

_PREFERENCES = {("udp", False): 3, ("tcp", False): 2, ("tcp", True): 1}
"""Which relay is the better one, by its transport and whether that is TLS."""


class ServerCandidates:
    """Asks the servers for one peer; closed with it, before its connection is."""

    def __init__(
        self,
        connection: IceConnection,
        options: IceOptions,
        tell: Callable[[str | None], None],
        *,
        once: bool = False,
    ) -> None:
        """`connection` has its sockets open. `tell` is called with each candidate, as
        a line of SDP without "a=", and with None after the last. `once`: a server that is not there
        is not asked again."""
        self._connection = connection
        self._options = options
        self._tell = tell
        self._once = once
        self.candidates: list[Candidate] = []
        """Those that the phone was told."""

        self.relays: list[RelayTransport] = []
        """Those that were found, whatever became of them."""

        self._tasks: set[asyncio.Task[None]] = set()
        self._opening: set[asyncio.Task[TurnClient]] = set()
        self._settled = False
        self._told: set[TransportAddress] = set()

    def start(self) -> None:
        """Ask all servers at once."""
        servers = _served(self._options.servers())
        if self._options.relay_only:
            servers = [(url, server) for url, server in servers if url.kind == "turn"]
        self._start(self._find_all(servers))

    def settle(self) -> None:
        """Take note that the phone is connected: nothing is told or checked any more."""
        if not self._settled:
            self._settled = True
            self._start(self._give_back_unused())

    async def stop(self) -> None:
        """End what goes on; a relay that carries the call goes on doing so."""
        self._settled = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*self._opening, return_exceptions=True)

    async def give_back(self) -> None:
        """Give all relays back, once the connection is closed."""
        await asyncio.gather(*(each.released() for each in self.relays))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _find_all(self, servers: Sequence[tuple[ServerUrl, IceServer]]) -> None:
        urls, memory = [url for url, _ in servers], self._options.memory
        asking = Asking(urls, self._find, memory, lambda: self._settled or self._once)
        async with asyncio.TaskGroup() as group:
            for url, server in servers:
                group.create_task(asking.ask(url, server))
            if self._options.public_address and not self._options.relay_only:
                group.create_task(self._tell_public_address())
        if not self._settled:
            self._tell(None)

    async def _find(self, url: ServerUrl, server: IceServer) -> None:
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT):
                found = await self._options.lookup.addresses(url.host)
        except TimeoutError:
            raise ServerUnreachable(NO_RESOLVER) from None
        if not found:
            raise ServerUnreachable(UNKNOWN_NAME)
        ways = [each for each in _one_of_each_family(found) if _is_routed(each, url)]
        if not ways:
            raise ServerUnreachable(NO_ROUTE)
        if url.kind == "stun":
            await self._reflect(url, ways)
        else:
            await self._relay(url, server, ways)

    async def _reflect(self, url: ServerUrl, ways: Sequence[str]) -> None:
        """Find out how the socket is seen that has a way to a STUN server.

        By IPv4 where that is possible: IPv6 is not translated.
        """
        way = min(ways, key=lambda each: ":" in each)
        source = source_towards(way, url.port)
        for host in self._connection.hosts:
            base = host.local_candidate
            if base.host == source:
                mapped = await _mapped_address(host, (way, url.port))
                self._offer_reflexive((base.host, base.port), mapped)
                return
        raise ServerUnreachable(NO_BASE)

    async def _tell_public_address(self) -> None:
        """Tell the configured address, with the port of the socket that has a way there: it is said
        to be forwarded to the same port here."""
        found = await self._options.lookup.addresses(self._options.public_address)
        if not found:
            log.warning("The name of ice.public_address is not known.")
        ports = self._options.ports
        for address in _one_of_each_family(found):
            source = source_towards(address, _ANY_PORT)
            for host in self._connection.hosts:
                base = host.local_candidate
                if base.host == source and (not ports or base.port in ports):
                    self._offer_reflexive((base.host, base.port), (address, base.port))

    def _offer_reflexive(self, base: TransportAddress, mapped: TransportAddress) -> None:
        if mapped == base or mapped in self._told or self._settled:
            return
        self._told.add(mapped)
        foundation = f"srflx{len(self._told)}"
        candidate = local_candidate("srflx", mapped, preference=65535, foundation=foundation)
        self._tell_candidate(candidate, base)

    async def _relay(self, url: ServerUrl, server: IceServer, ways: Sequence[str]) -> None:
        """Get an allocation by the first of some addresses that gives one."""
        *others, last = ways
        for way in others:
            try:
                async with asyncio.timeout(WAY_TIMEOUT):
                    return await self._relay_by(way, url, server)
            except (TimeoutError, ServerSilent, OSError):
                continue
        return await self._relay_by(last, url, server)

    async def _relay_by(self, way: str, url: ServerUrl, server: IceServer) -> None:
        tcp = url.transport == "tcp"
        opening = TurnClient.open(
            (way, url.port),
            tcp=tcp,
            # It reads the authorities of the system.
            tls=await asyncio.to_thread(self._options.tls) if url.tls else None,
            name=url.host,
            username=server.username,
            password=server.credential,
        )
        client = await self._opened(opening, tcp=tcp)
        socket = IceSocket(self._connection)
        relay = RelayTransport(client, socket, self._lost)
        try:
            relayed = await relay.allocate()
        except BaseException:
            client.close()
            raise
        self.relays.append(relay)
        preference = _PREFERENCES[url.transport, url.tls]
        foundation = f"relay{len(self.relays)}"
        socket.local_candidate = local_candidate(
            "relay", relayed, preference=preference, foundation=foundation
        )
        if self._settled or not self._connection.add_relay(socket):
            relay.release()
            return
        # What the server sees of this machine's address is nobody else's business.
        none = ("0.0.0.0", 9) if "." in relayed[0] else ("::", 9)  # noqa: S104
        self._tell_candidate(socket.local_candidate, none)

    def _tell_candidate(self, candidate: Candidate, related: TransportAddress) -> None:
        self.candidates.append(candidate)
        address, port = related
        self._tell(f"candidate:{candidate.to_sdp()} raddr {address} rport {port}")

    async def _opened(self, opening: Coroutine[Any, Any, TurnClient], *, tcp: bool) -> TurnClient:
        """Wait for a client to be opened; one that nobody waits for any more is closed."""
        task = asyncio.create_task(opening)
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if tcp:  # a socket of datagrams is open in a moment, and uvloop would lose it
                task.cancel()
            task.add_done_callback(_close_opened)
            raise

    def _lost(self, relay: RelayTransport) -> None:
        if self._connection.is_nominated(relay.protocol):
            relay.protocol.connection_lost(None)
        else:
            self._connection.remove_relay(relay.protocol)

    async def _give_back_unused(self) -> None:
        await asyncio.sleep(SETTLED)
        for relay in self.relays:
            if not (relay.is_closing() or self._connection.is_nominated(relay.protocol)):
                self._connection.remove_relay(relay.protocol)
                relay.release()


def _served(servers: Iterable[IceServer]) -> list[tuple[ServerUrl, IceServer]]:
    return [
        (read, server)
        for server in servers
        for url in server.urls
        if (read := read_url(url)) is not None
    ]


def _one_of_each_family(addresses: Iterable[str]) -> list[str]:
    first: dict[bool, str] = {}
    for address in addresses:
        first.setdefault(":" in address, address)
    return list(first.values())


async def _mapped_address(host: IceSocket, server: TransportAddress) -> TransportAddress:
    """Ask a STUN server from a host's socket how that is seen (RFC 8489, section 2).

    Raises ServerRefused, ServerSilent.
    """
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    with told_apart():
        response, _ = await host.request(request, server)
        address: TransportAddress = response.attributes["XOR-MAPPED-ADDRESS"]
    return address


def _is_routed(address: str, url: ServerUrl) -> bool:
    return source_towards(address, url.port) is not None


def _close_opened(task: "asyncio.Task[TurnClient]") -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()

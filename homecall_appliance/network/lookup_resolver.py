"""Addresses for the connections of aiohttp's client."""

import socket

from aiohttp.abc import AbstractResolver, ResolveResult

from homecall_appliance.network.host_lookup import HostLookup


class LookupResolver(AbstractResolver):
    """Asks HostLookup: aiohttp's own resolver asks in the event loop's pool of threads, where a
    name that nobody answers for holds up the others, and the daemon's end.

    To be given to a connector, one for requests that follow one another.
    """

    def __init__(self, lookup: HostLookup | None = None) -> None:
        self._lookup = lookup or HostLookup()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """See AbstractResolver. The connector asks for both families, AF_UNSPEC."""
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=each_family,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for each_family, address in await self._lookup.addresses(host)
            if family in {socket.AF_UNSPEC, each_family}
        ]

    async def close(self) -> None:
        """Nothing: the question goes on by itself."""

"""A look at the STUN and TURN servers without a call, as an owner asks for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from homecall_appliance.media.webrtc.candidates import parse
from homecall_appliance.media.webrtc.ice_connection import IceConnection
from homecall_appliance.media.webrtc.ice_options import IceOptions
from homecall_appliance.media.webrtc.server_candidates import ServerCandidates
from homecall_appliance.media.webrtc.server_memory import ServerRecord


@dataclass(frozen=True)
class ServerCheck:
    """What came of it."""

    records: Sequence[ServerRecord]
    """One for each server, with a test allocation for each relay."""

    addresses: Sequence[str]
    """As which the STUN servers see this machine, where that is another address than its own."""


async def check_servers(options: IceOptions) -> ServerCheck:
    """Ask all servers as a call does, at once, and give back what they gave. Takes as long as the
    slowest of them; one that is silent, five seconds."""
    ice = IceConnection(options)
    lines: list[str] = []
    told = asyncio.Event()

    def tell(line: str | None) -> None:
        if line is None:
            told.set()
        else:
            lines.append(line)

    servers = ServerCandidates(ice, options, tell, once=True)
    try:
        await ice.gather_candidates()
        servers.start()
        await told.wait()
    finally:
        await servers.stop()
        await ice.close()
        await servers.give_back()
    candidates = [found for line in lines if (found := parse(line)) is not None]
    mapped = {str(each.host): None for each in candidates if each.type == "srflx"}
    return ServerCheck(options.memory.records, tuple(mapped))

"""A phone that tells of a role conflict without end (RFC 8445, section 7.2.5.1); with the real
aioice, which repeats a check after each, within the former one."""

import asyncio
from contextlib import closing
from typing import Any

from aioice import stun

from homecall_appliance.media.webrtc.datagrams import MAX_ROLE_CONFLICTS, ROLE_CONFLICT
from tests.media.webrtc.gathering_world import world
from tests.support.connection import ice_agent, until


class Contrary(asyncio.DatagramProtocol):
    """Answers each check with a role conflict, signed as the phone signs."""

    def __init__(self, password: str) -> None:
        self._key = password.encode()
        self.checks: set[bytes] = set()
        """The transaction IDs of those that came."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        message = stun.parse_message(data)
        if message.message_class is not stun.Class.REQUEST:
            return
        self.checks.add(message.transaction_id)
        refusal = stun.Message(stun.Method.BINDING, stun.Class.ERROR, message.transaction_id)
        refusal.attributes["ERROR-CODE"] = (ROLE_CONFLICT, "Role Conflict")
        refusal.add_message_integrity(self._key)
        self.transport.sendto(bytes(refusal), addr)


async def test_it_costs_a_few_checks_and_no_call() -> None:
    async with world() as ours:
        await ours.connect()
        connection = ours.connection
        theirs = ice_agent(ours.theirs)
        assert connection.nominated
        base = connection.nominated.local_addr
        transport, contrary = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Contrary(theirs.local_password), local_addr=(base[0], 0)
        )
        check = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        check.attributes |= {
            "USERNAME": f"{connection.local_username}:{theirs.local_username}",
            "PRIORITY": 1,
            "ICE-CONTROLLED": 1,
        }
        check.add_message_integrity(connection.local_password.encode())
        with closing(transport):
            transport.sendto(bytes(check), base)
            await until(lambda: len(contrary.checks) > MAX_ROLE_CONFLICTS)
            await asyncio.sleep(0.3)
            assert len(contrary.checks) == MAX_ROLE_CONFLICTS + 1
            assert ours.ours.connection_state == "connected"

"""Asks STUN and TURN servers for a peer, in time and again, and remembers what becomes of it."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from homecall_appliance.faults.containment import contained, reported
from homecall_appliance.media.webrtc.ice_options import IceServer
from homecall_appliance.media.webrtc.ice_urls import ServerUrl
from homecall_appliance.media.webrtc.server_faults import (
    NO_CONNECTION,
    SILENT,
    UNREADABLE,
    UNTRUSTED,
    ServerFault,
    refusal,
)
from homecall_appliance.media.webrtc.server_memory import ServerMemory, ServerRecord, ServerState
from homecall_appliance.media.webrtc.turn_client import ServerRefused, ServerSilent

log = logging.getLogger(__name__)

ANSWER_TIMEOUT = 5.0
"""Seconds that a server has for its address, with the look-up of its name. A request is repeated
after 0.5, 1.5 and 3.5 s (RFC 8489, section 6.2.1)."""

PAUSE = 2.0
"""Seconds after which a server is asked again that was not there: it is being started again, or the
network is coming back, and the phone is waiting."""

KEEP_ASKING = 20.0
"""Seconds for which that goes on; then a peer has failed that has found no other way."""

_NOT_THERE = frozenset({ServerState.SILENT, ServerState.UNREACHABLE})


class ServerUnreachable(Exception):
    """There is no way to a server."""

    def __init__(self, fault: ServerFault) -> None:
        """`fault` is what is the matter."""
        super().__init__(fault.reason)
        self.fault = fault


Find: TypeAlias = Callable[[ServerUrl, IceServer], Awaitable[None]]
"""Gets a candidate from a server; raises OSError, ServerRefused, ServerSilent or
ServerUnreachable."""


class Asking:
    """The servers of one peer."""

    def __init__(
        self,
        urls: Sequence[ServerUrl],
        find: Find,
        memory: ServerMemory,
        is_over: Callable[[], bool],
    ) -> None:
        """`urls` are those of all the servers that are asked together; `is_over` tells whether none
        need be asked again."""
        self._urls = urls
        self._find = find
        self._memory = memory
        self._is_over = is_over
        self._now = asyncio.get_running_loop().time

    async def ask(self, url: ServerUrl, server: IceServer) -> None:
        """Ask one server, again and again where it is not there; see `ServerMemory.worth_asking`.

        Never raises.
        """
        began = self._now()
        while url in self._memory.worth_asking(self._urls, self._now()):
            record = await self._ask_once(url, server)
            if record.state not in _NOT_THERE or self._now() - began >= KEEP_ASKING:
                return
            if self._is_over():
                return
            await asyncio.sleep(PAUSE)
            if self._is_over():
                return

    async def _ask_once(self, url: ServerUrl, server: IceServer) -> ServerRecord:
        fault: ServerFault | None = UNREADABLE
        # A server may answer anything, and is not worth the call.
        with contained(reported):
            fault = await self._fault(url, server)
        record = _record(url, fault, self._now())
        if self._memory.note(record):
            level = logging.WARNING if fault else logging.INFO
            log.log(level, "%s", record.sentence)
        return record

    async def _fault(self, url: ServerUrl, server: IceServer) -> ServerFault | None:
        """Ask a server; return why it gave no address, or None where it gave one."""
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                await self._find(url, server)
        except ServerUnreachable as error:
            return error.fault
        except (TimeoutError, ServerSilent):
            return SILENT
        except ServerRefused as error:
            return refusal(error.code)
        except ssl.SSLCertVerificationError:
            return UNTRUSTED
        except OSError:
            return NO_CONNECTION
        return None


def _record(url: ServerUrl, fault: ServerFault | None, now: float) -> ServerRecord:
    if fault is None:
        return ServerRecord(url.url, ServerState.WORKS, "", now)
    return ServerRecord(url.url, fault.state, fault.reason, now, fault.advice)

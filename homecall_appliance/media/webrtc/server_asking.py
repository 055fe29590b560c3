"""Asks STUN and TURN servers for a peer, in time and again, and remembers what becomes of it."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from homecall_appliance.faults.containment import contained, reported
from homecall_appliance.media.webrtc.aiortc_compat import ServerRefused, ServerSilent
from homecall_appliance.media.webrtc.ice_options import IceServer
from homecall_appliance.media.webrtc.ice_urls import ServerUrl
from homecall_appliance.media.webrtc.server_memory import ServerMemory, ServerRecord, ServerState

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

_REASONS = {
    401: "it refuses the credentials (401)",
    403: "it forbids the request (403)",
    437: "it takes the request for one of another allocation (437)",
    441: "it refuses the credentials (441)",
    442: "it has no relaying over UDP (442)",
    486: "this user has all the allocations that it gives one (486)",
    508: "it has no address left to give (508)",
}


class ServerUnreachable(Exception):
    """There is no way to a server; `str()` is why, as a clause."""


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
            await asyncio.sleep(PAUSE)
            if self._is_over():
                return

    async def _ask_once(self, url: ServerUrl, server: IceServer) -> ServerRecord:
        state, reason = ServerState.REFUSES, "its answer cannot be read"
        # A server may answer anything, and is not worth the call.
        with contained(reported):
            state, reason = await self._outcome(url, server)
        record = ServerRecord(url.url, state, reason, self._now())
        if self._memory.note(record):
            _tell_owner(record)
        return record

    async def _outcome(self, url: ServerUrl, server: IceServer) -> tuple[ServerState, str]:
        """Ask a server; return what it did, and why it gave no address."""
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                await self._find(url, server)
        except ServerUnreachable as error:
            return ServerState.UNREACHABLE, str(error)
        except (TimeoutError, ServerSilent):
            return ServerState.SILENT, "it does not answer"
        except ServerRefused as error:
            reason = _REASONS.get(error.code or 0, f"it answers with the error {error.code}")
            return ServerState.REFUSES, reason
        except ssl.SSLCertVerificationError:
            return ServerState.REFUSES, "its certificate is not trusted"
        except OSError:
            return ServerState.UNREACHABLE, "it takes no connection"
        return ServerState.WORKS, ""


def _tell_owner(record: ServerRecord) -> None:
    if record.state is ServerState.WORKS:
        log.info("%s gives an address.", record.url)
    elif "credentials" in record.reason:
        log.warning(
            "%s gives no address: %s. Look at [[ice.turn]] in the configuration, and at the clock "
            "of this machine.",
            record.url,
            record.reason,
        )
    else:
        log.warning("%s gives no address: %s.", record.url, record.reason)

"""Names of servers, looked up without anybody waiting for a name server that does not answer."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Sequence


class NameLookup:
    """Looks up names, each in a thread of its own and not twice at a time.

    A look-up cannot be cancelled and takes 10 s where no name server answers, with a thread for all
    that time: it is none of those that other parts of the daemon take turns in, and does not keep
    the process from ending.
    """

    def __init__(self) -> None:
        self._pending: dict[str, asyncio.Future[Sequence[str]]] = {}

    async def addresses(self, host: str) -> Sequence[str]:
        """Return the addresses of a name or address, the one to be preferred first (RFC 6724);
        none where it is not known."""
        pending = self._pending.get(host)
        if pending is None:
            loop = asyncio.get_running_loop()
            pending = self._pending[host] = loop.create_future()
            pending.add_done_callback(lambda _: self._pending.pop(host))
            threading.Thread(
                target=_look_up, args=(host, loop, pending), name="name look-up", daemon=True
            ).start()
        return await asyncio.shield(pending)


def _look_up(
    host: str, loop: asyncio.AbstractEventLoop, pending: "asyncio.Future[Sequence[str]]"
) -> None:
    found: list[str] = []
    with contextlib.suppress(OSError, UnicodeError):
        infos = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
        found = list(dict.fromkeys(str(info[4][0]) for info in infos))
    with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
        loop.call_soon_threadsafe(_tell, pending, found)


def _tell(pending: "asyncio.Future[Sequence[str]]", found: Sequence[str]) -> None:
    if not pending.done():
        pending.set_result(found)

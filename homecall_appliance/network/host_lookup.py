"""The addresses of a host, for connections that nothing waits for."""

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

Addresses: TypeAlias = list[tuple[socket.AddressFamily, str]]
"""The family and the text of each; a link-local one has its zone: "fe80::1%2"."""


class HostLookup:
    """Asks getaddrinfo(3), one question at a time.

    It cannot be interrupted, and blocks for up to a minute where no server answers. So it is asked
    in a thread that nobody waits for, and not in the event loop's own: those are waited for when
    the daemon ends, and there are few of them.
    """

    def __init__(self, ask: Callable[[str], Addresses] | None = None) -> None:
        """`ask` returns the addresses of a name, or raises OSError, and may block for as long as it
        likes."""
        self._ask = ask or _ask_system
        self._answered = threading.Event()
        self._answered.set()

    async def addresses(self, host: str) -> Addresses:
        """Return at least one address; raises OSError, also while the question before is not
        answered yet."""
        if not self._answered.is_set():
            raise TimeoutError("the name is still being looked up")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Addresses | OSError] = loop.create_future()

        def settle(found: Addresses | OSError) -> None:
            if not answer.done():
                answer.set_result(found)

        def ask() -> None:
            found = self._answer(host)
            answered.set()  # the thread itself may end later than the next question comes
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(settle, found)

        answered = threading.Event()
        threading.Thread(target=ask, daemon=True, name="host lookup").start()
        self._answered = answered
        found = await answer
        if isinstance(found, OSError):
            raise found
        return found

    def _answer(self, host: str) -> Addresses | OSError:
        try:
            return self._ask(host)
        except OSError as error:
            return error


def _ask_system(host: str) -> Addresses:
    """Ask getaddrinfo(3); raises OSError."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label is too long or empty
        raise OSError(str(error)) from error
    return [(family, _text(*address)) for family, _, _, _, address in found]


def _text(address: str | int, _: object = None, __: object = None, zone: int = 0) -> str:
    return f"{address}%{zone}" if zone else str(address)

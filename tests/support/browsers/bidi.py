"""A WebDriver BiDi connection: commands, answers and events (W3C WebDriver BiDi, section 3)."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, UnixConnector

from tests.support.browsers.phone import PageError

Event = Callable[[str, dict[str, Any]], None]
"""Takes the method and the parameters of an event."""


def ignore(_method: str, _params: dict[str, Any]) -> None:
    """Nobody listens."""


class Bidi:
    """The local end of one session."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.on_event: Event = ignore
        self._socket = socket
        self._ids = count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a command; raises PageError where the browser answers with an error."""
        number = next(self._ids)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        await self._socket.send_str(json.dumps({"id": number, "method": method, "params": params}))
        return await answer

    async def receive(self) -> None:
        """Hand answers and events to those who wait for them, until the browser goes away."""
        async for frame in self._socket:
            message = json.loads(frame.data)
            if message["type"] == "event":
                self.on_event(message["method"], message["params"])
            elif (answer := self._answers.pop(message["id"])).cancelled():
                continue
            elif message["type"] == "success":
                answer.set_result(message["result"])
            else:
                answer.set_exception(PageError(message["message"]))
        for answer in self._answers.values():
            answer.cancel("The browser has ended.")


@asynccontextmanager
async def connect(url: str, doorway: Path | None = None) -> AsyncIterator[Bidi]:
    """A connection without a session yet, to the WebSocket address that the browser names; by the
    Unix socket `doorway`, where its network is another one."""
    connector = UnixConnector(str(doorway)) if doorway else None
    async with (
        ClientSession(connector=connector) as http,
        http.ws_connect(url, max_msg_size=0) as socket,
    ):
        bidi = Bidi(socket)
        receiving = asyncio.create_task(bidi.receive())
        try:
            yield bidi
        finally:
            receiving.cancel()
            with suppress(asyncio.CancelledError):
                await receiving

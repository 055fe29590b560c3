"""What clients write on the wire and read from it: protocol.md as JSON, without our own classes."""

import asyncio
import json
import os
import socket as sockets
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from aiohttp import ClientWebSocketResponse, WSMsgType

ICE = {
    "candidate": "candidate:1 1 udp 2122260223 192.0.2.7 54321 typ host",
    "sdpMid": "0",
    "sdpMLineIndex": 0,
    "usernameFragment": "uF1z",
}
"""A candidate as RTCIceCandidate.toJSON() gives it."""


def new_id() -> str:
    return str(uuid4())


def text(kind: str, session_id: str | None, **fields: object) -> str:
    """Write a message; `label` is the field `from`, which is a keyword to Python."""
    if "label" in fields:
        fields["from"] = fields.pop("label")
    return json.dumps({"type": kind, "sessionId": session_id, **fields})


def offer(session_id: str, sdp: str = "v=0", **fields: object) -> str:
    return text("offer", session_id, sdp=sdp, **fields)


def answer(session_id: str, sdp: str = "v=0", **fields: object) -> str:
    return text("answer", session_id, sdp=sdp, **fields)


def candidate(session_id: str, number: int = 1, **fields: object) -> str:
    return text("candidate", session_id, candidate={"candidate": f"candidate:{number}"}, **fields)


def hangup(session_id: str, **fields: object) -> str:
    return text("hangup", session_id, **fields)


async def read(socket: ClientWebSocketResponse) -> dict[str, Any]:
    message: dict[str, Any] = await socket.receive_json(timeout=5)
    return message


async def read_types(socket: ClientWebSocketResponse, count: int) -> list[str]:
    """Read messages, and return what is telling of each."""
    return [_brief(await read(socket)) for _ in range(count)]


async def read_close(socket: ClientWebSocketResponse) -> int | None:
    """Read the close frame, which must come next, and return its code; 1006 where none came."""
    frame = await socket.receive(timeout=5)
    assert frame.type in {WSMsgType.CLOSE, WSMsgType.CLOSED}, frame
    return frame.data if frame.type is WSMsgType.CLOSE else socket.close_code


async def read_end(socket: ClientWebSocketResponse) -> tuple[str, int | None]:
    """Read an error and the close that follows."""
    return (await read(socket))["code"], await read_close(socket)


def lose(socket: ClientWebSocketResponse) -> None:
    """Lose the connection without a close frame: 1006."""
    with sockets.socket(fileno=os.dup(socket.get_extra_info("socket").fileno())) as connection:
        connection.shutdown(sockets.SHUT_RDWR)


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not reached():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)


def _brief(message: dict[str, Any]) -> str:
    match message:
        case {"type": "error", "code": code}:
            return f"error {code}"
        case {"type": "candidate", "candidate": {"candidate": str(line)}}:
            return line
        case {"type": "offer" | "answer", "sdp": sdp}:
            return f"{message['type']} {sdp}"
    return str(message["type"])

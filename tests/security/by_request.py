"""Rows S4, S6, S7, S8: what a stranger does with TCP, HTTP and WebSockets."""

import asyncio
import contextlib
import socket
import zlib
from contextlib import AsyncExitStack, ExitStack
from random import Random

from tests.security.phone import INNOCENT, STRANGER, Wire
from tests.security.result import Result
from tests.security.target import MIB, Source

ATTACKERS, EACH = 8, 64
"""Addresses, and the connections of each: as many as the daemon takes in all."""

PIPELINED = 1920
BODIES = 12

SPENT, AGAIN = 520, 40
"""Pings that are more than one address may send at once, and a moment later."""


async def idle_connections(source: Source, chance: Random) -> Result:
    """S4: idle connections from a few addresses, and one who wants to come in."""
    async with source.daemon() as target:
        with ExitStack() as stack:
            opened = 0
            for number in range(ATTACKERS * EACH):
                with contextlib.suppress(OSError):
                    connection = stack.enter_context(socket.socket())
                    connection.settimeout(1)
                    connection.bind((f"127.0.1.{1 + number % ATTACKERS}", 0))
                    connection.connect((target.host, target.port))
                    opened += 1
                if not number % 16:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)
            let_in = 0
            for _ in range(5):
                with contextlib.suppress(OSError, TimeoutError):
                    async with asyncio.timeout(3), Wire.opened(target, INNOCENT) as wire:
                        await wire.request(["GET /healthz HTTP/1.1", "Host: house"])
                        let_in += await wire.status() == 200
    figures = {"idle connections": opened, "of five visitors come in": let_in}
    return Result(figures, ["idle connections lock everybody out"] if let_in < 5 else [])


async def pipelined(source: Source, chance: Random) -> Result:
    """S6: requests one behind the other, without waiting for answers."""
    async with source.daemon() as target, target.watched() as harm, Wire.opened(target) as wire:
        request = b"GET /healthz HTTP/1.1\r\nHost: house\r\n\r\n"
        writing = asyncio.create_task(_write(wire, request * PIPELINED))
        answered: list[int] = []
        while len(answered) < PIPELINED and (status := await wire.status(5)):
            answered.append(status)
        writing.cancel()
    let_in = answered.count(200)
    faults = [*harm.faults()]
    if let_in == PIPELINED:
        faults.append(f"{PIPELINED} requests at once, none refused")
    return Result({"requests": PIPELINED, "answered with 200": let_in, **harm.figures()}, faults)


async def bodies(source: Source, chance: Random) -> Result:
    """S7: small compressed bodies of much, and uploads, which nobody reads."""
    bomb = zlib.compressobj(9, wbits=31)
    compressed = bomb.compress(bytes(32 * MIB)) + bomb.flush()
    kinds = {
        "gzip": (["Content-Encoding: gzip"], compressed),
        "deflate": (["Content-Encoding: deflate"], zlib.compress(bytes(32 * MIB), 9)),
        "plain": ([], bytes(MIB)),
    }
    statuses: dict[str, list[int]] = {}
    async with source.daemon() as target, target.watched() as harm, AsyncExitStack() as stack:
        for kind, (headers, body) in kinds.items():
            wires = [await stack.enter_async_context(Wire.opened(target)) for _ in range(BODIES)]
            head = [
                "POST /healthz HTTP/1.1",
                "Host: house",
                f"Content-Length: {len(body) + 1}",
                *headers,
            ]
            uploads = (_upload(wire, head, body) for wire in wires)
            statuses[kind] = await asyncio.gather(*uploads)
        await asyncio.sleep(1)
    figures = {f"{kind}: statuses": _tally(each) for kind, each in statuses.items()}
    return Result({**figures, **harm.figures()}, [*harm.faults(growth=24 * MIB, work=1)])


async def bad_text(source: Source, chance: Random) -> Result:
    """S8: one address over its rate, and then frames that are none, of each kind."""
    async with source.daemon() as target:
        mark = target.mark
        async with target.watched() as harm:
            session_id = await target.link()
            pings = SPENT
            for opcode in (1, 2, 8, 9, 11):
                async with Wire.opened(target) as wire:
                    assert await wire.websocket(session_id) == 101
                    with contextlib.suppress(OSError):
                        flood = [(9, b"")] * pings
                        await wire.frames([*flood, (opcode, b"\xff\xfe\x80")], chance)
                    await asyncio.sleep(0.4)
                pings = AGAIN
        said = target.said_since(mark)
    # Who asks for too much is named once a minute; in a traceback nobody is.
    named = sum(STRANGER in line for line in said.splitlines())
    # Some messages that are refused are noted, until the socket is closed for them.
    faults = [*harm.faults(lines=300)]
    if named > 1:
        faults.append(f"the stranger's address is in {named} lines")
    return Result({**harm.figures(), "lines with the address": named}, faults)


async def _write(wire: Wire, data: bytes) -> None:
    with contextlib.suppress(OSError):
        wire.writer.write(data)
        await wire.writer.drain()


async def _upload(wire: Wire, head: list[str], body: bytes) -> int:
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(3):
            await wire.request(head, body)
    return await wire.status(3)


def _tally(statuses: list[int]) -> str:
    return ", ".join(f"{statuses.count(each)} x {each or 'none'}" for each in sorted({*statuses}))

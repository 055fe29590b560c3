"""A way into a network namespace: a Unix socket that leads to a port of the namespace's loopback.

    python doorway.py SOCKET PORT

Runs in the namespace until it is terminated. A browser in there listens for who drives it on
127.0.0.1, which is another one outside; a Unix socket is the same everywhere.
"""

import asyncio
import sys
from contextlib import suppress

CHUNK = 1 << 16


async def main(socket: str, port: int) -> None:
    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.TaskGroup() as group:
            group.create_task(hand_on(reader, inner_writer))
            group.create_task(hand_on(inner_reader, writer))

    server = await asyncio.start_unix_server(visit, socket)
    await server.serve_forever()


async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):  # either end may be killed
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))

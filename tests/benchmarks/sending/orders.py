"""A program's side of program.py: the orders come by stdin, and it replies by stdout."""

import asyncio
import json
import sys

from tests.benchmarks.sending.front import Peer


async def obey(peer: Peer) -> None:
    """Follow the orders until there are no more."""
    orders = asyncio.StreamReader(limit=2**20)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(orders), sys.stdin
    )
    async for line in orders:
        match json.loads(line):
            case {"do": "offer", "call": call}:
                _tell(call=call, sdp=await peer.offer(call))
            case {"do": "answer", "call": call, "sdp": sdp}:
                await peer.answer(call, sdp)
            case {"do": "end"}:
                await peer.end()
                _tell(call="")


def _tell(**reply: str) -> None:
    print(json.dumps(reply), flush=True)

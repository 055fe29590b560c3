"""A sender that is a program of ours, told what to do by lines of JSON.

To it: `{"do": "offer", "call": "1"}`, `{"do": "answer", "call": "1", "sdp": "v=0…"}`, and
`{"do": "end"}`, which ends every call. From it: `{"call": "1", "sdp": "v=0…"}`, the offer with all
its candidates, and `{"call": ""}` when all calls have ended.
"""

import asyncio
import json
from asyncio.subprocess import Process
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.benchmarks.sending.child import child

ANSWER_SECONDS = 10.0


class Program:
    """A program that runs; a `benchmarks.sending.front.Peer`."""

    def __init__(self, process: Process, log: Path) -> None:
        self.pid = process.pid
        self._process = process
        self._log = log
        self._replies: defaultdict[str, asyncio.Future[str]] = defaultdict(
            asyncio.get_running_loop().create_future
        )

    @classmethod
    @asynccontextmanager
    async def running(
        cls, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> AsyncIterator["Program"]:
        """Start it; end it when left."""
        async with child(command, log, environment) as process:
            program = cls(process, log)
            reading = asyncio.create_task(program._read())
            try:
                yield program
            finally:
                reading.cancel()
                with suppress(asyncio.CancelledError):
                    await reading

    async def offer(self, call: str) -> str:
        """See `Peer.offer`."""
        self._tell(do="offer", call=call)
        return await self._reply(call)

    async def answer(self, call: str, sdp: str) -> None:
        """See `Peer.answer`."""
        self._tell(do="answer", call=call, sdp=sdp)

    async def end(self) -> None:
        """See `Peer.end`."""
        self._tell(do="end")
        await self._reply("")

    def _tell(self, **order: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order).encode() + b"\n")

    async def _reply(self, call: str) -> str:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._replies[call]
        except TimeoutError as error:
            log = self._log.read_text("utf-8")
            raise AssertionError(f"The sender does not answer.\n{log}") from error
        finally:
            del self._replies[call]

    async def _read(self) -> None:
        assert self._process.stdout
        async for line in self._process.stdout:
            reply = json.loads(line)
            self._replies[reply["call"]].set_result(reply.get("sdp", ""))

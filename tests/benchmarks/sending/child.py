"""A process of the benchmark."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

LINE_BYTES = 2**20
"""An SDP is longer than asyncio expects of a line."""

STOP_SECONDS = 5.0

MODULES = {"PYTHONPATH": str(Path(__file__).parents[3])}
"""The environment in which `python -m` finds the modules of the tests and of the appliance."""


@asynccontextmanager
async def child(
    command: Sequence[str],
    log: Path,
    environment: Mapping[str, str] | None = None,
    *,
    discard: bool = False,
) -> AsyncIterator[Process]:
    """Run a command, its stderr in `log`; end it when left.

    It has pipes for stdin and stdout; `discard`: neither.
    """
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=DEVNULL if discard else PIPE,
            stdout=DEVNULL if discard else PIPE,
            stderr=stderr,
            env={**os.environ, **(environment or {})},
            limit=LINE_BYTES,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

"""Runs an owner's program: without a shell, within a time limit, and with nothing left behind."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

GRACE = 0.5
"""Seconds that a program has to end by itself after SIGTERM. The daemon itself stops in a second,
and waits for it."""

LONGEST_INPUT = 4096
"""Bytes that a pipe takes at least without anyone who reads them (pipe(7))."""

_PIPE = 1 << 16
"""Bytes that a pipe holds (pipe(7)): one read of as many empties it."""

_LANGUAGE = {"LC_ALL": "C.UTF-8"}


class NotStarted(Exception):
    """The program cannot be started; `str()` is a sentence for the owner."""


@dataclass(frozen=True)
class Kept:
    """Which bytes are kept of what a program writes to its standard output and error."""

    part: slice
    """`slice(n)`: the first n; `slice(-n, None)`: the last n."""

    linger: float = 0.0
    """Seconds for which the end of its output is waited for after its own: what it has started may
    go on, and write."""


@dataclass(frozen=True)
class Ended:
    """How a program has ended."""

    status: int | None
    """Its exit status, -N for the signal N; None: it was ended at its time limit."""

    output: str = ""
    """What was kept of its output. What is no UTF-8 is replaced."""


@dataclass(frozen=True)
class Program:
    """A program in a session and process group of its own.

    Whatever ends it, a time limit or a cancellation, it is asked to (SIGTERM), and killed after
    GRACE with all of its process group.
    """

    arguments: Sequence[str]
    """The program, and what it is given."""

    key: str
    """The key of the configuration that names it."""

    time_limit: float
    """Seconds after which it is ended."""

    environment: Mapping[str, str] = field(default_factory=dict)
    """What it finds in its environment besides PATH and the language of its messages. The daemon's
    own may have secrets of other parts of the configuration."""

    kept: Kept | None = None
    """None: nothing. Its standard output is dropped then, and its standard error is the daemon's,
    which is the journal."""

    leaves_running: bool = False
    """Whether what it has started may go on when it has ended by itself, and write: nobody is
    ended by the signal SIGPIPE then (pipe(7))."""

    async def run(self, standard_input: bytes = b"") -> Ended:
        """Run it, with at most LONGEST_INPUT bytes to read; raises NotStarted."""
        with _output(self.kept) as output:
            process = await self._started(standard_input, output)
        status = None
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.time_limit):
                    status = await process.wait()
        finally:
            await self._end(process)
        return Ended(status, await output.text() if output else "")

    async def _started(self, standard_input: bytes, output: "_Output | None") -> Process:
        """Start it; who is cancelled meanwhile leaves none behind: asyncio's own way out of a start
        that is cancelled kills the program alone, and does not wait for it."""
        starting = asyncio.create_task(self._start(standard_input, output))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            with suppress(NotStarted):
                await self._end(await starting)
            raise

    async def _start(self, standard_input: bytes, output: "_Output | None") -> Process:
        try:
            with _input(standard_input) as reading:
                return await asyncio.create_subprocess_exec(
                    *self.arguments,
                    stdin=reading,
                    stdout=output.writing if output else DEVNULL,
                    stderr=STDOUT if output else None,
                    env={
                        "PATH": os.environ.get("PATH", os.defpath),
                        **_LANGUAGE,
                        **self.environment,
                    },
                    start_new_session=True,
                )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise NotStarted(
                f"The program {self.arguments[0]} cannot be started ({reason}). Check {self.key}, "
                "and that the user of the service may run it."
            ) from error

    async def _end(self, process: Process) -> None:
        """End it where it has not ended, and then, or where nothing may go on, its group."""
        if process.returncode is not None:
            if not self.leaves_running:
                _signal_group(process, signal.SIGKILL)
            return
        try:
            _signal_group(process, signal.SIGTERM)
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE):
                    await process.wait()
        finally:
            _signal_group(process, signal.SIGKILL)
            await process.wait()


def _signal_group(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


# The pipes are our own: asyncio takes a program for running as long as what it has started holds
# open a pipe of asyncio's.


@contextmanager
def _input(data: bytes) -> Iterator[int]:
    """Yield what a program may read of `data`, all of which is in the pipe's buffer: nobody waits
    for the program to read it, and nothing happens where it does not."""
    if not data:
        yield DEVNULL
        return
    reading, writing = os.pipe()
    try:
        try:
            os.write(writing, data)
        finally:
            os.close(writing)
        yield reading
    finally:
        os.close(reading)


class _Output:
    """What a program writes, read to its end, whoever writes."""

    def __init__(self, kept: Kept) -> None:
        self._reading, self.writing = os.pipe()
        os.set_blocking(self._reading, False)
        self._kept = kept
        self._data = b""
        self._ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._reading, self._read)

    async def text(self) -> str:
        """Return what is kept of it once the program has ended. It is all there then, but for what
        others write."""
        if not self._ended.is_set():
            self._read()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._kept.linger):
                await self._ended.wait()
        return self._data.decode("utf-8", "replace")

    def _read(self) -> None:
        try:
            chunk = os.read(self._reading, _PIPE)
        except BlockingIOError:
            return
        self._data = (self._data + chunk)[self._kept.part]
        if not chunk:
            self._loop.remove_reader(self._reading)
            os.close(self._reading)
            self._ended.set()


@contextmanager
def _output(kept: Kept | None) -> Iterator[_Output | None]:
    """Yield what is to be kept of the output of a program that is started within."""
    if kept is None:
        yield None
        return
    output = _Output(kept)
    try:
        yield output
    finally:
        os.close(output.writing)  # where nothing was started, this is the end of the output

"""An owner's own programs that change the DNS."""

import asyncio
import logging
import os
import shlex
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from homecall_appliance.acme.failures import ProviderError
from homecall_appliance.acme.ports import IPAddress

logger = logging.getLogger(__name__)

TIMEOUT = 120.0
"""Seconds after which a program is ended."""

_LINGER = 1.0
"""Seconds for which the end of its output is waited for: what it has started may go on."""

_KEPT = 1 << 14
"""Bytes of what a program writes that go to the journal, the last ones."""

_LANGUAGE = {"LC_ALL": "C.UTF-8"}

_LONGEST_LINE = 200
"""Characters of a program's last line that the owner is shown."""


class ExecProvider:
    """TXT records by a program, called as lego's provider "exec" calls it: `present NAME VALUE` and
    `cleanup NAME VALUE`, with a dot at the end of the name
    (https://go-acme.github.io/lego/dns/exec/)."""

    def __init__(self, program: str, environment: Mapping[str, str]) -> None:
        """`program` is a path; `environment` is added to what the program finds in its own."""
        self._program = program
        self._environment = environment

    async def present(self, name: str, value: str) -> None:
        """See TxtProvider."""
        await _run([self._program, "present", f"{name}.", value], self._environment, "EXEC_PATH")

    async def cleanup(self, name: str, value: str) -> None:
        """See TxtProvider."""
        await _run([self._program, "cleanup", f"{name}.", value], self._environment, "EXEC_PATH")


class AddressCommand:
    """A and AAAA records by a command, which gets the name and the addresses as arguments."""

    def __init__(self, command: str, environment: Mapping[str, str]) -> None:
        """`command` is a program and perhaps arguments, quoted as for a shell; there is none."""
        self._command = shlex.split(command)
        self._environment = environment

    async def set_addresses(self, name: str, addresses: Sequence[IPAddress]) -> None:
        """See AddressProvider."""
        arguments = [*self._command, name, *map(str, addresses)]
        await _run(arguments, self._environment, "tls.acme.address_command")


async def _run(arguments: Sequence[str], environment: Mapping[str, str], key: str) -> None:
    """Run a program; ProviderError unless it ends in time and well. What it writes is logged."""
    program = arguments[0]
    try:
        async with _pipe() as (output, writing):
            process = await asyncio.create_subprocess_exec(
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=asyncio.subprocess.STDOUT,
                # The daemon's own environment may have secrets of other parts of the configuration.
                env={"PATH": os.environ.get("PATH", os.defpath), **_LANGUAGE, **environment},
                start_new_session=True,
            )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ProviderError(
            f"The program {program} cannot be started ({reason}). Check {key}, and that the user "
            "of the service may run it."
        ) from error
    try:
        status = await asyncio.wait_for(process.wait(), TIMEOUT)
    except TimeoutError as error:
        raise ProviderError(
            f"The program {program} has not ended within {TIMEOUT:g} seconds ({key})."
        ) from error
    finally:
        await _end(process)
    lines = await output.lines()
    for line in lines:
        logger.info("%s: %s", program, line)
    if status:
        said = f": {lines[-1][:_LONGEST_LINE]}" if lines else ""
        raise ProviderError(
            f"The program {program} has failed with exit status {status}{said}. "
            f"The journal has all that it wrote ({key})."
        )


class _Output:
    """The end of what a program writes.

    The pipe is one of our own: asyncio takes a program for running as long as what it has started
    holds open a pipe of asyncio's. It is read to its end, whoever writes: nobody is to be ended by
    the signal SIGPIPE (pipe(7)).
    """

    def __init__(self, reader: asyncio.StreamReader, transport: asyncio.ReadTransport) -> None:
        self._kept = bytearray()
        self._reading = asyncio.create_task(self._read(reader))
        _readings.add(self._reading)
        self._reading.add_done_callback(_readings.discard)
        self._reading.add_done_callback(lambda _: transport.close())

    async def lines(self) -> list[str]:
        """Return the last lines, when all are there or nothing more is waited for."""
        await asyncio.wait([self._reading], timeout=_LINGER)
        return self._kept.decode("utf-8", "replace").splitlines()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(_KEPT):
            self._kept += chunk
            del self._kept[:-_KEPT]


_readings: set["asyncio.Task[None]"] = set()
"""What reads the output of programs that have not ended all."""


@asynccontextmanager
async def _pipe() -> AsyncIterator[tuple[_Output, int]]:
    """What a program writes, and where it is to write, which is closed behind."""
    reading, writing = os.pipe()
    try:
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", 0)
        )
        yield _Output(reader, transport), writing
    finally:
        os.close(writing)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a program that has not ended, with what it has started."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

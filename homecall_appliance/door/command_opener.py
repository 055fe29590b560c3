"""Opens the door by an owner's command."""

import asyncio
import logging
import os
import shlex
import signal
from contextlib import suppress

from homecall_appliance.door.ports import DoorError

log = logging.getLogger(__name__)

TIMEOUT = 10.0
"""Seconds after which the command is ended, with what it has started."""

_KEPT = 1 << 12
"""Bytes of what the command writes that are kept, the first ones."""

_LONGEST_LINE = 200
"""Characters of the first line that the journal gets."""


class CommandOpener:
    """Runs the command, without a shell. See `door.ports.Opener`."""

    def __init__(self, command: str, timeout: float = TIMEOUT) -> None:
        """`command` is a program and perhaps arguments, quoted as for a shell."""
        self._arguments = shlex.split(command)
        self._timeout = timeout

    async def run(self) -> None:
        """Nothing: a command needs no preparation."""

    async def open(self) -> None:
        """Run it. Raises DoorError unless it ends in time and well."""
        program = self._arguments[0]
        output = _Output()
        try:
            process = await asyncio.create_subprocess_exec(
                *self._arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output.writing,
                stderr=asyncio.subprocess.STDOUT,
                # The daemon's own environment may have secrets of other parts of the configuration.
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            output.close()
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise DoorError(
                f"The program {program} cannot be started ({reason}). Check door.command, and that "
                "the user of the service may run it."
            ) from error
        finally:
            os.close(output.writing)
        try:
            status = await asyncio.wait_for(process.wait(), self._timeout)
        except TimeoutError as error:
            raise DoorError(
                f"The program {program} has not ended within {self._timeout:g} seconds"
                f"{output.first_line()}. Check door.command."
            ) from error
        finally:
            await _end(process)
        if status:
            raise DoorError(
                f"The program {program} has failed with exit status {status}"
                f"{output.first_line()}. Check door.command."
            )


class _Output:
    """The beginning of what a program writes.

    The pipe is one of our own, and is read to its end, whoever writes: asyncio takes a program for
    running as long as what it has started holds open a pipe of asyncio's, and nobody is to be ended
    by the signal SIGPIPE (pipe(7)).
    """

    def __init__(self) -> None:
        self._reading, self.writing = os.pipe()
        os.set_blocking(self._reading, False)
        self._kept = b""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._reading, self._read)

    def first_line(self) -> str:
        """What is there by now, as the end of a sentence."""
        with suppress(BlockingIOError):
            while self._reading >= 0:
                self._read()
        line = self._kept.decode("utf-8", "replace").split("\n", 1)[0]
        return f": {line[:_LONGEST_LINE].rstrip('. ')}" if line else ""

    def close(self) -> None:
        """Read nothing any more."""
        self._loop.remove_reader(self._reading)
        os.close(self._reading)
        self._reading = -1

    def _read(self) -> None:
        chunk = os.read(self._reading, _KEPT)
        self._kept = (self._kept + chunk)[:_KEPT]
        if not chunk:
            self.close()


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a program that has not ended, with what it has started."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

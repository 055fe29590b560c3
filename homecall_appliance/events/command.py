"""An owner's program that is run for each event."""

import asyncio
import os
import shlex
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Sequence
from contextlib import suppress

from homecall_appliance.events.event import Event
from homecall_appliance.events.sender import DeliveryError

TIME_LIMIT = 10.0
"""Seconds after which a program is ended."""

GRACE = 0.5
"""Seconds that a program has to end by itself after SIGTERM. The daemon itself stops in a second,
and waits for it."""

_LANGUAGE = {"LC_ALL": "C.UTF-8"}


class Command:
    """Runs the program of `events.command`, which reads the event as JSON from its standard input.

    What it writes to its standard error goes where the daemon's goes: to the journal. When it ends,
    what it has started ends, too: otherwise each event could leave another process behind.
    """

    def __init__(self, command: str, time_limit: float = TIME_LIMIT) -> None:
        """`command` is a program and perhaps arguments, quoted as for a shell; there is none."""
        self._arguments = shlex.split(command)
        self._time_limit = time_limit

    async def deliver(self, event: Event) -> None:
        """Run it for an event; raises DeliveryError unless it ends in time and well."""
        program = self._arguments[0]
        try:
            process = await _started(self._arguments, event)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise DeliveryError(
                f"The program {program} cannot be started ({reason}). Check events.command, and "
                "that the user of the service may run it."
            ) from error
        try:
            async with asyncio.timeout(self._time_limit):
                status = await process.wait()
        except TimeoutError as error:
            raise DeliveryError(
                f"The program {program} has not ended within {self._time_limit:g} seconds, and was "
                "ended (events.command). Have it hand over what takes longer."
            ) from error
        finally:
            await _end(process)
        if status:
            raise DeliveryError(
                f"The program {program} has failed with exit status {status} (events.command). "
                "What it wrote to its standard error stands before this line."
            )


async def _started(arguments: Sequence[str], event: Event) -> Process:
    """Start a program; one that is cancelled meanwhile leaves none behind."""
    starting = asyncio.create_task(_start(arguments, event))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with suppress(OSError, ValueError):
            await _end(await starting)
        raise


async def _start(arguments: Sequence[str], event: Event) -> Process:
    # The event fits into the pipe's buffer (pipe(7): a page at least), so that nobody waits for the
    # program to read it, and nothing happens where it does not. The pipe is one of our own: asyncio
    # takes a program for running as long as what it has started holds open a pipe of asyncio's.
    reading, writing = os.pipe()
    try:
        os.write(writing, event.encoded())
    finally:
        os.close(writing)
    try:
        return await asyncio.create_subprocess_exec(
            *arguments,
            stdin=reading,
            stdout=DEVNULL,
            # The daemon's own environment may have secrets of the configuration.
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                **_LANGUAGE,
                "HOMECALL_EVENT": event.kind,
            },
            start_new_session=True,
        )
    finally:
        os.close(reading)


async def _end(process: Process) -> None:
    """End a program where it has not ended, and in any case what is left of its process group."""
    if process.returncode is None:
        _signal_group(process, signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await process.wait()
    _signal_group(process, signal.SIGKILL)
    await process.wait()


def _signal_group(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)

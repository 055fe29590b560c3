"""Opens the door by an owner's command."""

import shlex

from homecall_appliance.door.ports import DoorError
from homecall_appliance.service.program import Kept, NotStarted, Program

TIMEOUT = 10.0
"""Seconds after which the command is ended, with what it has started."""

_KEPT = Kept(slice(1 << 12))
"""Of what the command writes the beginning, of which the journal gets the first line."""

_LONGEST_LINE = 200
"""Characters of that line."""


class CommandOpener:
    """Runs the command, without a shell. See `door.ports.Opener`."""

    def __init__(self, command: str, timeout: float = TIMEOUT) -> None:
        """`command` is a program and perhaps arguments, quoted as for a shell."""
        self._program = Program(
            shlex.split(command), "door.command", timeout, kept=_KEPT, leaves_running=True
        )

    async def run(self) -> None:
        """Nothing: a command needs no preparation."""

    async def open(self) -> None:
        """Run it. Raises DoorError unless it ends in time and well."""
        program = self._program.arguments[0]
        try:
            ended = await self._program.run()
        except NotStarted as error:
            raise DoorError(str(error)) from error
        if ended.status is None:
            raise DoorError(
                f"The program {program} has not ended within {self._program.time_limit:g} seconds"
                f"{_first_line(ended.output)}. Check door.command."
            )
        if ended.status:
            raise DoorError(
                f"The program {program} has failed with exit status {ended.status}"
                f"{_first_line(ended.output)}. Check door.command."
            )


def _first_line(output: str) -> str:
    """The first line, as the end of a sentence."""
    line = output.split("\n", 1)[0]
    return f": {line[:_LONGEST_LINE].rstrip('. ')}" if line else ""

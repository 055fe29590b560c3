"""An owner's program that is run for each event."""

import shlex

from homecall_appliance.events.event import Event
from homecall_appliance.events.sender import DeliveryError
from homecall_appliance.service.program import NotStarted, Program

TIME_LIMIT = 10.0
"""Seconds after which a program is ended."""


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
        program = Program(
            self._arguments, "events.command", self._time_limit, {"HOMECALL_EVENT": event.kind}
        )
        try:
            ended = await program.run(event.encoded())
        except NotStarted as error:
            raise DeliveryError(str(error)) from error
        if ended.status is None:
            raise DeliveryError(
                f"The program {self._arguments[0]} has not ended within {self._time_limit:g} "
                "seconds, and was ended (events.command). Have it hand over what takes longer."
            )
        if ended.status:
            raise DeliveryError(
                f"The program {self._arguments[0]} has failed with exit status {ended.status} "
                "(events.command). What it wrote to its standard error stands before this line."
            )

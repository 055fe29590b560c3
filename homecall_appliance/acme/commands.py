"""An owner's own programs that change the DNS."""

import logging
import shlex
from collections.abc import Mapping, Sequence

from homecall_appliance.acme.failures import ProviderError
from homecall_appliance.acme.ports import IPAddress
from homecall_appliance.service.program import Kept, NotStarted, Program

logger = logging.getLogger(__name__)

TIMEOUT = 120.0
"""Seconds after which a program is ended."""

_KEPT = Kept(slice(-(1 << 14), None), linger=1.0)
"""Of what a program writes the end, which goes to the journal."""

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
        ended = await Program(
            arguments, key, TIMEOUT, environment, kept=_KEPT, leaves_running=True
        ).run()
    except NotStarted as error:
        raise ProviderError(str(error)) from error
    if ended.status is None:
        raise ProviderError(
            f"The program {program} has not ended within {TIMEOUT:g} seconds ({key})."
        )
    lines = ended.output.splitlines()
    for line in lines:
        logger.info("%s: %s", program, line)
    if ended.status:
        said = f": {lines[-1][:_LONGEST_LINE]}" if lines else ""
        raise ProviderError(
            f"The program {program} has failed with exit status {ended.status}{said}. "
            f"The journal has all that it wrote ({key})."
        )

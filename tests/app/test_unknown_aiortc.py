"""The daemon with an aiortc that is not known."""

import sys

from tests.support.appliance import Appliance

PROGRAM = """
from aioice.ice import Connection
check = Connection.check_complete
Connection.check_complete = lambda self, pair, more=None: check(self, pair)
from homecall_appliance.cli import main
main()
"""


async def test_it_starts_and_says_in_one_warning_what_is_the_matter() -> None:
    async with Appliance.running(command=(sys.executable, "-c", PROGRAM)) as appliance:
        await appliance.link()
        [said] = [line for line in appliance.log().splitlines() if "not known here" in line]
    assert said.endswith(
        "works in a way that is not known here: calls may fail, and strangers may disturb them. "
        "Install a version of aiortc from 1.11 to 1.16."
    )

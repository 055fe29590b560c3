"""What a daemon does that opens a door, to be killed: `python -m tests.door.daemon JSON`. It writes
`open` when it has."""

import asyncio
import sys
from pathlib import Path

import uvloop

from homecall_appliance.door.holder import HeldLine
from homecall_appliance.door.line_opener import LineOpener
from tests.door.line_world import COMMAND, opened


async def main() -> None:
    """Open the door, and go on."""
    held = HeldLine.from_json(sys.argv[1])
    opener = LineOpener(held, Path(held.chip).parent, command=COMMAND)
    async with asyncio.TaskGroup() as group:
        group.create_task(opener.run())
        await opened(opener)
        print("open", flush=True)


if __name__ == "__main__":
    uvloop.run(main())

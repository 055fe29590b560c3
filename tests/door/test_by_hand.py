"""The command and the control socket of a daemon that runs, to open the door in a call."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import ClientError

from tests.doctor.commands import Done, run
from tests.support.appliance import Appliance
from tests.support.caller import calling
from tests.support.program import program, runs, started

pytestmark = pytest.mark.slow


async def opened(appliance: Appliance) -> Done:
    """Type `homecall-appliance open`."""
    settings = str(appliance.directory / "homecall.toml")
    return await asyncio.to_thread(run, "open", "--config", settings)


async def test_who_opens_it_is_told_whether_it_is_open(tmp_path: Path) -> None:
    command = program(tmp_path, "echo The relay is off.; exit 3")
    async with Appliance.running({"door": {"command": command}}) as appliance:
        assert (await opened(appliance)).errors == "There is no call, or no door.\n"
        async with calling(appliance) as caller:
            await caller.frames("audio", 1)
            done = await opened(appliance)
            assert (done.code, done.output) == (1, "")
            assert done.errors == (
                f"The door was not opened: The program {command} has failed with exit status 3: "
                "The relay is off. Check door.command.\n"
            )
            program(tmp_path, "exit 0")
            assert (await opened(appliance)).code == 0

            program(tmp_path, "echo $$ >said; exec sleep 1000")
            opening = asyncio.create_task(appliance.ask("/open", "POST"))
            (pid,) = await started(tmp_path)
            assert not opening.done()
            await appliance.stop()
            assert not runs(pid)
            with pytest.raises(ClientError):
                await opening
            assert "Traceback" not in appliance.log()

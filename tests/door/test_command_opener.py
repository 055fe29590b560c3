"""An owner's command: what it is given, and told of in one sentence where it fails."""

import asyncio
import os
import shlex
import signal
from pathlib import Path

import pytest

from homecall_appliance.door.command_opener import CommandOpener
from homecall_appliance.door.ports import DoorError
from tests.support.program import program, runs, said, started


async def test_it_gets_its_arguments_as_they_are_quoted(tmp_path: Path) -> None:
    folder = tmp_path / "front door"
    folder.mkdir()
    command = shlex.quote(program(folder, 'printf "%s|" "$@" >said'))
    await CommandOpener(f"{command} --strike 'front door' $HOME ; *").open()
    assert said(folder) == ["--strike|front door|$HOME|;|*|"]


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("exit 3", "has failed with exit status 3. Check door.command."),
        (
            "echo; exit 1",
            "has failed with exit status 1. Check door.command.",
        ),
        (
            "echo The relay is off. >&2; echo more; exit 1",
            "has failed with exit status 1: The relay is off. Check door.command.",
        ),
        ("kill -9 $$", "has failed with exit status -9. Check door.command."),
        (
            "head -c 300000 /dev/zero | tr '\\0' x; exit 2",
            f"has failed with exit status 2: {'x' * 200}. Check door.command.",
        ),
        (
            "echo Waiting.; sleep 1000",
            "has not ended within 0.3 seconds: Waiting. Check door.command.",
        ),
    ],
)
async def test_a_failure_is_told_with_its_first_line(tmp_path: Path, text: str, end: str) -> None:
    path = program(tmp_path, text)
    with pytest.raises(DoorError) as error:
        await CommandOpener(path, timeout=0.3 if "sleep" in text else 1000).open()
    assert str(error.value) == f"The program {path} {end}"


async def test_one_that_cannot_be_started_is_told() -> None:
    with pytest.raises(DoorError, match=r"cannot be started \(No such file or directory\)\. Check"):
        await CommandOpener("/nowhere/open").open()


async def test_what_it_leaves_running_is_not_waited_for_and_goes_on(tmp_path: Path) -> None:
    await CommandOpener(program(tmp_path, "sleep 1000 & echo $! >said")).open()
    (pid,) = await started(tmp_path)
    await asyncio.sleep(0.1)
    assert runs(pid)
    os.kill(pid, signal.SIGKILL)

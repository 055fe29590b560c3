"""An owner's command: run without a shell, bounded, and told of in one sentence where it fails."""

import shlex
import sys
from pathlib import Path

import pytest

from homecall_appliance.door.command_opener import CommandOpener
from homecall_appliance.door.ports import DoorError
from tests.door.line_world import is_gone, until


def program(folder: Path, text: str) -> str:
    """A program of the shell, quoted for the configuration."""
    file = folder / "open door"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return shlex.quote(str(file))


def open_files() -> int:
    """How many descriptors this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_it_gets_its_arguments_as_they_are_quoted(tmp_path: Path) -> None:
    written = tmp_path / "written"
    command = program(tmp_path, f'printf "%s|" "$@" >{shlex.quote(str(written))}')
    await CommandOpener(f"{command} --strike 'front door' $HOME ; *").open()
    assert written.read_text() == "--strike|front door|$HOME|;|*|"


async def test_it_does_not_get_the_daemons_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMECALL_TLS__ACME__ENVIRONMENT", "{ DESEC_TOKEN = 'x' }")
    written = tmp_path / "written"
    await CommandOpener(program(tmp_path, f"env >{shlex.quote(str(written))}")).open()
    names = {line.split("=")[0] for line in written.read_text().splitlines()}
    assert names <= {"PATH", "LC_ALL", "PWD", "OLDPWD", "SHLVL", "_"}


@pytest.mark.parametrize(
    ("text", "said"),
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
    ],
)
async def test_a_failure_is_told_with_its_first_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DoorError) as error:
        await CommandOpener(program(tmp_path, text)).open()
    assert str(error.value) == f"The program {tmp_path / 'open door'} {said}"


@pytest.mark.parametrize(
    ("command", "reason"),
    [("/nowhere/open", "No such file or directory"), ("/etc/passwd", "Permission denied")],
)
async def test_a_program_that_cannot_be_started(command: str, reason: str) -> None:
    with pytest.raises(DoorError, match=rf"cannot be started \({reason}\). Check door.command"):
        await CommandOpener(command).open()


async def test_one_that_does_not_end_is_ended_with_what_it_has_started(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    command = program(tmp_path, f"sleep 1000 & echo $! >{file}; echo Waiting.; wait")
    with pytest.raises(DoorError, match=r"has not ended within 0.3 seconds: Waiting. Check"):
        await CommandOpener(command, timeout=0.3).open()
    await until(lambda: is_gone(int(file.read_text())))


async def test_what_it_leaves_running_is_not_waited_for_and_may_write(tmp_path: Path) -> None:
    """Nobody is ended by SIGPIPE, and the pipe is closed when all have ended."""
    file = tmp_path / "closed"
    command = program(tmp_path, f"(sleep 0.3; echo Closing.; echo $? >{file}) & exit 0")
    before = open_files()
    await CommandOpener(command).open()
    assert not file.exists()
    await until(lambda: file.exists() and file.read_text() != "")
    assert file.read_text() == "0\n"
    await until(lambda: open_files() == before)


async def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    await CommandOpener(sys.executable + " -c ''").open()
    before = open_files()
    for command in (program(tmp_path, "echo x; exit 1"), "/nowhere/open", "/etc/passwd"):
        with pytest.raises(DoorError):
            await CommandOpener(command).open()
    await until(lambda: open_files() == before)

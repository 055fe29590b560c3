"""An owner's program: what it is given, and what is told where it fails."""

import json
from pathlib import Path

import pytest

from homecall_appliance.events.command import Command
from homecall_appliance.events.event import Kind
from homecall_appliance.events.sender import DeliveryError
from tests.events.told import event
from tests.support.program import gone, program, said, started


async def test_it_gets_the_event_and_its_kind(tmp_path: Path) -> None:
    script = 'printf "%s\\n" "$HOMECALL_EVENT" "$#" "$@" >said; cat >>said'
    command = Command(f"{program(tmp_path, script)} --room 'front door'")
    told = event(Kind.ENDED, call=7)
    await command.deliver(told)
    *lines, last = said(tmp_path)
    assert lines == ["ended", "2", "--room", "front door"]
    assert json.loads(last) == told.to_json()


async def test_there_is_no_shell(tmp_path: Path) -> None:
    path = program(tmp_path, 'printf "%s\\n" "$@" >said')
    await Command(f"{path} $HOME;touch 'a b'").deliver(event())
    assert said(tmp_path) == ["$HOME;touch", "a b"]


@pytest.mark.parametrize(
    ("script", "status"), [("exit 3", 3), ("kill -9 $$", -9), ("exec /nowhere 2>said", 127)]
)
async def test_one_that_fails_is_told(tmp_path: Path, script: str, status: int) -> None:
    with pytest.raises(DeliveryError, match=f"has failed with exit status {status} "):
        await Command(program(tmp_path, script)).deliver(event())


async def test_its_errors_are_the_journals(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DeliveryError):
        await Command(program(tmp_path, "echo nobody; echo no bell >&2; exit 1")).deliver(event())
    assert capfd.readouterr() == ("", "no bell\n")


async def test_one_that_cannot_be_started_is_told() -> None:
    sentence = r"cannot be started \(No such file or directory\)\. Check events\.command, and"
    with pytest.raises(DeliveryError, match=sentence):
        await Command("/nowhere/program").deliver(event())


async def test_one_that_never_ends_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match=r"has not ended within 0\.2 seconds, and was ended"):
        await Command(program(tmp_path, "sleep 1000"), 0.2).deliver(event())


async def test_what_it_has_started_ends_with_it(tmp_path: Path) -> None:
    await Command(program(tmp_path, "sleep 1000 & echo $! >said")).deliver(event())
    (pid,) = await started(tmp_path)
    await gone(pid)

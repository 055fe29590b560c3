"""An owner's program: what it is given, and that none can hold the appliance up."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from homecall_appliance.events.command import Command
from homecall_appliance.events.event import Kind
from homecall_appliance.events.sender import DeliveryError
from tests.events.told import event

FOREVER = 1000.0
SHORT = 0.3


def program(folder: Path, script: str, mode: int = 0o755) -> str:
    path = folder / "program"
    path.write_text(f'#!/bin/sh\ncd "$(dirname "$0")"\n{script}\n')
    path.chmod(mode)
    return str(path)


def said(folder: Path) -> list[str]:
    path = folder / "said"
    return path.read_text().splitlines() if path.exists() else []


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def children() -> list[str]:
    """Return the processes that this one has started and not waited for."""
    mine = Path("/proc/self/task").glob("*/children")
    return [pid for each in mine for pid in each.read_text().split()]


async def gone(pid: int) -> None:
    while runs(pid):  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def started(folder: Path, lines: int = 1) -> list[int]:
    """Wait for the process ids that a program has written."""
    while len(said(folder)) < lines:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return [int(each) for each in said(folder)]


async def test_it_gets_the_event_and_its_kind(tmp_path: Path) -> None:
    script = 'printf "%s\\n" "$HOMECALL_EVENT" "$#" "$@" >said; cat >>said'
    command = Command(f"{program(tmp_path, script)} --room 'front door'")
    told = event(Kind.ENDED, call=7)
    await command.deliver(told)
    *lines, last = said(tmp_path)
    assert lines == ["ended", "2", "--room", "front door"]
    assert json.loads(last) == told.to_json()


async def test_it_gets_no_secrets_of_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMECALL_MQTT__PASSWORD", "secret")
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
    await Command(program(tmp_path, "env >said")).deliver(event())
    # PWD and OLDPWD, SHLVL and _ are the shell's own.
    names = {line.partition("=")[0] for line in said(tmp_path)} - {"PWD", "OLDPWD", "SHLVL", "_"}
    assert names == {"PATH", "LC_ALL", "HOMECALL_EVENT"}


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


@pytest.mark.parametrize(
    ("mode", "reason"), [(0o644, "Permission denied"), (None, "No such file or directory")]
)
async def test_one_that_cannot_be_started_is_told(
    tmp_path: Path, mode: int | None, reason: str
) -> None:
    path = program(tmp_path, "exit 0", mode or 0o755) + ("" if mode else "-of-nobody")
    with pytest.raises(DeliveryError, match=rf"cannot be started \({reason}\)\. Check events"):
        await Command(path).deliver(event())


async def test_one_that_never_ends_is_ended_with_what_it_has_started(tmp_path: Path) -> None:
    script = "sleep 1000 & echo $! >>said; echo $$ >>said; wait"
    with pytest.raises(DeliveryError, match=r"has not ended within 0\.3 seconds"):
        await Command(program(tmp_path, script), SHORT).deliver(event())
    for pid in await started(tmp_path, 2):
        await gone(pid)


async def test_one_that_does_not_heed_the_signal_is_killed(tmp_path: Path) -> None:
    script = "trap '' TERM; echo $$ >said; while :; do sleep 0.1; done"
    with pytest.raises(DeliveryError, match="has not ended"):
        await Command(program(tmp_path, script), SHORT).deliver(event())
    await gone((await started(tmp_path))[0])


async def test_one_that_is_ended_may_clean_up(tmp_path: Path) -> None:
    script = "trap 'echo clean >>said; exit 0' TERM; echo ready >said; while :; do sleep 0.01; done"
    with pytest.raises(DeliveryError, match="has not ended"):
        await Command(program(tmp_path, script), SHORT).deliver(event())
    assert said(tmp_path) == ["ready", "clean"]


@pytest.mark.parametrize("new_loop", [asyncio.SelectorEventLoop, uvloop.new_event_loop])
def test_what_is_left_in_the_background_ends_with_it(
    new_loop: Callable[[], asyncio.AbstractEventLoop], tmp_path: Path
) -> None:
    """It may hold open whatever it likes: nobody waits for that."""
    command = Command(program(tmp_path, "sleep 1000 & echo $! >>said"), FOREVER)
    open_files = []
    for count in range(1, 4):
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(command.deliver(event()))
            pids = runner.run(started(tmp_path, count))
            runner.run(gone(pids[-1]))
        open_files.append(len([*Path("/proc/self/fd").iterdir()]))
    # What the first loop of this kind opens for all that come, it keeps.
    assert open_files[2] == open_files[1] == open_files[0]


@pytest.mark.parametrize("script", ["exec <&-; exit 0", "exit 0", "head -c 1 >said"])
async def test_nobody_needs_to_read_the_event(tmp_path: Path, script: str) -> None:
    await Command(program(tmp_path, script), FOREVER).deliver(event())


async def test_what_it_writes_is_not_kept(tmp_path: Path) -> None:
    """Ten megabytes do not hold it up."""
    script = "yes 0123456789 | head -c 10000000; echo done >said"
    await Command(program(tmp_path, script), FOREVER).deliver(event())
    assert said(tmp_path) == ["done"]


async def test_its_errors_are_the_journals(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DeliveryError):
        await Command(program(tmp_path, "echo nobody; echo no bell >&2; exit 1")).deliver(event())
    assert capfd.readouterr() == ("", "no bell\n")


@pytest.mark.parametrize("ignoring", ["", "trap '' TERM; "])
async def test_it_ends_with_the_daemon(tmp_path: Path, ignoring: str) -> None:
    script = f"{ignoring}echo $$ >said; while :; do sleep 0.1; done"
    task = asyncio.create_task(Command(program(tmp_path, script), FOREVER).deliver(event()))
    (pid,) = await started(tmp_path)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not os.path.exists(f"/proc/{pid}")  # noqa: ASYNC240, PTH110


@pytest.mark.parametrize("turns", range(8))
async def test_it_ends_with_the_daemon_while_it_starts(tmp_path: Path, turns: int) -> None:
    path = program(tmp_path, "exec sleep 1000")
    task = asyncio.create_task(Command(path, FOREVER).deliver(event()))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not children()

"""An owner's programs: what they are given, and what is told where they fail."""

import asyncio
import os
import signal
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import pytest
import uvloop

from homecall_appliance.acme import commands
from homecall_appliance.acme.commands import AddressCommand, ExecProvider
from homecall_appliance.acme.failures import ProviderError

WRITE = 'printf "%s\\n" "$#" "$@" "$SECRET" "${HOMECALL_ICE__TURN-unset}" >"$(dirname "$0")/said"'


def program(folder: Path, script: str) -> str:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def said(folder: Path) -> list[str]:
    return (folder / "said").read_text().splitlines()


async def test_a_program_gets_what_lego_gives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no secrets of other parts of the configuration."""
    monkeypatch.setenv("HOMECALL_ICE__TURN", "secret")
    made = ExecProvider(program(tmp_path, WRITE), {"SECRET": "mine"})
    await made.present("_acme-challenge.door.example", "-value_")
    name = "_acme-challenge.door.example."
    assert said(tmp_path) == ["3", "present", name, "-value_", "mine", "unset"]
    await made.cleanup("_acme-challenge.door.example", "-value_")
    assert said(tmp_path) == ["3", "cleanup", name, "-value_", "mine", "unset"]


async def test_a_command_for_addresses_may_have_arguments(tmp_path: Path) -> None:
    made = AddressCommand(f"{program(tmp_path, WRITE)} --zone 'my zone'", {})
    await made.set_addresses("door.example", [ip_address("192.168.1.7"), ip_address("fd00::7")])
    expected = ["5", "--zone", "my zone", "door.example", "192.168.1.7", "fd00::7", "", "unset"]
    assert said(tmp_path) == expected


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("echo first; echo no such zone >&2; exit 7", r"exit status 7: no such zone\. The journal"),
        ("exit 1", r"exit status 1\. The journal"),
        ("kill -9 $$", r"exit status -9\."),
    ],
)
async def test_a_program_that_fails_is_quoted(
    tmp_path: Path, script: str, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ProviderError, match=sentence):
        await ExecProvider(program(tmp_path, script), {}).present("name", "value")


@pytest.mark.parametrize(
    ("mode", "reason"), [(0o644, "Permission denied"), (None, "No such file or directory")]
)
async def test_a_program_that_cannot_be_started_is_named(
    tmp_path: Path, mode: int | None, reason: str
) -> None:
    path = program(tmp_path, "exit 0")
    if mode is None:
        os.unlink(path)  # noqa: PTH108
    else:
        os.chmod(path, mode)  # noqa: PTH101
    with pytest.raises(ProviderError, match=rf"cannot be started \({reason}\)\. Check EXEC_PATH"):
        await ExecProvider(path, {}).present("name", "value")


async def test_a_program_that_hangs_is_ended_with_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "TIMEOUT", 0.2)
    script = 'sleep 1000 & echo $! >"$(dirname "$0")/said"; wait'
    with pytest.raises(ProviderError, match=r"has not ended within 0\.2 seconds"):
        await ExecProvider(program(tmp_path, script), {}).present("name", "value")
    [child] = said(tmp_path)
    await gone(int(child))


@pytest.mark.parametrize("new_loop", [asyncio.SelectorEventLoop, uvloop.new_event_loop])
def test_what_a_program_leaves_behind_is_not_waited_for(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(commands, "_LINGER", 0.1)
    caplog.set_level("INFO")
    script = 'echo done; (while sleep 0.05; do echo again; done) & echo $! >"$(dirname "$0")/said"'
    before = len([*Path("/proc/self/fd").iterdir()])
    with asyncio.Runner(loop_factory=new_loop) as runner:
        provider = ExecProvider(program(tmp_path, script), {})

        async def present() -> bool:
            await asyncio.wait_for(provider.present("name", "value"), 60)
            await asyncio.sleep(0.3)
            return runs(int(said(tmp_path)[0]))

        lived = runner.run(present())
    [child] = said(tmp_path)
    assert lived
    os.kill(int(child), signal.SIGKILL)
    assert caplog.messages[0] == f"{tmp_path}/program: done"
    assert len([*Path("/proc/self/fd").iterdir()]) == before


async def test_a_cancelled_program_is_ended(tmp_path: Path) -> None:
    script = 'echo $$ >"$(dirname "$0")/said"; exec sleep 1000'
    provider = ExecProvider(program(tmp_path, script), {})
    task = asyncio.create_task(provider.present("name", "value"))
    while not (tmp_path / "said").exists() or not said(tmp_path):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    [child] = said(tmp_path)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone(int(child))


async def test_a_program_that_never_stops_writing_takes_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await ExecProvider(program(tmp_path, "yes 0123456789 | head -c 300000"), {}).present("n", "v")
    assert 1000 < len(caplog.messages) < 2000


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def gone(pid: int) -> None:
    """Wait until there is no such process, or nothing of it but its status."""
    while runs(pid):  # noqa: ASYNC110
        await asyncio.sleep(0.01)

"""An owner's programs: what they are given, and what is told where they fail."""

import os
import signal
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from homecall_appliance.acme import commands
from homecall_appliance.acme.commands import AddressCommand, ExecProvider
from homecall_appliance.acme.failures import ProviderError
from tests.support.program import program, runs, said, started

WRITE = 'printf "%s\\n" "$#" "$@" "$SECRET" "${HOMECALL_ICE__TURN-unset}" >said'


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


async def test_a_program_that_cannot_be_started_is_named() -> None:
    with pytest.raises(ProviderError, match=r"cannot be started \(No such.*\)\. Check EXEC_PATH"):
        await ExecProvider("/nowhere/program", {}).present("name", "value")


async def test_a_program_that_hangs_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "TIMEOUT", 0.2)
    made = AddressCommand(program(tmp_path, "sleep 1000"), {})
    with pytest.raises(
        ProviderError, match=r"not ended within 0\.2 seconds \(tls\.acme\.address_command\)\."
    ):
        await made.set_addresses("door.example", [])


async def test_what_a_program_writes_is_told_and_what_it_leaves_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the latter writes is waited for, but not for long."""
    monkeypatch.setattr(commands, "_KEPT", replace(commands._KEPT, linger=0.3))
    caplog.set_level("INFO")
    path = program(tmp_path, "(sleep 0.01; echo late; exec sleep 1000) & echo $! >said; echo done")
    await ExecProvider(path, {}).present("name", "value")
    assert caplog.messages == [f"{path}: done", f"{path}: late"]
    (pid,) = await started(tmp_path)
    assert runs(pid)
    os.kill(pid, signal.SIGKILL)


async def test_a_program_that_never_stops_writing_takes_no_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await ExecProvider(program(tmp_path, "yes 0123456789 | head -c 300000"), {}).present("n", "v")
    assert 1000 < len(caplog.messages) < 2000

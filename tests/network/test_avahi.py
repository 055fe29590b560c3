"""The appliance makes itself known at home, where Avahi is, and does without where it is not."""

import asyncio
import logging
import os
import socket
from pathlib import Path

import pytest

from homecall_appliance.network import avahi
from homecall_appliance.network.avahi import instance, local_name, publish
from tests.support.connection import until


def test_a_machine_without_avahi_has_no_such_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
    assert local_name() is None
    monkeypatch.setenv("PATH", "/nonexistent")
    assert local_name() is None


def test_its_failures_are_not_told_as_the_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        assert local_name() is None
        with pytest.raises(BlockingIOError):
            manager.recv(100)


async def test_without_the_program_nothing_is_announced(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("PATH", "/nonexistent")
    await publish(443)
    assert "avahi-utils" in caplog.text


class Program:
    """A program in the place of avahi-publish-service, which writes down how it was called."""

    def __init__(self, folder: Path, then: str) -> None:
        self.calls = folder / "calls"
        file = folder / avahi.PUBLISH
        file.write_text(f'#!/bin/sh\necho "$$" "$@" >>{self.calls}\n{then}\n')
        file.chmod(0o755)

    async def called(self, times: int) -> list[list[str]]:
        while True:
            lines = self.calls.read_text().splitlines() if self.calls.exists() else []
            if len(lines) >= times:
                return [line.split(maxsplit=1) for line in lines]
            await asyncio.sleep(0.01)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


async def test_the_announcement_ends_with_the_daemon(path: Path) -> None:
    program = Program(path, "exec sleep 600")
    task = asyncio.create_task(publish(8443))
    ((pid, arguments),) = await program.called(1)
    assert arguments.startswith("--no-fail HomeCall Appliance (")
    assert arguments.endswith(") _https._tcp 8443 path=/")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not Path(f"/proc/{pid}").exists())


async def test_an_announcement_that_ends_is_made_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(avahi, "PAUSE", 0.01)
    program = Program(path, "exit 1")
    task = asyncio.create_task(publish(443))
    await program.called(3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("hostname", "name"),
    [
        ("pi", "HomeCall Appliance (pi)"),
        ("pi.lan", "HomeCall Appliance (pi)"),
        ("д" * 32, "HomeCall Appliance (" + "д" * 21),
    ],
)
def test_the_name_in_a_list_of_services_is_not_too_long(hostname: str, name: str) -> None:
    assert instance(hostname) == name
    assert len(name.encode()) <= 63

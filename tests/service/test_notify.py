"""What systemd is told, as it hears it (sd_notify(3))."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from homecall_appliance.service.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """The service manager's socket, and its name in the environment."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@homecall-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(name.replace("@", "\0", 1))
        listener.settimeout(5)
        yield listener, name


def test_it_is_told_the_states(manager: tuple[socket.socket, str]) -> None:
    listener, name = manager
    notifier = Notifier({"NOTIFY_SOCKET": name})
    notifier.ready()
    notifier.status("Ready for a call.\nREADY=0")
    notifier.alive()
    notifier.stopping()
    notifier.status("Ready after all.")
    notifier.close()
    told = [listener.recv(1000).decode() for _ in range(4)]
    listener.settimeout(0)
    with pytest.raises(BlockingIOError):
        listener.recv(1000)
    assert told == [
        "READY=1",
        "STATUS=Ready for a call. READY=0",
        "WATCHDOG=1",
        "STOPPING=1\nSTATUS=Stopping.",
    ]


def test_without_a_service_manager_nothing_is_said() -> None:
    notifier = Notifier({})
    notifier.ready()
    notifier.close()
    assert notifier.watchdog_interval is None


@pytest.mark.parametrize(
    ("environ", "interval"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_PID": str(os.getpid())}, None),
    ],
)
def test_who_waits_for_the_watchdog(environ: dict[str, str], interval: float | None) -> None:
    notifier = Notifier(environ)
    notifier.close()
    assert notifier.watchdog_interval == interval

"""Asking the running appliance: what comes back, and why nothing does."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from homecall_appliance.control.client import NotRunning, Why, ask, ask_status
from homecall_appliance.control.status import Status


@contextmanager
def answering(place: Path, answer: bytes) -> Iterator[None]:
    """One who says the same whatever it is asked, once."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        yield
        thread.join()


def reply(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


def test_an_answer_and_who_gave_it(tmp_path: Path) -> None:
    place = tmp_path / "socket"
    with answering(place, reply(b'{"version": "1"}')):
        answer = ask(str(place), "/status")
    assert answer.values == {"version": "1"}
    assert (answer.pid, answer.uid) == (os.getpid(), os.geteuid())


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        reply(b"no JSON"),
        reply(b"[]"),
        reply(b"{}", "500 Odd"),
        reply(b"{}", "503 Odd"),
    ],
)
def test_an_answer_that_is_none(answer: bytes, tmp_path: Path) -> None:
    place = tmp_path / "socket"
    with answering(place, answer), pytest.raises(NotRunning, match="Restart it") as caught:
        ask(str(place), "/status")
    assert caught.value.why is Why.SILENT


def test_the_state_of_the_appliance(tmp_path: Path) -> None:
    place = tmp_path / "socket"
    with answering(place, reply(b'{"version": "1"}')):
        status, answer = ask_status(str(place))
    assert (status, answer.pid) == (Status(version="1"), os.getpid())


def test_a_state_of_other_types(tmp_path: Path) -> None:
    place = tmp_path / "socket"
    with (
        answering(place, reply(b'{"version": 1}')),
        pytest.raises(NotRunning, match=r"version is not a text\. Restart it") as caught,
    ):
        ask_status(str(place))
    assert caught.value.why is Why.SILENT


def test_nobody(tmp_path: Path) -> None:
    place = tmp_path / "socket"
    (tmp_path / "file").touch()
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(place))
    for each in (place, tmp_path / "none", tmp_path / "file" / "socket"):
        with pytest.raises(NotRunning, match=r"sudo systemctl start") as caught:
            ask(str(each), "/status")
        assert caught.value.why is Why.STOPPED


def test_one_who_does_not_answer_in_time(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "socket"))
        silent.listen()
        with pytest.raises(NotRunning) as caught:
            ask(str(tmp_path / "socket"), "/status", timeout=0.1)
    assert caught.value.why is Why.SILENT

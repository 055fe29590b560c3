"""The control socket from the other side: asks the running appliance."""

import http.client
import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Any

from homecall_appliance.control.json_values import WrongTypeError
from homecall_appliance.control.not_done import NotDone
from homecall_appliance.control.status import Status

TIMEOUT = 5.0
"""Seconds that the running appliance may take to answer."""

ACTION_TIMEOUT = 15.0
"""Seconds that it may take to do something: a command that opens the door has ten."""

_CREDENTIALS = struct.Struct("iII")  # struct ucred: pid, uid, gid (unix(7), SO_PEERCRED)

START = "sudo systemctl start homecall-appliance"
RESTART = "sudo systemctl restart homecall-appliance"


class Why(Enum):
    """Why there is no answer."""

    STOPPED = "stopped"
    FORBIDDEN = "forbidden"
    SILENT = "silent"


class NotRunning(Exception):
    """The appliance does not answer; `str()` is a sentence for the owner."""

    def __init__(self, why: Why, sentence: str) -> None:
        self.why = why
        super().__init__(sentence)


@dataclass(frozen=True)
class Answer:
    """What the appliance said, and who it is."""

    values: Mapping[str, Any]
    pid: int
    uid: int


def ask(place: str, path: str, timeout: float = TIMEOUT, *, method: str = "GET") -> Answer:
    """Ask the appliance whose control socket is `place`. Raises NotRunning and NotDone."""
    connection = _UnixConnection(place, timeout)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        values = json.loads(response.read())
        match response.status, values:
            case HTTPStatus.OK, dict():
                pid, uid, _ = connection.credentials()
            case HTTPStatus.SERVICE_UNAVAILABLE, {"problem": str(problem)}:
                raise NotDone(problem)
            case _:
                raise ValueError(response.status)  # noqa: TRY301 - one sentence for all of these
    except PermissionError as error:
        raise NotRunning(
            Why.FORBIDDEN, f"You may not ask the appliance at {place}. Try it with sudo."
        ) from error
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError) as error:
        raise NotRunning(
            Why.STOPPED,
            f"The appliance is not running: nothing answers at {place}. Start it with: {START}",
        ) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotRunning(
            Why.SILENT,
            f"The appliance does not answer at {place} as it should. Restart it with: {RESTART}",
        ) from error
    finally:
        connection.close()
    return Answer(values, pid, uid)


def act(place: str, name: str) -> bool:
    """Have the appliance do what `POST /name` does; return whether there was something to do.
    Raises NotRunning, and NotDone where it could not be done."""
    return any(ask(place, f"/{name}", ACTION_TIMEOUT, method="POST").values.values())


def ask_status(place: str, timeout: float = TIMEOUT) -> tuple[Status, Answer]:
    """Ask the appliance for its state. Raises NotRunning, for an answer of other types as well."""
    answer = ask(place, "/status", timeout)
    try:
        return Status.from_json(answer.values), answer
    except WrongTypeError as error:
        raise NotRunning(
            Why.SILENT,
            f"The appliance answers at {place}, but not as it should: {error} Restart it with: "
            f"{RESTART}",
        ) from error


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path
        self._credentials = b""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
        self._credentials = self.sock.getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size
        )

    def credentials(self) -> tuple[int, int, int]:
        """Process, user and group that opened the listening socket."""
        pid, uid, gid = _CREDENTIALS.unpack(self._credentials)
        return pid, uid, gid

"""The local control API: HTTP on a Unix socket, for `status`, `link` and the owner's scripts."""

import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from homecall_appliance.control.not_done import NotDone

SOCKET_MODE = 0o660


class ControlError(Exception):
    """The control socket could not be opened; `str()` is a sentence for the owner."""


Action = tuple[str, Callable[[], Awaitable[int]]]
"""A key of the answer, and what does it within some seconds: it returns the value, how often there
was something to do, or raises NotDone."""


class Controlled(Protocol):
    """What the control API reads and does."""

    def status(self) -> Mapping[str, Any]:
        """Return the state of the appliance as JSON values."""
        ...

    def link(self) -> Mapping[str, Any]:
        """Return the link of the moment: `url` and `sessionId`."""
        ...

    def metrics(self) -> tuple[str, bytes]:
        """Return the figures for Prometheus: their media type and their text."""
        ...

    @property
    def actions(self) -> Mapping[str, Action]:
        """What `POST /name` does, by its name."""
        ...


@contextlib.asynccontextmanager
async def control_socket(path: Path, controlled: Controlled) -> AsyncIterator[None]:
    """Serve the control API on a Unix socket (mode 0660) until left; the socket is then removed."""

    def answer(read: Callable[[], Mapping[str, Any]]) -> Callable[[web.Request], Any]:
        async def handle(_: web.Request) -> web.Response:
            return web.json_response(dict(read()))

        return handle

    async def metrics(_: web.Request) -> web.Response:
        content_type, text = controlled.metrics()
        return web.Response(body=text, headers={"Content-Type": content_type})

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/status", answer(controlled.status))
    app.router.add_get("/link", answer(controlled.link))
    for name, (done, act) in controlled.actions.items():
        app.router.add_post(f"/{name}", partial(_do, done, act))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.SockSite(runner, _listen(path)).start()
        yield
    finally:
        await runner.cleanup()
        _remove(path)


async def _do(done: str, act: Callable[[], Awaitable[int]], _: web.Request) -> web.Response:
    try:
        return web.json_response({done: int(await act())})
    except NotDone as error:
        values = {done: 0, "problem": str(error)}
        return web.json_response(values, status=HTTPStatus.SERVICE_UNAVAILABLE)


def _listen(path: Path) -> socket.socket:
    """Open the socket in the place of one that an earlier daemon left behind."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove(path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        path.chmod(SOCKET_MODE)
    except OSError as error:
        raise ControlError(
            f"The control socket {path} cannot be opened: {error.strerror}. Choose another place "
            "with server.control_socket, or give the service the right to write there."
        ) from error
    return listener


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)

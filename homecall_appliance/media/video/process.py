"""The daemon's end of the camera's process (worker.py)."""

import asyncio
import contextlib
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from typing import Self

from homecall_appliance.config.model import Camera
from homecall_appliance.media.ports import DeviceError
from homecall_appliance.media.video import ipc
from homecall_appliance.media.video.picture import Picture
from homecall_appliance.service import child

START_TIMEOUT = 60.0
"""Seconds that the imports may take, on a busy machine with a slow card."""

RELEASE_TIMEOUT = 2.0
"""Seconds that the camera may take to be released; then the process is killed."""


class CameraProcess:
    """A process that waits for its camera."""

    def __init__(self, process: Process, orders: StreamWriter, pictures: StreamReader) -> None:
        """`orders` and `pictures` are its standard input and output."""
        self._process = process
        self._orders, self._pictures = orders, pictures
        self._opened = False

    @classmethod
    async def start(cls) -> Self:
        """Start one; raises DeviceError where the system does not let us."""
        try:
            process = await asyncio.create_subprocess_exec(
                *child.command("homecall_appliance.media.video.worker"),
                stdin=PIPE,
                stdout=PIPE,
                env=child.environment(),
            )
        except OSError as error:
            raise DeviceError(
                f"The camera's process cannot be started ({error.strerror}). Restart the appliance."
            ) from error
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("A process was started without its pipes.")
        return cls(process, process.stdin, process.stdout)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def open(self, camera: Camera, wish: ipc.Wish) -> None:
        """Have the camera opened; once."""
        self._opened = True
        self._orders.write(ipc.dump_camera(camera))
        self.order(wish)

    def order(self, wish: ipc.Wish) -> None:
        """Tell what is wanted from now on."""
        if not self._orders.is_closing():
            self._orders.write(ipc.dump_wish(wish))

    async def ready(self) -> None:
        """Wait until it has imported everything; once. Raises DeviceError when that fails."""
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await self._receive(len(ipc.READY))
        except TimeoutError as error:
            raise DeviceError(
                "The camera's software does not start. Switch the appliance off and on again."
            ) from error

    async def read(self) -> Picture:
        """Wait for a picture. Raises DeviceError when there are no more."""
        header = ipc.Header.parse(await self._receive(ipc.HEADER_BYTES))
        answer = header.open(await self._receive(header.length))
        if isinstance(answer, ipc.Problem):
            raise DeviceError(answer.sentence)
        return answer

    async def end(self) -> None:
        """Have the camera released, and the process end; a process that hangs is killed."""
        self._orders.close()
        try:
            if self._opened:
                await self._gone()
        finally:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._gone()

    async def _gone(self) -> None:
        """Wait for its end, but not for ever: a driver may hold it in the kernel."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RELEASE_TIMEOUT):
                while await self._pictures.read(65_536):
                    pass
                await self._process.wait()

    async def _receive(self, count: int) -> bytes:
        try:
            return await self._pictures.readexactly(count)
        except asyncio.IncompleteReadError as error:
            raise DeviceError(
                "The camera's software has crashed. If that happens again, update the system with: "
                "sudo apt update && sudo apt full-upgrade"
            ) from error

"""The daemon's end of the process that decodes (worker.py)."""

import asyncio
import fcntl
import mmap
import os
import signal
import socket
import subprocess
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Self

from homecall_appliance.decoder.slots import Slots
from homecall_appliance.decoder.wire import (
    REPLY_BYTES,
    SLOTS,
    Kind,
    Reply,
    dump_format,
    dump_picture,
    dump_slot,
)
from homecall_appliance.display.pixels import FrameFormat
from homecall_appliance.display.ports import Frame
from homecall_appliance.media.video.picture import Picture
from homecall_appliance.service import child

END_SECONDS = 2.0
"""That a killed process may take to end: the kernel may hold it."""

_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
"""Memory that the process could make smaller would end who reads it (memfd_create(2))."""


class DecoderLost(Exception):
    """The process is of no use any more; `str()` says why, as the end of a sentence."""


class DecoderProcess:
    """A process that decodes pictures for one format. It is confined before it gets any."""

    def __init__(
        self,
        form: FrameFormat,
        process: "subprocess.Popen[bytes]",
        connection: socket.socket,
        memory: mmap.mmap,
    ) -> None:
        self.format = form
        self._process = process
        self._connection = connection
        self._connection.setblocking(False)
        self._slots = Slots(SLOTS)
        size = form.size
        self._frames = [
            Frame(form, memoryview(memory)[slot * size : (slot + 1) * size])
            for slot in range(SLOTS)
        ]
        self._opening: asyncio.Task[tuple[StreamReader, StreamWriter]] | None = None
        self._replies: StreamReader | None = None
        self._orders: StreamWriter | None = None

    @classmethod
    def start(cls, form: FrameFormat) -> Self:
        """Start one; it imports for some tenths of a second. Raises DecoderLost."""
        try:
            with ExitStack() as stack:
                ours, theirs = socket.socketpair()
                stack.enter_context(theirs)
                stack.callback(ours.close)
                memory, descriptor = _memory(form)
                stack.callback(os.close, descriptor)
                process = subprocess.Popen(  # noqa: S603 - it is ourselves
                    child.command("homecall_appliance.decoder.worker"),
                    stdin=theirs.fileno(),
                    stdout=descriptor,
                    env=child.bare_environment(),
                )
                return cls(form, process, ours.dup(), memory)
        except OSError as error:
            raise DecoderLost(f"cannot be started ({error.strerror})") from error

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def ready(self) -> tuple[str, ...]:
        """Wait until it is confined; return what it had to do without. Raises DecoderLost."""
        # Never cancelled: uvloop 0.21 would close the descriptor, and the socket keep its number.
        self._opening = asyncio.create_task(asyncio.open_unix_connection(sock=self._connection))
        self._replies, self._orders = await asyncio.shield(self._opening)
        reply = await self.reply()
        if reply.kind is not Kind.READY:
            raise DecoderLost("does not keep to the rules")
        return reply.left

    def decode(self, picture: Picture) -> None:
        """Have a picture decoded, and painted if there is room; once it is ready."""
        self._order(dump_picture(picture), awake=True)

    async def reply(self) -> Reply:
        """Wait for what it tells. Raises DecoderLost."""
        if self._replies is None:
            raise RuntimeError("The process was asked before it was ready.")
        try:
            return Reply.parse(await self._replies.readexactly(REPLY_BYTES))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise DecoderLost(await self._fate()) from error
        except ValueError as error:
            raise DecoderLost("does not keep to the rules") from error

    def painted(self, slot: int) -> None:
        """Take a slot that it has painted. Raises DecoderLost where that was not its to paint."""
        try:
            self._slots.painted(slot)
        except ValueError as error:
            raise DecoderLost("does not keep to the rules") from error
        self._order()

    @contextmanager
    def newest(self) -> Iterator[Frame | None]:
        """See `display.ports.FrameSource`."""
        slot = self._slots.take()
        if slot is None:
            yield None
            return
        try:
            yield self._frames[slot]
        finally:
            self._slots.give_back(slot)
            self._order()

    async def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        if self._opening is None:
            self._connection.close()
        else:
            _, orders = await self._opening
            orders.transport.abort()
        await self._gone()

    def _order(self, order: bytes = b"", *, awake: bool = False) -> None:
        if self._orders is not None and not self._orders.is_closing():
            slots = self._slots.due(awake=awake)
            self._orders.write(b"".join([*map(dump_slot, slots), order]))

    async def _gone(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            return await asyncio.to_thread(self._process.wait, END_SECONDS)
        return None

    async def _fate(self) -> str:
        """How it has ended, which it does when it hangs up."""
        code = await self._gone()
        if code is not None and code < 0:
            return f"has died ({signal.Signals(-code).name})"
        return "has ended"


def _memory(form: FrameFormat) -> tuple[mmap.mmap, int]:
    """Return memory that can be shared, as we may read it, and its descriptor. It begins with the
    format, until there is a picture. Raises OSError."""
    descriptor = os.memfd_create("picture", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        size = SLOTS * form.size
        os.ftruncate(descriptor, size)
        os.pwrite(descriptor, dump_format(form), 0)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
        return mmap.mmap(descriptor, size, mmap.MAP_SHARED, mmap.PROT_READ), descriptor
    except BaseException:
        os.close(descriptor)
        raise

"""A phone's pictures, decoded by processes that may die."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from homecall_appliance.decoder.process import DecoderLost, DecoderProcess
from homecall_appliance.decoder.wire import Kind, Reply
from homecall_appliance.display.pixels import FrameFormat
from homecall_appliance.display.ports import FrameSource
from homecall_appliance.media.video.picture import Picture

log = logging.getLogger(__name__)

WAITING = 15
"""Pictures that may wait: half a second. Of more, none is of use to who looks."""

IN_FLIGHT = 2
"""Pictures that the process has at a time: the next one is there when it has decoded one."""

START_SECONDS, LONGEST_START = 20.0, 160.0
"""That the imports may take, on a busy machine with a slow card; doubled each time that they took
longer, for where nothing was wrong but the time, the next process would need as long."""

ANSWER_SECONDS = 1.0
"""That a picture may take; the largest takes a Raspberry Pi 3 a tenth of a second. Then the process
hangs, or was stopped."""

MOST_SPOILT = 4
"""Pictures in a row that cannot be decoded. After each only a key frame is decoded: it may be the
decoder, which has no memory left."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 10.0
"""Seconds before a process is replaced that did not last; doubled each time. One that has lasted
longer than the longest pause is replaced at once."""

_REPLACED = "The process that decodes the visitor's picture %s; it is replaced."

Format = Callable[[], FrameFormat | None]


class Decoding:
    """Has the pictures of one phone decoded, in order, and replaces a process that is lost."""

    def __init__(
        self,
        form: Format,
        start: Callable[[FrameFormat], DecoderProcess],
        confined: Callable[[tuple[str, ...]], None],
        *,
        show: Callable[[FrameSource], None],
        decoded: Callable[[int, int], None],
        spoilt: Callable[[], None],
    ) -> None:
        """`form` returns the format of the screen, None while it is lost; `start` starts a process,
        or raises DecoderLost; `confined` is told what each had to do without; `show` is given who
        has a new frame; `decoded` is told the width and height of each picture; `spoilt` is called
        when those that follow are of no use without a key frame."""
        self._format = form
        self._start = start
        self._confined = confined
        self._show = show
        self._decoded = decoded
        self._spoilt = spoilt
        self._waiting: deque[Picture] = deque()
        self._wanted = asyncio.Event()
        self._process: DecoderProcess | None = None
        self._start_seconds = START_SECONDS
        self._limit = asyncio.timeout(None)
        self._in_flight, self._spoilt_in_a_row, self._unpainted = 0, 0, False
        self._ended = False
        self._now = asyncio.get_running_loop().time

    @property
    def pid(self) -> int | None:
        """Of the process that decodes now."""
        return self._process.pid if self._process else None

    def put(self, picture: Picture) -> bool:
        """Add a picture; False: too many wait already, and all of them are left out, or it has
        ended."""
        if self._ended:
            return False
        if len(self._waiting) >= WAITING:
            self._waiting.clear()
            return False
        self._waiting.append(picture)
        self._wanted.set()
        self._feed()
        return True

    async def run(self) -> None:
        """Decode until cancelled; the first process is started for the first picture."""
        pause = 0.0
        try:
            while True:
                await self._wanted.wait()
                if form := self._format():
                    began = self._now()
                    try:
                        await self._use(form)
                    except DecoderLost as lost:
                        log.warning(_REPLACED, lost)
                        if self._now() - began > LONGEST_PAUSE:
                            pause = 0.0
                        await asyncio.sleep(pause)
                        pause = min(max(2 * pause, FIRST_PAUSE), LONGEST_PAUSE)
                else:
                    await asyncio.sleep(FIRST_PAUSE)
                self._forget()
                self._spoilt()
        finally:
            self._ended = True
            self._waiting.clear()

    async def _use(self, form: FrameFormat) -> None:
        """Decode until the screen has another format; raises DecoderLost."""
        process = self._start(form)
        try:
            await self._become_ready(process)
            async with asyncio.timeout(None) as self._limit:
                self._process = process
                self._feed()
                while self._format() in (None, form):
                    self._take(process, await process.reply())
        except TimeoutError as error:
            raise DecoderLost("does not answer") from error
        finally:
            self._process = None
            self._in_flight, self._spoilt_in_a_row, self._unpainted = 0, 0, False
            await process.end()

    async def _become_ready(self, process: DecoderProcess) -> None:
        try:
            async with asyncio.timeout(self._start_seconds):
                self._confined(await process.ready())
        except TimeoutError as error:
            self._start_seconds = min(2 * self._start_seconds, LONGEST_START)
            raise DecoderLost("does not start") from error

    def _feed(self) -> None:
        while self._process and self._waiting and self._in_flight < IN_FLIGHT:
            self._process.decode(self._waiting.popleft())
            self._in_flight += 1
            if self._in_flight == 1:
                self._limit.reschedule(self._now() + ANSWER_SECONDS)

    def _take(self, process: DecoderProcess, reply: Reply) -> None:
        match reply:
            case Reply(Kind.DECODED | Kind.SPOILT) if self._in_flight:
                self._in_flight -= 1
                until = self._now() + ANSWER_SECONDS if self._in_flight else None
                self._limit.reschedule(until)
                self._feed()
                self._judge(reply)
            case Reply(Kind.PAINTED) if self._unpainted:
                self._unpainted = False
                process.painted(reply.number)
                self._show(process)
            case _:
                raise DecoderLost("does not keep to the rules")

    def _judge(self, reply: Reply) -> None:
        if reply.kind is Kind.SPOILT:
            self._spoilt_in_a_row += 1
            if self._spoilt_in_a_row >= MOST_SPOILT:
                raise DecoderLost("decodes nothing any more")
            self._spoilt()
            return
        self._spoilt_in_a_row = 0
        if reply.width and reply.height:
            self._unpainted = True
            self._decoded(reply.width, reply.height)

    def _forget(self) -> None:
        self._waiting.clear()
        self._wanted.clear()


class Decoders:
    """Makes what decodes for each call. Starts a process when a phone comes (`call.Announcer`), so
    that its imports are over when the first picture is there."""

    def __init__(self, form: Format) -> None:
        """`form` returns the format of the screen; None: it shows no pictures."""
        self._format = form
        self._coming = 0
        self._spare: DecoderProcess | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._told: set[str] = set()

    @contextmanager
    def coming(self) -> Iterator[None]:
        """Have one process ready, until left; however many come, one at most waits."""
        self._coming += 1
        self._prepare()
        try:
            yield
        finally:
            self._coming -= 1
            if not self._coming:
                self._drop()

    def ring(self) -> None:
        """Do nothing: see `call.Announcer.ring`."""

    def ended(self, *, accepted: bool) -> None:
        """Do nothing: see `call.Announcer.ended`."""

    def new(
        self,
        show: Callable[[FrameSource], None],
        decoded: Callable[[int, int], None],
        spoilt: Callable[[], None],
    ) -> Decoding:
        """Return what decodes for a phone: see Decoding."""
        return Decoding(
            self._format,
            self._start,
            self._confined,
            show=show,
            decoded=decoded,
            spoilt=spoilt,
        )

    def _prepare(self) -> None:
        form = self._format()
        if form is None or self._spare is not None:
            return
        try:
            self._spare = DecoderProcess.start(form)
        except DecoderLost as lost:  # there is no picture yet that it is needed for
            log.warning("The process that decodes the visitor's picture %s.", lost)

    def _start(self, form: FrameFormat) -> DecoderProcess:
        if self._spare is not None and self._spare.format == form:
            spare, self._spare = self._spare, None
            return spare
        return DecoderProcess.start(form)

    def _drop(self) -> None:
        spare, self._spare = self._spare, None
        if spare is not None:
            ending = asyncio.create_task(spare.end())
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    def _confined(self, left: tuple[str, ...]) -> None:
        if lacking := [each for each in left if each not in self._told]:
            self._told.update(lacking)
            log.warning(
                "The process that decodes the visitor's picture is confined without %s, which this "
                "system does not have or does not allow.",
                ", ".join(lacking),
            )

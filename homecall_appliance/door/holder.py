"""The two processes that hold the door's line, and that see to it that it is active for as long as
is allowed and no longer, whatever crashes.

What a line does when whoever holds it has died is up to its driver: some leave it as it was, which
may be active. So no design will do in which one process alone can make it inactive. The line is
requested once, inactive, and then the process forks: both, the operator and its guard, hold the
same request, and either can make the line inactive without asking the kernel for it anew. The
request lasts until both have ended, so that what the driver does then happens to an inactive line.

- The operator gets from the daemon until when the line may be active. It tells the guard first, and
  makes the line active when that has confirmed it: from there on two processes wait for the same
  moment, and each makes the line inactive then.
- Where one of the two dies, the other sees the end of the socket between them, makes the line
  inactive and ends. Where the daemon dies or ends, the operator sees the end of its socket.
- Where the operator is late (SIGSTOP), the guard makes the line inactive in time, and kills it a
  moment later, lest it go on with what it was at. Where the guard is late, it confirms nothing, and
  the line does not become active.
- Where the operator does not answer the daemon, that kills it, and the guard makes the line
  inactive.
- Where both are stopped or killed, the daemon misses their word that the line is inactive, and
  kills and replaces them; requesting the line makes it inactive (holder_process.py). That is half a
  second late, and as long as Python takes to start.
- Where all are killed at once, as `systemctl kill` does, systemd runs this module once more
  (ExecStopPost= of the unit): without a daemon it requests the line and ends.

SIGTERM is ignored, for systemd sends it to all processes of the service, and the default would be
an end without a last word. Both processes run from the start of the daemon on: the pin is inactive
from there, and a Raspberry Pi Zero takes a second to start Python. All of this is no help against a
kernel that stops; docs/door.md names what is.

Considered, and not taken: a new process for each opening (a second late, and nobody holds the pin
between); the daemon as the guard (an event loop that hangs guards nothing); a unit of its own for
the holder (it can be killed as well, and needs a protocol that strangers cannot speak).
"""

import json
import os
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Self

from homecall_appliance.door import libgpiod
from homecall_appliance.door.opening import Opening
from homecall_appliance.door.ports import DoorError, Line

ORDER = struct.Struct("=d")
"""Until when the line may be active, in seconds of CLOCK_MONOTONIC; to the guard also NO_OPENING.
It is one message of a socket that keeps messages apart (SOCK_SEQPACKET, unix(7))."""

NO_OPENING = ORDER.pack(0.0)

GUARD_TIMEOUT = 1.0
"""Seconds that the guard may take to confirm; then the operator ends."""

OVERDUE = 1.0
"""Seconds after the end of an opening by which the guard has heard that the line is inactive; then
it kills the operator."""

_DAEMON = 0


class Word(StrEnum):
    """What the operator tells the daemon: one word a message, after PROBLEM a sentence."""

    READY = "ready"
    OPENED = "opened"
    LATE = "late"
    """The order came when its time was over."""

    CLOSED = "closed"
    PROBLEM = "problem"


@dataclass(frozen=True)
class HeldLine:
    """Which line is held, and for how many seconds it may be active at most. As JSON it is the
    argument of the process."""

    chip: str
    number: int
    active_low: bool
    seconds: float

    def to_json(self) -> str:
        """The argument."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `to_json` was made of."""
        return cls(**json.loads(text))


def main(request: Callable[[HeldLine], Line]) -> None:
    """Hold the line that the command line names; `request` takes it, or raises DoorError."""
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    held = HeldLine.from_json(sys.argv[1])
    try:
        _hold(request(held), held.seconds)
    except DoorError as error:
        _report(str(error))
    except OSError as error:
        _report(f"The line {held.number} of {held.chip} fails ({error.strerror}).")


def _hold(line: Line, seconds: float) -> None:
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    operator, guard = (each.detach() for each in ends)
    parent = os.getpid()
    try:
        if os.fork():
            os.close(guard)
            operate(line, operator, seconds)
        else:
            os.close(operator)
            watch(line, guard, parent)
    finally:
        line.set(False)


def operate(line: Line, guard: int, seconds: float) -> None:
    """Make the line active as the daemon orders, and inactive when that is over; return when the
    daemon or the guard has ended, or the guard does not answer. `guard` is the socket to it."""
    opening = Opening()
    _tell(Word.READY)
    while True:
        readable = _readable((_DAEMON, guard), opening.remaining(time.monotonic()))
        if guard in readable:
            return  # it says nothing unless it is told something
        if _DAEMON in readable:
            order = _receive(_DAEMON)
            if not order:
                return
            until: float = ORDER.unpack(order)[0]
            wanted = opening.prolonged(until, time.monotonic(), seconds)
            if wanted is None:
                _tell(Word.LATE)
            elif not _confirmed(guard, wanted):
                return
            else:
                opening = wanted
                line.set(True)
                _tell(Word.OPENED)
        if opening.is_over(time.monotonic()):
            line.set(False)
            opening = Opening()
            _send(guard, NO_OPENING)
            _tell(Word.CLOSED)


def _confirmed(guard: int, opening: Opening) -> bool:
    """Tell the guard of an opening; whether it keeps to that as well."""
    _send(guard, ORDER.pack(opening.until))
    return bool(_readable((guard,), GUARD_TIMEOUT) and _receive(guard))


def watch(line: Line, operator: int, parent: int) -> None:
    """Make the line inactive when an opening is over; return when the operator has ended, to which
    `operator` is the socket. `parent` is its process id: it is killed where it does not say that
    the line is inactive."""
    opening, closed = Opening(), False
    while True:
        due = Opening(opening.until + OVERDUE) if closed else opening
        if _readable((operator,), due.remaining(time.monotonic())):
            order = _receive(operator)
            if not order:
                return
            opening, closed = Opening(), False
            if order != NO_OPENING:
                opening = Opening(ORDER.unpack(order)[0])
                _send(operator, order)
        elif not closed:
            line.set(False)
            closed = True
        else:
            if os.getppid() == parent:
                os.kill(parent, signal.SIGKILL)
            return


def _readable(descriptors: tuple[int, ...], timeout: float | None) -> list[int]:
    return select.select(descriptors, (), (), timeout)[0]


def _receive(descriptor: int) -> bytes:
    """Return a message; empty where the other end is closed."""
    try:
        return os.read(descriptor, ORDER.size)
    except ConnectionResetError:  # it has left something unread
        return b""


def _send(descriptor: int, message: bytes) -> bool:
    """Send a message; False where the other end is closed, which reading tells as well."""
    try:
        os.write(descriptor, message)
    except OSError:
        return False
    return True


def _tell(word: Word, sentence: str = "") -> bool:
    return _send(_DAEMON, f"{word} {sentence}".strip().encode())


def _report(problem: str) -> None:
    """Tell the daemon; where there is none, the journal."""
    if not _tell(Word.PROBLEM, problem):
        sys.stderr.write(f"The door's line is not made inactive: {problem}\n")


def _by_libgpiod(held: HeldLine) -> Line:
    return libgpiod.chips().request(held.chip, held.number, active_low=held.active_low)


if __name__ == "__main__":
    main(_by_libgpiod)

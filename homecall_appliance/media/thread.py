"""Blocking work, whose end the event loop waits for."""

import asyncio
import concurrent.futures
import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from homecall_appliance.media.ports import DeviceError

T = TypeVar("T")

SWITCH_INTERVAL = 0.0005
"""Seconds that a thread with something to do waits for Python's lock, ten times less than usual:
each call into a library gives it up, and a block of sound makes several."""


def in_thread(name: str, work: Callable[[], T]) -> asyncio.Future[T]:
    """Run work in a daemon thread of its own: a hung driver must not hold up the exit.

    The future has what it returns, or the DeviceError that it raises. Any other exception is a
    fault of ours: threading.excepthook reports it, and the future has a RuntimeError.
    """
    done: concurrent.futures.Future[T] = concurrent.futures.Future()
    done.set_running_or_notify_cancel()

    def body() -> None:
        try:
            done.set_result(work())
        except DeviceError as error:
            done.set_exception(error)
        finally:
            if not done.done():
                done.set_exception(RuntimeError(f"The thread of the {name} has died."))

    threading.Thread(target=body, name=name, daemon=True).start()
    return asyncio.wrap_future(done)


@contextlib.contextmanager
def prompt_threads() -> Iterator[None]:
    """Have threads take turns quickly: one of them has sound to play."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)

"""Blocking work, whose end the event loop waits for."""

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable
from typing import TypeVar

from homecall_appliance.media.ports import DeviceError

T = TypeVar("T")


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

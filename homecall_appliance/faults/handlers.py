"""What fails where nobody waits for it: tasks and callbacks of libraries, threads, finalizers.

Python would print a traceback with the text of the exception, and asyncio the arguments of the
callback, too: what a stranger sent, from the tasks of aiortc and aioice (docs/protocol.md,
section 9). Here each is one line. None of them ends the daemon: its own parts are waited for.
"""

import asyncio
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from homecall_appliance.faults.containment import described

log = logging.getLogger(__name__)


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """Have the running event loop, threads and finalizers tell of exceptions in one line each."""
    loop = asyncio.get_running_loop()
    former = loop.get_exception_handler(), threading.excepthook, sys.unraisablehook
    loop.set_exception_handler(_in_the_background)
    threading.excepthook, sys.unraisablehook = _in_a_thread, _where_it_cannot_be_raised
    try:
        yield
    finally:
        handler, threading.excepthook, sys.unraisablehook = former
        loop.set_exception_handler(handler)


def _in_the_background(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    # Without an exception the message is a fixed text; with one it names the callback's arguments.
    what = described(error) if isinstance(error, BaseException) else context["message"]
    log.error("Something in the background has failed: %s.", what)


def _in_a_thread(arguments: threading.ExceptHookArgs) -> None:
    name = arguments.thread.name if arguments.thread else "of nobody"
    if arguments.exc_value is not None:
        log.error("The thread %s has failed: %s.", name, described(arguments.exc_value))


def _where_it_cannot_be_raised(arguments: "sys.UnraisableHookArgs") -> None:
    if arguments.exc_value is not None:
        log.error("Something has failed on its way: %s.", described(arguments.exc_value))

"""What all tests have in common."""

import asyncio
from collections.abc import Callable, Mapping

import uvloop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run asynchronous tests in the event loop that the daemon runs in."""
    return {"uvloop": uvloop.new_event_loop}

"""What all tests have in common."""

import asyncio
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import uvloop
from hypothesis import HealthCheck, settings

# No test asserts seconds, nor does hypothesis: other tests keep the machine busy.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def end_at_timeout(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Stop the loop when a test's time is over.

    pytest-timeout raises from a signal's handler, and uvloop only logs what such a handler raises.
    """
    loop.default_exception_handler(context)
    if isinstance(context.get("exception"), pytest.fail.Exception):
        loop.stop()


class EventLoop(uvloop.Loop):
    """One of the kind that the daemon runs in, for tests."""

    def close(self) -> None:
        """Close it; raises the ResourceWarning of what a test has left open.

        uvloop closes what it has warned of, and waits for that; where the warning is an error, it
        waits for ever.
        """
        with warnings.catch_warnings(record=True) as left:
            warnings.simplefilter("always")
            super().close()
        for each in left:
            raise each.message if isinstance(each.message, Warning) else RuntimeError(each.message)


def new_event_loop() -> asyncio.AbstractEventLoop:
    """One in which a timeout fails the test that it meets."""
    loop = EventLoop()
    loop.set_exception_handler(end_at_timeout)
    return loop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run asynchronous tests in the event loop that the daemon runs in."""
    return {"uvloop": new_event_loop}

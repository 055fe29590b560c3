"""Those who share a device, each of them a part of one call."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from homecall_appliance.faults.containment import OnFailure, contained

Subscriber = TypeVar("Subscriber")
Result = TypeVar("Result")


@dataclass(eq=False)
class _Subscription(Generic[Subscriber]):
    subscriber: Subscriber
    on_failure: OnFailure
    failed: bool = False


class Subscribers(Generic[Subscriber]):
    """Calls each; one that raises is called no more, and its call is told, but not the others.

    They come and go in the event loop, where their calls are told, too; any thread may call them.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._subscriptions: tuple[_Subscription[Subscriber], ...] = ()

    def __bool__(self) -> bool:
        return bool(self._subscriptions)

    def add(self, subscriber: Subscriber, on_failure: OnFailure) -> None:
        """Call this one, too."""
        self._subscriptions += (_Subscription(subscriber, on_failure),)

    def discard(self, subscriber: Subscriber) -> None:
        """Call this one no more."""
        self._subscriptions = tuple(
            each for each in self._subscriptions if each.subscriber is not subscriber
        )

    def each(self, do: Callable[[Subscriber], Result]) -> list[Result]:
        """Return what `do` returns of each that has not failed."""
        results: list[Result] = []
        for subscription in self._subscriptions:
            if not subscription.failed:
                with contained(partial(self._fail, subscription)):
                    results.append(do(subscription.subscriber))
        return results

    def _fail(self, subscription: _Subscription[Subscriber], error: Exception) -> None:
        subscription.failed = True
        self._loop.call_soon_threadsafe(subscription.on_failure, error)

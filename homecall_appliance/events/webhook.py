"""A web server of the owner's to which each event is posted."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import urlsplit

from homecall_appliance.events.event import Event
from homecall_appliance.events.sender import DeliveryError
from homecall_appliance.web.http_client import RequestError

PAUSE = 2.0
"""Seconds before the second and last try: a server that is restarted is back, and a bell is not
yet stale."""

Post: TypeAlias = Callable[[str, bytes], Awaitable[None]]
"""Posts JSON to a URL; raises RequestError. See `web.http_client.JsonPoster`."""


class Webhook:
    """Posts events to the address of `events.webhook`, which may have a secret in its path."""

    def __init__(self, url: str, post: Post, pause: float = PAUSE) -> None:
        self._url = url
        self._post = post
        self._pause = pause

    async def deliver(self, event: Event) -> None:
        """Post an event, twice at most; raises DeliveryError unless it is taken (status 2xx)."""
        try:
            await self._try(event)
        except RequestError:
            await asyncio.sleep(self._pause)
            try:
                await self._try(event)
            except RequestError as error:
                raise DeliveryError(
                    f"{urlsplit(self._url).hostname} does not take events: {error}. Check "
                    "events.webhook."
                ) from error

    async def _try(self, event: Event) -> None:
        await self._post(self._url, event.encoded())

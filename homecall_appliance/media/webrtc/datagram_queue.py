"""Datagrams that wait to be read by a transport."""

import asyncio
from collections import deque
from typing import TypeAlias

MAX_QUEUED_BYTES = 512 * 1024
"""Bytes of a transport's datagrams that wait to be read, the newest: two seconds of the best video.
They wait when the event loop is late, and before the answer, when nobody reads them."""

_OBJECT_BYTES = 160
"""What a datagram that waits takes besides its bytes."""

Item: TypeAlias = bytes | None
"""A datagram; None: there are no more."""


class DatagramQueue(asyncio.Queue[Item]):
    """A queue that drops the oldest beyond MAX_QUEUED_BYTES; nobody who puts into it waits."""

    def _init(self, maxsize: int) -> None:  # noqa: ARG002 - the queue's hook
        self._queue: deque[Item] = deque()
        self._size = 0

    def _put(self, item: Item) -> None:
        self._queue.append(item)
        self._size += _size(item)
        while self._size > MAX_QUEUED_BYTES:
            self._get()

    def _get(self) -> Item:
        item = self._queue.popleft()
        self._size -= _size(item)
        return item


def _size(item: Item) -> int:
    return _OBJECT_BYTES + len(item or b"")

"""The pace of a sound device without hardware."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import repeat

import numpy as np

from homecall_appliance.media.pace import Clock, Sleep, ticks
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block, Exchange


class Pacer:
    """Lets `exchange` hear blocks, one every 20 ms; what it plays is heard by nobody.

    After a stall the blocks go on from where they are: no gap in the sound, and no burst.
    """

    def __init__(self, clock: Clock = time.monotonic, sleep: Sleep = time.sleep) -> None:
        self._clock = clock
        self._sleep = sleep

    @contextmanager
    def run(self, exchange: Exchange, blocks: Iterator[Block]) -> Iterator[None]:
        """Do so in a thread, until left; raises then what `exchange` or `blocks` raised."""
        left = threading.Event()

        def body() -> None:
            for _ in ticks(SAMPLE_RATE / BLOCK_SAMPLES, self._clock, self._sleep):
                if left.is_set():
                    return
                played = exchange.play()
                exchange.hear(next(blocks), played, 0.0)

        with ThreadPoolExecutor(1, thread_name_prefix="audio") as pool:
            running = pool.submit(body)
            try:
                yield
            finally:
                left.set()
                running.result()


def silence() -> Iterator[Block]:
    """Yield blocks of silence without end, a new array each."""
    return (np.zeros(BLOCK_SAMPLES, np.int16) for _ in repeat(None))

"""A stretch of network that takes time: passes frames between two interfaces, each so much later.

    python -m tests.support.delay ONE OTHER MILLISECONDS

Runs in the interfaces' namespace until it is terminated; says "ready" once it passes frames. (The
kernel's netem, which can do so, is not everywhere.)
"""

import asyncio
import sys
from contextlib import suppress

from tests.support.weather import Interface


async def main(one: str, other: str, milliseconds: float) -> None:
    """Pass frames, both ways."""
    loop = asyncio.get_running_loop()
    ends = Interface(one), Interface(other)

    def pass_on(here: Interface, there: Interface) -> None:
        frame = here.read()
        if frame is not None:
            loop.call_later(milliseconds / 1000, send, there, frame)

    for here, there in (ends, ends[::-1]):
        loop.add_reader(here, pass_on, here, there)
    print("ready", flush=True)
    await loop.create_future()


def send(interface: Interface, frame: bytes) -> None:
    """Send it, or lose it where it is longer than the interface takes."""
    with suppress(OSError):
        interface.write(frame)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))

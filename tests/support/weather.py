"""A stretch of network with weather: passes frames between two interfaces, some late, some never.

    python -m tests.support.weather FROM TO MILLISECONDS PERCENT

UDP over IPv4 that comes in FROM is lost by chance, or leaves TO later by a time of its own, up to
so many milliseconds: so packets overtake each other. All else passes at once, in both directions.
Runs in the interfaces' namespace until it is terminated; says "ready" once it passes frames. (The
kernel's netem, which can do so, is not everywhere.)
"""

import asyncio
import random
import socket
import sys

ETH_P_ALL = 3
SOL_PACKET, PACKET_VNET_HDR = 263, 15  # linux/if_packet.h
VNET_HEADER = 10
"""Bytes before each frame (linux/virtio_net.h), by which one may be as large as segmentation
offload makes it, its checksum not yet there."""

LARGEST = 70_000


class Interface:
    """One end: frames as they come, with their headers."""

    def __init__(self, name: str) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self._socket.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        self._socket.bind((name, ETH_P_ALL))
        self._socket.setblocking(False)

    def fileno(self) -> int:
        return self._socket.fileno()

    def read(self) -> bytes | None:
        """The next frame; None for one that this program has sent itself."""
        frame, (_, _, kind, _, _) = self._socket.recvfrom(LARGEST)
        return None if kind == socket.PACKET_OUTGOING else frame

    def write(self, frame: bytes) -> None:
        self._socket.send(frame)


def is_udp(frame: bytes) -> bool:
    ethernet = frame[VNET_HEADER:]
    return ethernet[12:14] == b"\x08\x00" and ethernet[23] == socket.IPPROTO_UDP


async def main(come: str, go: str, milliseconds: float, percent: float) -> None:
    loop = asyncio.get_running_loop()
    inside, outside = Interface(come), Interface(go)

    def there() -> None:
        frame = inside.read()
        if frame is None:
            return
        if not is_udp(frame):
            outside.write(frame)
        elif random.random() * 100 >= percent:
            loop.call_later(random.random() * milliseconds / 1000, outside.write, frame)

    def back() -> None:
        frame = outside.read()
        if frame is not None:
            inside.write(frame)

    loop.add_reader(inside, there)
    loop.add_reader(outside, back)
    print("ready", flush=True)
    await loop.create_future()


if __name__ == "__main__":
    random.seed(5)
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])))

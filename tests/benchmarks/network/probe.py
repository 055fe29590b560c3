"""Datagrams whose times are known at both ends: what the relay's own error is measured by.

    python -m tests.benchmarks.network.probe take ADDRESS PORT COUNT
    python -m tests.benchmarks.network.probe give ADDRESS PORT COUNT

`take` says "ready", and at the end a line for each datagram that came: its number, and the time of
day in nanoseconds at which the kernel had it. `give` prints such lines of when it gave each.
"""

import random
import socket
import struct
import sys
import time

SIZE = 1200
"""Bytes of an IP packet, of which the headers of IP and UDP take 28."""

RATE = 1_600_000
"""Bits a second, on the average: intervals are exponential, so some wait for those before them."""

SO_TIMESTAMPNS = 35  # asm-generic/socket.h
TIMESPEC = struct.Struct("@ll")

QUIET_SECONDS = 2.0
"""After which no more is coming."""


def take(address: str, port: int, count: int) -> None:
    """Receive them."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        receiver.bind((address, port))
        print("ready", flush=True)
        lines: list[str] = []
        receiver.settimeout(30.0)
        while len(lines) < count:
            try:
                data, [(_, _, stamp)], _, _ = receiver.recvmsg(SIZE, socket.CMSG_SPACE(16))
            except TimeoutError:
                break
            receiver.settimeout(QUIET_SECONDS)
            seconds, nanoseconds = TIMESPEC.unpack(stamp[: TIMESPEC.size])
            lines.append(f"{int.from_bytes(data[:4])} {seconds * 10**9 + nanoseconds}")
        print("\n".join(lines))


def give(address: str, port: int, count: int) -> None:
    """Send them."""
    chance = random.Random(1)
    lines = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect((address, port))
        sender.send(bytes(4))  # the neighbour's address is asked for with the first
        time.sleep(0.5)
        due = time.monotonic()
        for number in range(1, count + 1):
            due += chance.expovariate(RATE / (8 * SIZE))
            time.sleep(max(0.0, due - time.monotonic()))
            lines.append(f"{number} {time.time_ns()}")
            sender.send(number.to_bytes(4) + bytes(SIZE - 28 - 4))
    print("\n".join(lines))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["take", address, port, count]:
            take(address, int(port), int(count))
        case ["give", address, port, count]:
            give(address, int(port), int(count))
        case _:
            sys.exit(__doc__)

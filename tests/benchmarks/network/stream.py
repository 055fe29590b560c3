"""A TCP stream that takes what it gets, as a download beside a call does.

    python -m tests.benchmarks.network.stream take ADDRESS PORT
    python -m tests.benchmarks.network.stream give ADDRESS PORT AFTER SECONDS

`take` listens for one stream, says "ready", reads it to its end and ends. `give` connects after so
many seconds and writes for so long, as fast as the other side and CUBIC (RFC 9438) let it; what is
in the kernel's buffer then is not sent any more, as of a download that is broken off.
"""

import socket
import struct
import sys
import time

PIECE = bytes(16_384)


def take(address: str, port: int) -> None:
    """Read a stream."""
    with socket.create_server((address, port)) as server:
        print("ready", flush=True)
        stream, _ = server.accept()
        with stream:
            try:
                while stream.recv(2**18):
                    pass
            except ConnectionResetError:
                return


def give(address: str, port: int, after: float, seconds: float) -> None:
    """Write one."""
    time.sleep(after)
    end = time.monotonic() + seconds
    with socket.create_connection((address, port)) as stream:
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
        # What is not sent at the end is not sent at all (socket(7), SO_LINGER of zero seconds).
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stream.settimeout(0.1)
        while time.monotonic() < end:
            try:
                stream.send(PIECE)
            except TimeoutError:
                continue


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["take", address, port]:
            take(address, int(port))
        case ["give", address, port, after, seconds]:
            give(address, int(port), float(after), float(seconds))
        case _:
            sys.exit(__doc__)

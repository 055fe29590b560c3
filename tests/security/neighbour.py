"""The malicious neighbour: sends datagrams to a daemon's UDP ports.

    python -m tests.security.neighbour --help

It knows nothing of a call but the ports, which a scan or an offer tells. It sends at a bounded rate
for a bounded time, and only what a seed determines.
"""

import argparse
import json
import signal
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from random import Random

from tests.security.datagrams import KINDS

RATE = 2_000.0
"""Datagrams a second at most."""

TICK = 0.01
"""Seconds between two bursts."""

HUGE_SHARE = 100
"""One of so many datagrams may be huge: the rest would be a flood of the network by bytes."""

FORGEABLE = 1_400
"""Bytes of the largest datagram with a forged source: the kernel does not split it."""

Send = Callable[[bytes, tuple[str, int]], object]


class Neighbour:
    """Sends from a port of its own, or in another's name."""

    def __init__(self, seed: int, forged: tuple[str, int] | None = None) -> None:
        """`forged` is the source that its datagrams bear (needs CAP_NET_RAW); None: its own."""
        self._chance = Random(seed)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._send: Send = self._socket.sendto
        if forged:
            self._socket.close()
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
            self._forged = forged
            self._send = self._forge

    def close(self) -> None:
        """Send no more."""
        self._socket.close()

    def repeat(
        self, make: Callable[[Random], bytes], times: int, targets: Sequence[tuple[str, int]]
    ) -> int:
        """Send so many of one kind to each target, no faster than RATE; returns how many."""
        sent = 0
        for sent, _ in enumerate(_paced(RATE), 1):
            self._emit(make(self._chance), targets[sent % len(targets)])
            if sent >= times * len(targets):
                break
        return sent

    def mixture(
        self, kinds: Sequence[str], seconds: float, rate: float, targets: Sequence[tuple[str, int]]
    ) -> Counter[str]:
        """Send of all kinds for a time; returns how many of each were sent."""
        sent: Counter[str] = Counter()
        end = time.monotonic() + seconds
        for _ in _paced(min(rate, RATE)):
            if time.monotonic() >= end:
                break
            kind = self._chance.choice(kinds)
            if kind == "huge" and self._chance.randrange(HUGE_SHARE // len(kinds) or 1):
                kind = "random"
            self._emit(KINDS[kind](self._chance), self._chance.choice(targets))
            sent[kind] += 1
        return sent

    def _emit(self, data: bytes, target: tuple[str, int]) -> None:
        with suppress(OSError):  # a port that is closed already, a buffer that is full
            self._send(data, target)

    def _forge(self, data: bytes, target: tuple[str, int]) -> None:
        data = data[:FORGEABLE]
        (host, port), (forged_host, forged_port) = target, self._forged
        udp = struct.pack("!HHHH", forged_port, port, 8 + len(data), 0) + data
        # The kernel fills in the length, the identification and the checksum (raw(7)).
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0)
        addresses = socket.inet_aton(forged_host) + socket.inet_aton(host)
        self._socket.sendto(ip + addresses + udp, (host, 0))


def _paced(rate: float) -> Iterator[None]:
    """Yield so often a second, in bursts."""
    start, count = time.monotonic(), 0
    while True:
        due = (time.monotonic() - start) * rate
        while count < due:
            count += 1
            yield
        time.sleep(TICK)


class Sending:
    """A neighbour as a process of its own, so that its work is not the measuring program's."""

    def __init__(self, host: str, ports: Sequence[int], **options: float | str) -> None:
        arguments = [f"--{name}={value}" for name, value in options.items()]
        self._process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name, host, *map(str, ports), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )

    def wait(self) -> Counter[str]:
        """Wait until it is done; returns how many of each kind it has sent."""
        output, _ = self._process.communicate()
        return Counter(json.loads(output))

    def kill(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


@contextmanager
def sending(host: str, ports: Sequence[int], **options: float | str) -> Iterator[Sending]:
    """A neighbour that is ended when this is left."""
    process = Sending(host, ports, **options)
    try:
        yield process
    finally:
        process.kill()


def main() -> None:
    """Send, and print how many of each kind were sent."""
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("host", help="whom to send to")
    parser.add_argument("ports", type=int, nargs="+", help="at which UDP ports")
    parser.add_argument("--kinds", default=",".join(KINDS), help="of datagrams")
    parser.add_argument("--rate", type=float, default=RATE, help="datagrams a second")
    parser.add_argument("--seconds", type=float, default=10, help="for how long")
    parser.add_argument("--seed", type=int, default=1, help="of chance")
    parser.add_argument("--forged", default="", help="HOST:PORT that the datagrams bear")
    options = parser.parse_args()
    host, _, port = options.forged.rpartition(":")
    neighbour = Neighbour(options.seed, (host, int(port)) if port else None)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    targets = [(options.host, each) for each in options.ports]
    kinds = options.kinds.split(",")
    print(json.dumps(neighbour.mixture(kinds, options.seconds, options.rate, targets)))


if __name__ == "__main__":
    main()

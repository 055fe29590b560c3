"""A network namespace with a house in it: the daemon's address, and hosts that never answer.

Everything of a recipe runs in one namespace: the daemon, the innocent phone, the attackers. TCP
attackers take addresses of their own out of 127.0.0.0/8. Needs root, iproute2 and util-linux.
"""

import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HOUSE = "10.77.0.1"
"""The address of the daemon, and of whoever sends datagrams to it."""

VICTIM = "10.77.0.200"
"""A host of the house that never answers; what is sent to it can be counted."""

_MARK = "HOMECALL_SECURITY_NAMESPACE"
_LINK, _FAR_END = "house", "cable"
_ALL_PROTOCOLS = 3  # linux/if_ether.h, ETH_P_ALL
_IPV4, _UDP = 0x0800, 17


def isolate() -> None:
    """Run this program again in a network namespace of its own, unless it is in one already.

    Returns there, with the house laid out; one that is ended there leaves no daemon behind.
    """
    if os.environ.get(_MARK) != str(os.getpid()):  # exec keeps the process's number
        os.environ[_MARK] = str(os.getpid())
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.orig_argv[1:]])  # noqa: S606
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and leave what was entered
    lay()


def lay() -> None:
    """Lay out the house in the namespace of this process."""
    for words in (
        "link set lo up",
        f"link add {_LINK} type veth peer name {_FAR_END}",
        f"link set {_LINK} addrgenmode none up",
        f"link set {_FAR_END} addrgenmode none up",
        f"address add {HOUSE}/24 dev {_LINK}",
        f"route add default dev {_LINK}",
        f"neigh replace {VICTIM} lladdr 02:00:00:00:00:02 dev {_LINK} nud permanent",
    ):
        subprocess.run(["ip", *words.split()], check=True)


@dataclass(frozen=True)
class Datagram:
    """A UDP datagram that left the house."""

    host: str
    port: int
    data: bytes


class Sniffer:
    """Sees every datagram that the daemon sends to other hosts of the house."""

    def __init__(self) -> None:
        self._socket = socket.socket(
            socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL_PROTOCOLS)
        )
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self._socket.bind((_FAR_END, _ALL_PROTOCOLS))
        self._socket.setblocking(False)

    def datagrams(self) -> list[Datagram]:
        """Return those that have left since this was last asked."""
        return list(self._datagrams())

    def close(self) -> None:
        """See no more."""
        self._socket.close()

    def _datagrams(self) -> Iterator[Datagram]:
        while True:
            try:
                packet, where = self._socket.recvfrom(65535)
            except BlockingIOError:
                return
            if where[1] != _IPV4 or len(packet) < 28 or packet[9] != _UDP:
                continue
            start = (packet[0] & 15) * 4
            (port,) = struct.unpack_from("!H", packet, start + 2)
            yield Datagram(socket.inet_ntoa(packet[16:20]), port, packet[start + 8 :])


@contextmanager
def sniffing() -> Iterator[Sniffer]:
    """A sniffer."""
    sniffer = Sniffer()
    try:
        yield sniffer
    finally:
        sniffer.close()


@contextmanager
def udp_listener() -> Iterator[socket.socket]:
    """A UDP service on the loopback, which is nobody's business but this machine's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        yield listener


def pending(listener: socket.socket) -> int:
    """Return how many datagrams wait in a socket, and take them."""
    count = 0
    while True:
        try:
            listener.recv(2048)
        except BlockingIOError:
            return count
        count += 1


def udp_ports(pid: int) -> list[int]:
    """The UDP ports at the house's address that a process has open, as a scan would find them."""
    descriptors = Path(f"/proc/{pid}/fd").iterdir()
    inodes = {_target(each).removeprefix("socket:[").removesuffix("]") for each in descriptors}
    lines = Path("/proc/net/udp").read_text("ascii").splitlines()[1:]
    wanted = f"{int.from_bytes(socket.inet_aton(HOUSE), 'little'):08X}"
    ports = set()
    for line in lines:
        fields = line.split()
        address, port = fields[1].split(":")
        if address == wanted and fields[9] in inodes:
            ports.add(int(port, 16))
    return sorted(ports)


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except OSError:  # it was closed meanwhile
        return ""

"""Whether ports are free, and who has them (proc(5))."""

import errno
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from homecall_appliance.doctor.facts import Port
from homecall_appliance.service.holders import described, holders

_LISTENING = "0A"  # TCP_LISTEN in linux/include/net/tcp_states.h


@dataclass(frozen=True)
class _Listener:
    port: int
    uid: int
    inode: int


def look_at(
    address: str, number: int, pid: int | None, uid: int | None, proc: Path = Path("/proc")
) -> Port:
    """Try a port without listening on it: nobody notices. `pid` and `uid` are the running
    appliance's."""
    listeners = [each for each in _listeners(proc) if each.port == number]
    code = _bind(address, number)
    if code == 0 or (code in (errno.EACCES, errno.EPERM) and not listeners):
        return Port(number, "forbidden" if code else "free")
    if code == errno.EADDRNOTAVAIL:
        return Port(number, "no address")
    if code not in (errno.EADDRINUSE, errno.EACCES, errno.EPERM):
        return Port(number, "failed", reason=os.strerror(code))
    owners = [holders(f"socket:[{each.inode}]", proc) for each in listeners]
    ours = any(
        pid in pids if pids else each.uid == uid
        for each, pids in zip(listeners, owners, strict=True)
        if uid is not None
    )
    known = sorted({pid for pids in owners for pid in pids})
    return Port(number, "taken", ours, described(known[0], proc) if known else "")


def _bind(address: str, number: int) -> int:
    """The error of binding to a port as the appliance does, or 0."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if address == "::":
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            probe.bind((address, number))
    except OSError as error:
        if address == "::" and error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
            return _bind("0.0.0.0", number)  # noqa: S104 - a machine without IPv6
        return error.errno or errno.EIO
    return 0


def _listeners(proc: Path) -> Iterator[_Listener]:
    for table in ("tcp", "tcp6"):
        try:
            rows = (proc / "net" / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == _LISTENING:
                port = int(fields[1].rpartition(":")[2], 16)
                yield _Listener(port, uid=int(fields[7]), inode=int(fields[9]))

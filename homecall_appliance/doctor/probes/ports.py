"""Whether ports are free, and who has them (proc(5))."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from homecall_appliance.doctor.facts import Port

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
    holders = [_holders(each, proc) for each in listeners]
    ours = any(
        pid in pids if pids else each.uid == uid
        for each, pids in zip(listeners, holders, strict=True)
        if uid is not None
    )
    known = sorted({holder for pids in holders for holder in pids})
    return Port(number, "taken", ours, _described(known[0], proc) if known else "")


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


def _holders(listener: _Listener, proc: Path) -> set[int]:
    """The processes that have a socket: two, where systemd opened it. None where that may not be
    known."""
    wanted = f"socket:[{listener.inode}]"
    return {
        int(process.name) for process in proc.glob("[0-9]*") if wanted in _targets(process / "fd")
    }


def _targets(descriptors: Path) -> Iterator[str]:
    try:
        links = list(descriptors.iterdir())
    except OSError:  # it has ended, or is not ours to see
        return
    for each in links:
        with suppress(OSError):
            yield str(each.readlink())


def _described(pid: int, proc: Path) -> str:
    try:
        name = (proc / str(pid) / "comm").read_text().strip()
    except OSError:
        return f"process {pid}"
    return f"{name} (process {pid})"

"""What a confined process can still do: tries it, and writes what came of it to its socket.

    python probe.py KEY [MEASURE-TO-LEAVE-OUT]

As the worker it has the socket as descriptor 0 and its memory as descriptor 1.
"""

import ctypes
import json
import mmap
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from homecall_appliance.decoder import confinement, landlock, seccomp, worker

PTRACE_ATTACH = 16

KEY, *LEFT_OUT = sys.argv[1:]
LIBC = ctypes.CDLL(None, use_errno=True)
PARENT = os.getppid()
assert worker  # imported: what it needs is loaded


def checked(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "")


def fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def write() -> None:
    with Path(KEY).with_name("written").open("wb") as file:
        file.write(b"x")


def more_memory(size: int) -> Callable[[], object]:
    def take() -> None:
        mmap.mmap(-1, size).close()

    return take


ATTEMPTS: dict[str, Callable[[], object]] = {
    "read a file": lambda: Path("/etc/passwd").read_bytes(),
    "read the key": lambda: Path(KEY).read_bytes(),
    "write a file": write,
    "list a folder": lambda: os.listdir("/"),  # noqa: PTH208
    "read the memory of the daemon": lambda: os.open(f"/proc/{PARENT}/mem", os.O_RDONLY),
    "attach to the daemon": lambda: checked(LIBC.ptrace(PTRACE_ATTACH, PARENT, None, None)),
    "signal the daemon": lambda: os.kill(PARENT, signal.SIGCONT),
    "open a TCP socket": lambda: socket.socket().connect(("127.0.0.1", 9)),
    "open a UDP socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(
        b"x", ("127.0.0.1", 9)
    ),
    "start a program": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606
    "fork": fork,
    "start a thread": threading.Thread(target=int).start,
    "take more memory than it may": more_memory(2 * confinement.HEADROOM),
    "take back its limit": lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)),
    "make another descriptor": lambda: os.dup(0),
    "take memory": more_memory(1 << 20),
}


def outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except (OSError, MemoryError, RuntimeError, ValueError) as error:
        return type(error).__name__
    return "done"


def main() -> None:
    connection = socket.socket(fileno=os.dup(0))
    if "Landlock" in LEFT_OUT:
        vars(landlock)["forbid_all"] = lambda: False
    if "seccomp" in LEFT_OUT:
        vars(seccomp)["only"] = lambda _names: lambda: False
    left = confinement.confine()
    outcomes = {name: outcome(attempt) for name, attempt in ATTEMPTS.items()}
    connection.sendall(json.dumps({"left": left, "outcomes": outcomes}).encode())
    os._exit(0)


if __name__ == "__main__":
    main()

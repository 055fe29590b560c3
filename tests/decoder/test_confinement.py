"""Whoever takes over the process that decodes has nothing there."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from homecall_appliance.decoder import confinement
from homecall_appliance.decoder.process import DecoderProcess
from homecall_appliance.service import child
from tests.support.film import SCREEN, film

PROBE = Path(__file__).with_name("probe.py")


def tried(folder: Path, *left_out: str) -> Any:
    """What the probe says of itself."""
    key = folder / "ca.key"
    key.write_bytes(b"secret")
    ours, theirs = socket.socketpair()
    with ours, theirs, (folder / "memory").open("wb") as memory:
        process = subprocess.Popen(
            [sys.executable, str(PROBE), str(key), *left_out],
            stdin=theirs.fileno(),
            stdout=memory,
            env=child.bare_environment(),
        )
        theirs.close()
        said = b"".join(iter(lambda: ours.recv(65_536), b""))
        assert process.wait(10) == 0
    assert not (folder / "written").exists()
    return json.loads(said)


def test_nothing_works_but_to_take_some_memory(tmp_path: Path) -> None:
    said = tried(tmp_path)
    assert said["left"] == [*confinement.lacking()]
    outcomes = said["outcomes"]
    assert outcomes.pop("take memory") == "done"
    assert "done" not in outcomes.values(), outcomes


FILES = {
    "read a file",
    "read the key",
    "write a file",
    "list a folder",
    "read the memory of the daemon",
    "start a program",
}


@pytest.mark.apt
@pytest.mark.parametrize("left_out", ["Landlock", "seccomp"])
def test_where_the_kernel_lacks_one_the_other_holds(tmp_path: Path, left_out: str) -> None:
    said = tried(tmp_path, left_out)
    assert said["left"] == [*{*confinement.lacking(), left_out}]
    failed = {name for name, outcome in said["outcomes"].items() if outcome != "done"}
    assert failed >= FILES | {"take more memory than it may", "make another descriptor"}


@pytest.mark.apt
async def test_what_the_process_is_when_it_decodes() -> None:
    process = DecoderProcess.start(SCREEN)
    try:
        assert await process.ready() == confinement.lacking()
        process.decode(film("h264", 1)[0])
        await process.reply()
        proc = Path(f"/proc/{process.pid}")
        status = dict(line.split(":\t") for line in (proc / "status").read_text().splitlines())
        assert (status["Threads"], status["NoNewPrivs"], status["Seccomp"]) == ("1", "1", "2")
        assert {int(status[f"Cap{each}"], 16) for each in ("Inh", "Prm", "Eff", "Amb")} == {0}
        assert (proc / "oom_score_adj").read_text().strip() == "1000"
        opened = sorted(str(each.readlink()) for each in (proc / "fd").iterdir())
        assert [each.partition(":")[0] for each in opened] == ["/memfd", "socket"]
        variables = (proc / "environ").read_bytes().split(b"\0")
        names = {each.partition(b"=")[0].decode() for each in variables if each}
        assert names <= {
            "LD_LIBRARY_PATH",
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "PYTHONPATH",
        }
    finally:
        await process.end()


def test_it_ends_with_the_daemon() -> None:
    """Stopped or not."""
    program = """
import asyncio, os, signal
from tests.support.film import SCREEN
from homecall_appliance.decoder.process import DecoderProcess
async def main():
    for _ in range(2):
        process = DecoderProcess.start(SCREEN)
        await process.ready()
        print(process.pid, flush=True)
    os.kill(process.pid, signal.SIGSTOP)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    repository = str(Path(__file__).parents[2])
    environment = {**child.environment(), "PYTHONPATH": os.pathsep.join([repository, *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, check=False
    )
    pids = list(map(int, done.stdout.split()))
    assert len(pids) == 2
    late = time.monotonic() + 5
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < late
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False

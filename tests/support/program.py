"""Programs of an owner's, for tests, and what becomes of their processes."""

import asyncio
from pathlib import Path


def program(folder: Path, script: str, mode: int = 0o755) -> str:
    """Write a program of the shell that works in its folder; return its path."""
    path = folder / "program"
    path.write_text(f'#!/bin/sh\ncd "$(dirname "$0")"\n{script}\n')
    path.chmod(mode)
    return str(path)


def said(folder: Path) -> list[str]:
    """The lines that it has written to the file "said"."""
    path = folder / "said"
    return path.read_text().splitlines() if path.exists() else []


async def started(folder: Path, lines: int = 1) -> list[int]:
    """Wait for so many process ids there."""
    while len(said(folder)) < lines:  # noqa: ASYNC110 - files and processes set no event
        await asyncio.sleep(0.01)
    return [int(each) for each in said(folder)]


def runs(pid: int) -> bool:
    """Whether there is such a process, and more of it than its status."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def gone(pid: int) -> None:
    """Wait until it does not run."""
    while runs(pid):  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def children() -> list[str]:
    """The processes that this one has started and not waited for."""
    mine = Path("/proc/self/task").glob("*/children")
    return [pid for each in mine for pid in each.read_text().split()]


def open_files() -> int:
    """How many descriptors this process has."""
    return len([*Path("/proc/self/fd").iterdir()])

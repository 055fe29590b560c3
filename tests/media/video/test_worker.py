"""The camera's process, as the daemon starts it."""

import asyncio
from asyncio.subprocess import PIPE
from pathlib import Path

from homecall_appliance.config.model import Camera
from homecall_appliance.media.video.ipc import (
    HEADER_BYTES,
    READY,
    Header,
    Problem,
    Wish,
    dump_camera,
    dump_wish,
)
from homecall_appliance.service import child


async def test_it_ends_without_a_noise_when_its_camera_is_lost(tmp_path: Path) -> None:
    worker = await asyncio.create_subprocess_exec(
        *child.command("homecall_appliance.media.video.worker"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=child.environment(),
    )
    assert worker.stdin
    assert worker.stdout
    assert worker.stderr
    assert await worker.stdout.readexactly(len(READY)) == READY
    missing = Camera(backend="file", device=str(tmp_path / "missing"))
    worker.stdin.write(dump_camera(missing) + dump_wish(Wish(500_000, {"h264": 0})))
    header = Header.parse(await worker.stdout.readexactly(HEADER_BYTES))
    assert isinstance(header.open(await worker.stdout.readexactly(header.length)), Problem)
    # Nobody has closed its input: it still waits for orders.
    assert (await worker.wait(), await worker.stderr.read()) == (0, b"")

"""Our own port, seen from outside: it deals with connections, or it does not."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from homecall_appliance.web.probe import answers
from homecall_appliance.web.server import listen
from tests.support.limits import guard_limits
from tests.support.ports_world import open_ports


async def test_a_server_that_works_answers(tmp_path: Path) -> None:
    async with open_ports(tmp_path) as ports:
        assert await answers("127.0.0.1", ports.https)


async def test_a_server_that_turns_everybody_away_answers(tmp_path: Path) -> None:
    async with open_ports(tmp_path, guard=guard_limits(connections=0)) as ports:
        assert await answers("127.0.0.1", ports.https)


async def test_a_port_that_nobody_listens_on_does_not() -> None:
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    listener.close()
    assert not await answers("127.0.0.1", port)


@pytest.mark.parametrize("address", ["::", "0.0.0.0", "::1", "127.0.0.1"])  # noqa: S104
async def test_a_server_that_stands_still_leaves_it_waiting(address: str) -> None:
    listener = listen(address, 0)
    with contextlib.closing(listener), pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await answers(*listener.getsockname()[:2])

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from ports_world import Ports, open_ports


@pytest.fixture
async def ports(tmp_path: Path) -> AsyncIterator[Ports]:
    """Both ports, with a short reconnect grace."""
    async with open_ports(tmp_path) as ports:
        yield ports

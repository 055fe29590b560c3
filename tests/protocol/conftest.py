from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.limits import hub_limits
from tests.support.ports_world import Ports, open_ports


@pytest.fixture
async def ports(tmp_path: Path) -> AsyncIterator[Ports]:
    """Both ports, with the limits that a session has by default."""
    async with open_ports(tmp_path, hub=hub_limits()) as ports:
        yield ports

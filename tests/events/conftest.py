"""A broker for the tests that want a real one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.rigs.mosquitto import Broker


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    made = Broker(tmp_path)
    try:
        yield await made.start()
    finally:
        made.stop()

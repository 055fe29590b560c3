"""What all tests of the media have in common."""

from collections.abc import Iterator

import pytest

from homecall_appliance.media.webrtc import aiortc_compat


@pytest.fixture(autouse=True)
def _aiortc_is_not_looked_at_yet() -> Iterator[None]:
    """What is looked at once in each process is looked at once in each test."""
    aiortc_compat.problem.cache_clear()
    yield
    aiortc_compat.problem.cache_clear()

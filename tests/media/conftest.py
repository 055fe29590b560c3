"""What all tests of the media have in common."""

import pytest

from homecall_appliance.media.webrtc import aiortc_compat


@pytest.fixture(autouse=True)
def _nothing_is_said_yet() -> None:
    """What is said once for each process is said once for each test."""
    aiortc_compat._say_once.cache_clear()

"""What is said into a phone is heard in the room, and the other way round, and how much later."""

import pytest

from tests.support.conversation import conversation
from tests.support.scenario import AT_END, idle, until

pytestmark = [pytest.mark.long, pytest.mark.e2e, pytest.mark.rig, pytest.mark.timeout(120)]

TOO_LATE = 1.0
"""Seconds: this machine may be busy. What is wanted is measured by a benchmark."""


async def test_each_hears_the_other() -> None:
    async with conversation() as talk:
        room, phone = await talk.delays()
        print(f"from the phone to the room {1000 * room:.0f} ms, back {1000 * phone:.0f} ms")
        assert 0 < room < TOO_LATE
        assert 0 < phone < TOO_LATE
        await talk.phone.click("#hangup")
        await talk.phone.wait_for(AT_END)
        await until(talk.appliance, idle)

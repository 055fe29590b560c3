"""The hook key of a speakerphone, which is pulled out and plugged in again."""

import pytest

from tests.computer.installed.service import Service
from tests.computer.installed.speakers import NAME, Speakerphone, speakerphone
from tests.computer.installed.visits import HUNG_UP, LIVE, over, ring
from tests.computer.screens import SECONDS
from tests.support.browsers.phone import Phone
from tests.support.rigs.qemu.computer import Computer
from tests.support.scenario import flowing, until

# The package, and what the computer boots from, are built the first time.
pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.rig,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(900),
]


async def test_the_hook_key_of_a_speakerphone_that_comes_and_goes(
    computer: Computer, appliance: Service, phone: Phone
) -> None:
    with speakerphone(computer, 1) as first:
        await works(appliance, phone, first, 1)
        with speakerphone(computer, 2) as second:
            assert second.node != first.node
            first.pull_out()
            await appliance.says(f"The input device {first.node} is let go.")
            await works(appliance, phone, second, 2)
            with speakerphone(computer, 3) as third:
                assert third.node == first.node
                await works(appliance, phone, third, 3)
            await appliance.says(f"The input device {third.node} is let go.", times=2)


async def works(appliance: Service, phone: Phone, speaker: Speakerphone, times: int) -> None:
    """Answer a visitor by it, mute, and hang up; `times` it was done then."""
    found = f"The keys of {NAME} are read ({speaker.node})."
    await appliance.says(found, times=2 if times == 3 else 1)
    await ring(appliance, phone)
    speaker.press("KEY_PHONE")
    await phone.wait_for(LIVE, within=SECONDS)
    await until(appliance, flowing, SECONDS)
    speaker.press("KEY_MICMUTE")
    await until(appliance, lambda status: bool(status["audio"]["muted"]), SECONDS)
    speaker.press("KEY_PHONE")
    assert await over(appliance, phone) == HUNG_UP
    for action in ("answer", "hangup"):
        await appliance.says(f"KEY_PHONE was pressed: {action}.", times)

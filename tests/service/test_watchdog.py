"""The watchdog is fed as long as everything is well, and no longer."""

import asyncio
from contextlib import suppress

import pytest

from homecall_appliance.service.watchdog import BEATS, Watchdog

INTERVAL = 0.06


class Part:
    """A part of the appliance: well, ill, or hung."""

    def __init__(self) -> None:
        self.complaint: str | None = None
        self.hangs = False

    async def check(self) -> str | None:
        if self.hangs:
            await asyncio.Event().wait()
        return self.complaint


async def beats(part: Part, seconds: float) -> int:
    """Return how often it is fed in that time."""
    fed = 0

    def feed() -> None:
        nonlocal fed
        fed += 1

    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await Watchdog(INTERVAL, [Part().check, part.check], feed).run()
    return fed


async def test_health_is_told_several_times_within_the_interval() -> None:
    assert await beats(Part(), 10 * INTERVAL) >= BEATS


@pytest.mark.parametrize(("complaint", "hangs"), [("The camera hangs.", False), (None, True)])
async def test_an_ill_part_is_told_once_and_never_fed(
    complaint: str | None, hangs: bool, caplog: pytest.LogCaptureFixture
) -> None:
    part = Part()
    part.complaint, part.hangs = complaint, hangs
    assert await beats(part, 10 * INTERVAL) == 0
    (record,) = caplog.records
    told = complaint or "A look at the health of the appliance takes too long."
    assert record.getMessage() == (
        f"{told} If that stays so, the service manager restarts the appliance."
    )

"""What counts as a reason for a restart, and what does not."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path

import pytest
from ports_world import open_ports

from homecall_appliance.health import Health
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.opus import OpusDecoder
from homecall_appliance.media.audio.silence import Silence
from homecall_appliance.media.ports import Exchange, SoundFigures
from homecall_appliance.media.sound import SharedAudio
from homecall_appliance.service.notify import Notifier
from homecall_appliance.web.guard import Guard, GuardLimits
from homecall_appliance.web.server import listen

STUCK_AFTER = 0.2


class Hanging:
    """A sound card whose driver never comes back, until it is let go."""

    figures = SoundFigures()

    def __init__(self) -> None:
        self.let_go = threading.Event()

    @contextmanager
    def open(self, _exchange: Exchange) -> Iterator[None]:
        self.let_go.wait()
        yield


def health(
    endpoint: tuple[str, int], guard: Guard, sound: SharedAudio | None = None, calls: int = 0
) -> Health:
    notifier = Notifier({})
    notifier.close()
    return Health(
        notifier,
        endpoint,
        guard,
        sound or SharedAudio(Silence(), Off(), 100),
        lambda: calls,
        probe_timeout=0.3,
        stuck_after=STUCK_AFTER,
    )


@asynccontextmanager
async def knocking(guard: Guard) -> AsyncIterator[None]:
    """Connections come and are dealt with, all the time."""

    async def knock() -> None:
        while True:
            guard.connect("192.0.2.7")
            await asyncio.sleep(0.01)

    flood = asyncio.create_task(knock())
    yield
    flood.cancel()


async def test_a_port_that_works_is_well(tmp_path: Path) -> None:
    async with open_ports(tmp_path) as ports:
        look = health(("127.0.0.1", ports.https), ports.guard)
        assert await look.endpoint_complaint() is None


async def test_a_port_where_nobody_is_let_in_or_served_is_not() -> None:
    guard = Guard(GuardLimits(), time.monotonic)
    with closing(listen("127.0.0.1", 0)) as listener:
        look = health(listener.getsockname(), guard)
        assert await look.endpoint_complaint() == "The HTTPS port does not answer."


async def test_a_flood_in_the_way_is_no_reason_for_a_restart() -> None:
    guard = Guard(GuardLimits(connections=0), time.monotonic)
    with closing(listen("127.0.0.1", 0)) as listener:
        look = health(listener.getsockname(), guard)
        async with knocking(guard):
            assert await look.endpoint_complaint() is None


@pytest.mark.parametrize(("calls", "complaint"), [(0, "The sound card hangs."), (1, None)])
async def test_a_device_that_hangs_is_a_reason_where_there_is_no_call(
    calls: int, complaint: str | None
) -> None:
    device = Hanging()
    sound = SharedAudio(device, Off(), 100)
    supervision = asyncio.create_task(sound.run())
    look = health(("127.0.0.1", 1), Guard(GuardLimits(), time.monotonic), sound, calls)
    with sound.talk(OpusDecoder):
        await asyncio.sleep(0.05)
        assert await look.sound_complaint() is None
        await asyncio.sleep(2 * STUCK_AFTER)
        assert await look.sound_complaint() == complaint
        device.let_go.set()
    await asyncio.sleep(0.05)
    assert await look.sound_complaint() is None
    supervision.cancel()
    with suppress(asyncio.CancelledError):
        await supervision

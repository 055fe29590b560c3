"""What counts as a reason for a restart, and what does not."""

import asyncio
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientTimeout, TCPConnector, web

from homecall_appliance.app.health import Health
from homecall_appliance.certificates.local_ca import LocalAuthority
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.opus import OpusDecoder
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.silence import Silence
from homecall_appliance.media.ports import DeviceStuckError, Exchange, SoundFigures, SoundProblems
from homecall_appliance.network.addresses import Names
from homecall_appliance.service.notify import Notifier
from homecall_appliance.web.guard import Guard
from homecall_appliance.web.proxies import Proxies
from homecall_appliance.web.server import listen, serving
from tests.support.call_world import until
from tests.support.limits import guard_limits
from tests.support.ports_world import open_ports

pytestmark = pytest.mark.slow

STUCK_AFTER = 0.2


class Hanging:
    """A sound card whose driver never comes back, until it is let go."""

    figures = SoundFigures()
    problems = SoundProblems()

    def __init__(self) -> None:
        self.let_go = threading.Event()

    @contextmanager
    def open(self, _exchange: Exchange, *, capture: bool = True) -> Iterator[None]:
        self.let_go.wait()
        yield


class Stuck(Hanging):
    """A sound card that was lost, and whose driver does not let go of it."""

    @contextmanager
    def open(self, _exchange: Exchange, *, capture: bool = True) -> Iterator[None]:
        if not self.let_go.is_set():
            raise DeviceStuckError("It does not let go.")
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
    guard = Guard(guard_limits(), time.monotonic)
    with closing(listen("127.0.0.1", 0)) as listener:
        look = health(listener.getsockname(), guard)
        assert await look.endpoint_complaint() == "The HTTPS port does not answer."


@asynccontextmanager
async def https_port(
    folder: Path, guard: Guard, handler: Callable[[web.Request], Awaitable[web.Response]]
) -> AsyncIterator[tuple[str, int]]:
    """Serve what the probe asks for; a phone asks for a page all the time."""
    names = Names(("localhost",), (ip_address("127.0.0.1"),))
    certificates = LocalAuthority(folder, lambda: names, lambda: datetime.now(UTC))
    trust = ssl.create_default_context(cadata=certificates.authority_pem.decode())
    app, listener = web.Application(), listen("127.0.0.1", 0)
    app.router.add_get("/healthz", handler)
    app.router.add_get("/", handler)
    url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
    async with serving(
        app,
        listener,
        guard=guard,
        proxies=Proxies(),
        request_timeout=5.0,
        context=certificates.context,
        content_security_policy=lambda _: "",
    ):

        async def ask() -> None:
            async with ClientSession(connector=TCPConnector(ssl=trust)) as phone:
                while True:
                    with suppress(TimeoutError):
                        async with phone.get(url, timeout=ClientTimeout(0.05)) as answer:
                            await answer.read()

        phone = asyncio.create_task(ask())
        yield listener.getsockname()[:2]
        phone.cancel()
        await asyncio.wait([phone])


async def test_a_server_whose_handlers_all_hang_is_not_well(tmp_path: Path) -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.get_running_loop().create_future()
        return web.Response()

    guard = Guard(guard_limits(), time.monotonic)
    async with https_port(tmp_path, guard, hang) as endpoint:
        look = health(endpoint, guard)
        for _ in range(2):
            assert await look.endpoint_complaint() == "The HTTPS port does not answer."
        assert guard.connections > 0


async def test_a_server_that_answers_others_is_well(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/healthz":  # the probe's turn does not come
            await asyncio.get_running_loop().create_future()
        return web.Response()

    guard = Guard(guard_limits(), time.monotonic)
    async with https_port(tmp_path, guard, answer) as endpoint:
        assert await health(endpoint, guard).endpoint_complaint() is None


async def test_a_flood_in_the_way_is_no_reason_for_a_restart() -> None:
    guard = Guard(guard_limits(connections=0), time.monotonic)
    with closing(listen("127.0.0.1", 0)) as listener:
        look = health(listener.getsockname(), guard)
        async with knocking(guard):
            assert await look.endpoint_complaint() is None


@pytest.mark.parametrize(("calls", "complaint"), [(0, "The sound card hangs."), (1, None)])
async def test_a_device_that_is_not_let_go_of_is_a_reason_where_there_is_no_call(
    calls: int, complaint: str | None
) -> None:
    sound = SharedAudio(Stuck(), Off(), 100)
    supervision = asyncio.create_task(sound.run())
    look = health(("127.0.0.1", 1), Guard(guard_limits(), time.monotonic), sound, calls)
    with sound.talk(OpusDecoder):
        await until(lambda: sound.problem is not None)
    assert await look.sound_complaint() == complaint, "the next call would have no sound either"
    supervision.cancel()
    await asyncio.gather(supervision, return_exceptions=True)


@pytest.mark.parametrize(("calls", "complaint"), [(0, "The sound card hangs."), (1, None)])
async def test_a_device_that_hangs_is_a_reason_where_there_is_no_call(
    calls: int, complaint: str | None
) -> None:
    device = Hanging()
    sound = SharedAudio(device, Off(), 100)
    supervision = asyncio.create_task(sound.run())
    look = health(("127.0.0.1", 1), Guard(guard_limits(), time.monotonic), sound, calls)
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

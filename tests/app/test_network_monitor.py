"""Link and certificate follow the network and the clock. Here a test says what the kernel would."""

import asyncio
import errno
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path

import pytest

from homecall_appliance.app.network_monitor import CLOCK_JUMP, INTERVAL, LONGEST, NetworkMonitor
from homecall_appliance.certificates.local_ca import LocalAuthority
from homecall_appliance.network.addresses import certificate_names, home_addresses, public_host
from homecall_appliance.network.home_network import HomeNetwork
from homecall_appliance.network.netlink import NetworkChanges
from tests.support.interfaces import Kernel
from tests.support.tls_world import TODAY


class Counted(LocalAuthority):
    """Counts how often it is looked at."""

    looks = 0

    def refresh(self) -> bool:
        self.looks += 1
        return super().refresh()


class House:
    """A machine with a network, a clock and an appliance."""

    def __init__(self, folder: Path, *wanted: str) -> None:
        self.kernel = Kernel(folder)
        self.kernel.add("eth0", "192.168.7.7/24", device=True)
        self.home = self.kernel.home(*wanted)
        self.certificates = Counted(
            folder / "tls",
            lambda: certificate_names(
                public_host("auto", self.home), home_addresses(self.home), hostname=lambda: "pi"
            ),
            lambda: TODAY,
        )
        self.certificates.looks = 0
        self.said: asyncio.Queue[bool] = asyncio.Queue()
        self.waiting = asyncio.Event()
        self.now, self.uptime = 0.0, 0.0
        self.looks = 0
        self.history: list[tuple[str, bool]] = []
        self.monitor = NetworkMonitor(
            "auto",
            self.home,
            self.certificates,
            self._look,
            lambda: self.history.append((self.monitor.host, self.monitor.connected)),
            changes=self._changes,
            now=lambda: self.now + self.uptime,
            uptime=lambda: self.uptime,
        )

    async def within(self, seconds: float) -> bool:
        """See NetworkChanges.within."""
        assert seconds == INTERVAL
        self.waiting.set()
        changed = await self.said.get()
        self.uptime += 0.2 if changed else seconds
        return changed

    async def told(self) -> None:
        """Have the kernel tell of a change, and the appliance do what is to be done."""
        await self._goes_on(changed=True)

    async def passes(self, seconds: float) -> None:
        """Let time pass in which the kernel tells nothing."""
        for _ in range(int(seconds / INTERVAL)):
            await self._goes_on(changed=False)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.monitor.watch())
        await self.waiting.wait()
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def spoil_certificate(self) -> None:
        self.certificates.problem = "Something is wrong."

    async def _goes_on(self, *, changed: bool) -> None:
        self.waiting.clear()
        self.said.put_nowait(changed)
        await self.waiting.wait()

    async def _look(self) -> None:
        self.looks += 1

    @contextmanager
    def _changes(self) -> Iterator[NetworkChanges]:
        yield self


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def renumber(house: House, before: str, after: str) -> None:
    house.kernel.withdraw("eth0", before)
    house.kernel.assign("eth0", after)


async def test_link_and_certificate_follow_what_the_kernel_tells(house: House) -> None:
    async with house.watched():
        renumber(house, "192.168.7.7/24", "192.168.8.8/24")
        await house.told()
        assert house.history == [("192.168.8.8", True)]
        assert ip_address("192.168.8.8") in house.certificates.names.addresses
        house.kernel.add("wlan0", "192.168.9.9/24", device=True, carrier=False)
        await house.told()
        assert len(house.history) == 1
        assert ip_address("192.168.9.9") in house.certificates.names.addresses


async def test_the_network_may_go_and_come_back(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async with house.watched():
        house.kernel.withdraw("eth0", "192.168.7.7/24")
        await house.told()
        house.kernel.add("docker0", "172.17.0.1/16", having=["bridge"])
        await house.told()
        house.kernel.assign("eth0", "192.168.7.7/24")
        await house.told()
    assert [connected for _, connected in house.history] == [False, True]
    assert house.history[-1][0] == "192.168.7.7"
    assert [each.levelname for each in caplog.records] == ["WARNING"]


async def test_what_was_changed_before_the_kernel_was_listened_to_counts(house: House) -> None:
    renumber(house, "192.168.7.7/24", "192.168.8.8/24")
    async with house.watched():
        assert house.history == [("192.168.8.8", True)]


async def test_untold_changes_are_found_within_a_minute_and_not_before(house: House) -> None:
    async with house.watched():
        renumber(house, "192.168.7.7/24", "192.168.8.8/24")
        await house.passes(LONGEST - INTERVAL)
        assert house.history == []
        await house.passes(INTERVAL)
        assert house.history == [("192.168.8.8", True)]


async def test_the_certificate_is_looked_at_each_minute(house: House) -> None:
    async with house.watched():
        before = house.certificates.looks
        await house.passes(10 * LONGEST)
        assert house.certificates.looks - before == 10


async def test_a_certificate_with_a_problem_is_looked_at_every_time(house: House) -> None:
    async with house.watched():
        house.spoil_certificate()
        before = house.certificates.looks
        await house.passes(INTERVAL)
        assert house.certificates.looks - before == 1
        assert house.certificates.problem is None
        assert house.history == [("192.168.7.7", True)], "the screen is told that it is mended"


async def test_a_certificate_that_is_written_need_not_wait_for_the_next_look(house: House) -> None:
    async with house.watched():
        house.spoil_certificate()
        before = house.certificates.looks
        await asyncio.gather(*(house.monitor.refresh_certificate() for _ in range(2)))
        assert house.certificates.looks - before == 2
        assert house.history == [("192.168.7.7", True)]


@pytest.mark.parametrize(("jump", "looks"), [(CLOCK_JUMP - 1, 0), (CLOCK_JUMP + 1, 1), (-1e9, 1)])
async def test_a_clock_that_is_set_right_has_the_certificate_looked_at(
    house: House, jump: float, looks: int
) -> None:
    async with house.watched():
        before = house.certificates.looks
        house.now += jump
        await house.passes(2 * INTERVAL)
        assert house.certificates.looks - before == looks


async def test_offers_are_looked_at_every_time(house: House) -> None:
    """They depend on the screen as well, of which the kernel does not tell."""
    async with house.watched():
        before = house.looks
        await house.passes(3 * INTERVAL)
        assert house.looks - before == 3


async def test_a_wanted_interface_that_is_missing_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(tmp_path, "eth0", "eth7")
    async with house.watched():
        await house.told()
        assert ["names eth7" in each.getMessage() for each in caplog.records] == [True]
        house.kernel.add("eth7", device=True)
        await house.told()
        (house.kernel.sysfs / "eth7").rename(tmp_path / "unplugged")
        await house.told()
        assert ["names eth7" in each.getMessage() for each in caplog.records] == [True, True]


async def test_a_machine_without_a_descriptor_left_keeps_its_link(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: HomeNetwork) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    async with house.watched():
        with monkeypatch.context() as patch:
            patch.setattr(HomeNetwork, "_all", fail)
            await house.told()
        assert house.history == []
        assert len(caplog.records) == 2
        renumber(house, "192.168.7.7/24", "192.168.8.8/24")
        await house.told()
        assert house.history == [("192.168.8.8", True)]

"""How many server certificates a day costs (issue 19, A7): each one makes everybody who clicked
through the browser's warning click again."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from homecall_appliance.certificates.local_ca import LocalAuthority
from homecall_appliance.network.addresses import certificate_names, home_addresses, public_host
from tests.support.interfaces import DEPRECATED, TEMPORARY, Kernel
from tests.support.tls_world import TODAY

HOURS = 24


class Day:
    """A day of an appliance, with four looks at the certificate in each hour."""

    def __init__(self, folder: Path, host: str = "auto") -> None:
        self.kernel = Kernel(folder)
        self.kernel.add("eth0", device=True)
        self.home = self.kernel.home()
        self.host = host
        self.folder = folder
        self.now = TODAY
        self.leaves = 0
        self.links: list[str] = []
        self.told: list[str] = []

    @property
    def link(self) -> str:
        return public_host(self.host, self.home)

    def passes(self, happening: Callable[[int], None]) -> None:
        """Let it pass; something happens at the beginning of each hour."""
        certificates = LocalAuthority(
            self.folder / "tls",
            lambda: certificate_names(self.link, home_addresses(self.home), hostname=lambda: "pi"),
            lambda: self.now,
        )
        for look in range(HOURS * 4):
            if look % 4 == 0:
                happening(look // 4 + 1)
            self.now += timedelta(minutes=15)
            self.leaves += certificates.refresh()
            self.links.append(self.link)
            self.told.append(certificates.problem or "")

    def another_prefix(self, hour: int) -> None:
        """The provider gives another /56: RFC 4862 deprecates what there was, and each new prefix
        gets an address that is stable (RFC 7217) and a temporary one (RFC 8981)."""
        for each in self._global():
            self.kernel.flags[each] |= DEPRECATED
        for each in self._global()[:-4]:
            self.kernel.withdraw(*each)
        self.kernel.assign("eth0", f"2001:db8:0:{hour:x}00::{hour + 0x700:x}/64")
        self.kernel.assign("eth0", f"2001:db8:0:{hour:x}00::{hour + 0xA00:x}/64", flags=TEMPORARY)

    def another_temporary_address(self, hour: int) -> None:
        for each in self._global():
            self.kernel.flags[each] |= self.kernel.flags[each] and DEPRECATED
        self.kernel.assign("eth0", f"2001:db8::{hour + 0xA00:x}/64", flags=TEMPORARY)

    def another_bridge(self, hour: int) -> None:
        self.kernel.add(f"br-{hour}", f"172.{hour + 17}.0.1/16", having=["bridge"])

    def _global(self) -> list[tuple[str, str]]:
        return [each for each in self.kernel.addresses if each[1].startswith("2001:db8:")]


@pytest.fixture
def day(tmp_path: Path) -> Day:
    return Day(tmp_path)


def test_a_link_by_ipv4_costs_none_whatever_the_provider_does(day: Day) -> None:
    day.kernel.assign("eth0", "192.168.1.7/24")
    day.passes(day.another_prefix)
    assert (day.leaves, {*day.links}, {*day.told}) == (0, {"192.168.1.7"}, {""})


def test_containers_cost_none(day: Day) -> None:
    day.kernel.assign("eth0", "192.168.1.7/24")
    day.passes(day.another_bridge)
    assert (day.leaves, {*day.links}) == (0, {"192.168.1.7"})


def test_ipv6_alone_costs_none_where_the_network_has_addresses_of_its_own(day: Day) -> None:
    day.kernel.assign("eth0", "fd00::7/64")
    day.passes(day.another_prefix)
    assert (day.leaves, {*day.links}, {*day.told}) == (0, {"fd00::7"}, {""})


def test_temporary_addresses_cost_none_and_the_link_stays(day: Day) -> None:
    day.kernel.assign("eth0", "2001:db8::7/64")
    day.passes(day.another_temporary_address)
    assert (day.leaves, {*day.links}, {*day.told}) == (0, {"2001:db8::7"}, {""})


def test_ipv6_alone_without_any_address_that_stays(day: Day) -> None:
    """The authority vouches for the /64 that it was made in, and for no other: a new certificate
    would not help, none is made, and the owner is told. The link is another one each time."""
    day.kernel.assign("eth0", "2001:db8::7/64")
    day.passes(day.another_prefix)
    assert day.leaves == 0
    assert len({*day.links}) == HOURS
    assert all("phones refuse its certificate" in each for each in day.told)


def test_a_name_costs_none(tmp_path: Path) -> None:
    day = Day(tmp_path, "door.home.arpa")
    day.passes(day.another_prefix)
    assert (day.leaves, {*day.links}, {*day.told}) == (0, {"door.home.arpa"}, {""})


def test_another_address_of_the_network_itself_costs_one(day: Day) -> None:
    day.kernel.assign("eth0", "192.168.1.7/24")

    def renumbered(hour: int) -> None:
        if hour == 1:
            day.kernel.withdraw("eth0", "192.168.1.7/24")
            day.kernel.assign("eth0", "192.168.1.8/24")

    day.passes(renumbered)
    assert day.leaves == 1

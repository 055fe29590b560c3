"""Which interfaces are the home's, by what the kernel tells of them."""

from pathlib import Path

import pytest

from homecall_appliance.network.interfaces import Interfaces
from tests.support.interfaces import DUMMY, TUNNEL, UP, Kernel


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def home(kernel: Kernel) -> list[str]:
    found = Interfaces(kernel.sysfs)
    return sorted(each.name for each in kernel.sysfs.iterdir() if found.is_home(each.name))


def test_cable_and_wifi_are_the_home(kernel: Kernel) -> None:
    kernel.add("eth0", device=True)
    kernel.add("wlan0", device=True)
    assert home(kernel) == ["eth0", "wlan0"]


def test_a_vpn_is_not_whatever_it_is_called(kernel: Kernel) -> None:
    kernel.add("eth0", device=True)
    kernel.add("work", flags=TUNNEL)
    kernel.add("wwan0", flags=TUNNEL, device=True)
    kernel.add("ztabcdef", having=["tun_flags"])
    assert home(kernel) == ["eth0"]


def test_what_joins_containers_is_not(kernel: Kernel) -> None:
    kernel.add("eth0", device=True)
    kernel.add("docker0", having=["bridge"])
    kernel.add("virbr0", having=["bridge"], below=["vnet0", "veth1"])
    kernel.add("vnet0", having=["tun_flags", "brport"])
    kernel.add("veth1", having=["brport"], paired=True)
    kernel.add("ve-guest", paired=True)
    kernel.add("dummy0", flags=DUMMY)
    assert home(kernel) == ["eth0"]


def test_a_bridge_with_a_cable_is_the_home_also_with_containers_at_it(kernel: Kernel) -> None:
    kernel.add("eth0", device=True, having=["brport"])
    kernel.add("veth1", having=["brport"], paired=True)
    kernel.add("docker0", having=["bridge"], below=["veth1", "eth0"])
    assert home(kernel) == ["docker0", "eth0"]


def test_what_lies_upon_hardware_in_layers_is_the_home(kernel: Kernel) -> None:
    kernel.add("eth0", device=True)
    kernel.add("bond0", below=["eth0"])
    kernel.add("bond0.7", below=["bond0"], paired=True)
    kernel.add("br7", having=["bridge"], below=["bond0.7"])
    kernel.add("ipvl0", flags=DUMMY, below=["eth0"], paired=True)
    kernel.add("a", having=["bridge"], below=["b"])
    kernel.add("b", having=["bridge"], below=["a"])
    assert home(kernel) == ["bond0", "bond0.7", "br7", "eth0", "ipvl0"]


def test_in_a_container_the_end_of_a_cable_is_the_home(kernel: Kernel) -> None:
    kernel.add("eth0", paired=True)
    kernel.add("docker0", having=["bridge"], below=["veth1"])
    kernel.add("veth1", having=["brport"], paired=True)
    kernel.add("wwan0", flags=TUNNEL, device=True)
    assert home(kernel) == ["eth0"]


def test_of_what_the_kernel_does_not_tell_everything_counts(kernel: Kernel) -> None:
    kernel.add("bat0", flags=UP)
    found = Interfaces(kernel.sysfs)
    assert home(kernel) == ["bat0"]
    assert found.is_home("gone")
    assert found.is_up("gone")
    assert found.has_carrier("gone")
    assert not found.exists("gone")


def test_off_and_unplugged(kernel: Kernel) -> None:
    kernel.add("eth0", device=True, flags=UP & ~1)
    (kernel.sysfs / "eth0" / "carrier").unlink()
    kernel.add("eth1", device=True, carrier=False)
    found = Interfaces(kernel.sysfs)
    assert (found.is_up("eth0"), found.has_carrier("eth0")) == (False, True)
    assert (found.is_up("eth1"), found.has_carrier("eth1")) == (True, False)

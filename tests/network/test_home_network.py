"""The addresses of the home, in order of preference, and what becomes of them in a link."""

from pathlib import Path

import pytest

from homecall_appliance.network.addresses import home_addresses, is_connected, public_host
from homecall_appliance.network.home_network import HomeNetwork
from tests.support.interfaces import (
    DEPRECATED,
    FAILED,
    TEMPORARY,
    TENTATIVE,
    TUNNEL,
    UP,
    Kernel,
)


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def found(home: HomeNetwork) -> list[str]:
    return list(map(str, home.addresses()))


def with_containers(kernel: Kernel) -> None:
    kernel.add("docker0", "172.17.0.1/16", having=["bridge"])
    kernel.add("wg0", "10.8.0.2/32", "fd99::2/128", flags=TUNNEL)


def test_addresses_of_containers_and_vpns_do_not_count(kernel: Kernel) -> None:
    with_containers(kernel)
    kernel.add("eth0", "192.168.1.7/24", "fe80::7/64", device=True)
    kernel.sources = ["10.8.0.2", "fd99::2"]
    home = kernel.home()
    assert found(home) == ["192.168.1.7/24", "fe80::7/64"]
    assert home.set_apart() == ["docker0", "wg0"]
    assert public_host("auto", home) == "192.168.1.7"


def test_those_count_that_the_owner_names_and_no_others(kernel: Kernel) -> None:
    with_containers(kernel)
    kernel.add("eth0", "192.168.1.7/24", device=True)
    home = kernel.home("wg0", "eth7")
    assert found(home) == ["10.8.0.2/32", "fd99::2/128"]
    assert public_host("auto", home) == "10.8.0.2"
    assert home.set_apart() == ["docker0", "eth0"]
    assert home.missing() == ["eth7"]
    kernel.add("eth7", "192.168.2.7/24", device=True)
    assert found(home) == ["10.8.0.2/32", "192.168.2.7/24", "fd99::2/128"]
    assert home.missing() == []


@pytest.mark.parametrize("wanted", [(), ("eth0",)])
@pytest.mark.parametrize("containers", [False, True])
def test_without_a_network_there_is_none(
    kernel: Kernel, wanted: tuple[str, ...], containers: bool
) -> None:
    if containers:
        with_containers(kernel)
    home = kernel.home(*wanted)
    assert found(home) == []
    assert public_host("auto", home).endswith((".local", "localhost"))
    assert not is_connected("auto", home)
    assert is_connected("home.example", home)


def test_the_link_is_for_the_interface_of_the_default_route(kernel: Kernel) -> None:
    kernel.add("eth0", "192.168.1.7/24", device=True)
    kernel.add("wlan0", "192.168.2.7/24", "2001:db8::7/64", device=True)
    kernel.sources = ["2001:db8::7"]
    assert public_host("auto", kernel.home()) == "192.168.2.7"


def test_an_unplugged_cable_comes_last_and_a_switched_off_one_never(kernel: Kernel) -> None:
    kernel.add("eth0", "192.168.1.7/24", device=True, carrier=False)
    kernel.add("eth1", "192.168.3.7/24", device=True, flags=UP & ~1)
    assert found(kernel.home()) == ["192.168.1.7/24"]
    kernel.add("wlan0", "192.168.2.7/24", device=True)
    assert found(kernel.home()) == ["192.168.2.7/24", "192.168.1.7/24"]


def test_an_ipv6_address_that_lasts_is_preferred(kernel: Kernel) -> None:
    kernel.add("eth0", device=True)
    kernel.assign("eth0", "2001:db8::bad/64", "fd00::bad/64", flags=TENTATIVE)
    kernel.assign("eth0", "2001:db8::dad/64", flags=FAILED)
    kernel.assign("eth0", "2001:db8::1/64", flags=TEMPORARY)
    kernel.sources = ["2001:db8::1"]
    home = kernel.home()
    assert public_host("auto", home) == "2001:db8::1", "there is no other"
    kernel.assign("eth0", "2001:db8:0:1::7/64", flags=DEPRECATED)
    kernel.assign("eth0", "2001:db8::7/64")
    assert public_host("auto", home) == "2001:db8::7"
    kernel.assign("eth0", "fd00::1/64", flags=DEPRECATED)
    assert public_host("auto", home) == "2001:db8::7"
    kernel.assign("eth0", "fd00::7/64")
    assert public_host("auto", home) == "fd00::7"
    kernel.assign("eth0", "169.254.3.4/16")
    assert public_host("auto", home) == "fd00::7"
    assert found(home) == [
        "fd00::7/64",
        "2001:db8::7/64",
        "fd00::1/64",
        "2001:db8::1/64",
        "2001:db8:0:1::7/64",
        "169.254.3.4/16",
    ]


def test_an_alias_belongs_to_its_interface(kernel: Kernel) -> None:
    kernel.add("docker0", having=["bridge"])
    kernel.assign("docker0:1", "172.17.0.9/16")
    kernel.add("eth0", device=True)
    kernel.assign("eth0:1", "192.168.1.8/24")
    assert found(kernel.home()) == ["192.168.1.8/24"]


def test_a_kernel_without_ipv6(kernel: Kernel) -> None:
    kernel.add("eth0", "192.168.1.7/24", device=True)
    kernel.ipv6 = False
    assert found(kernel.home()) == ["192.168.1.7/24"]


def test_this_machine_is_understood() -> None:
    home = HomeNetwork()
    assert home.best_address() in [None, *home_addresses(home)]
    assert all(not each.is_loopback for each in home_addresses(home))

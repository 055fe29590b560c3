"""The host of links and the names of the certificate."""

import subprocess
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from cryptography import x509

from homecall_appliance.web.addresses import (
    IPAddress,
    Names,
    best_address,
    certificate_names,
    dns_name,
    interface_addresses,
    link_host,
    public_host,
)
from homecall_appliance.web.authority import RELEASED, issue, make_authority
from tests.support.network import APPLIANCE, Machine, home


def _several(*addresses: str) -> list[IPAddress]:
    return [ip_address(each) for each in addresses]


def _names(public: str, hostname: str = "pi", *addresses: str) -> Names:
    return certificate_names(
        public, hostname=lambda: hostname, addresses=lambda: _several(*addresses)
    )


def test_the_automatic_host_is_reached_on_this_machine() -> None:
    host = public_host("auto")
    names = certificate_names(host)
    assert host in names.dns or ip_address(host) in names.addresses


def automatic_host(machine: Machine) -> str:
    program = "from homecall_appliance.web.addresses import public_host; print(public_host('auto'))"
    command = [*machine.prefix, sys.executable, "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def through_a_tunnel(machine: Machine) -> None:
    """As a VPN, or an exit node of Tailscale, takes all that is not at home."""
    machine.ip("tuntap", "add", "mode", "tun", "name", "wg0")
    machine.ip("address", "add", "10.8.0.2/32", "dev", "wg0")
    machine.ip("link", "set", "wg0", "up")
    for half in ("0.0.0.0/1", "128.0.0.0/1"):
        machine.ip("route", "add", half, "dev", "wg0")


@pytest.mark.apt
def test_the_automatic_host_is_none_that_a_tunnel_has() -> None:
    with home() as network, network.host(7) as host:
        assert automatic_host(host) == "10.77.1.7"
        through_a_tunnel(host)
        assert automatic_host(host) == "10.77.1.7"
        host.pull()
        host.ip("address", "flush", "dev", "eth0")
        assert automatic_host(host) == "10.8.0.2"


@pytest.mark.apt
def test_the_automatic_host_is_no_bridges_where_there_is_another() -> None:
    with home() as network:
        through_a_tunnel(network.machine)
        assert automatic_host(network.machine) == APPLIANCE, "its only one is that of a bridge"
        network.machine.ip("link", "add", "eth9", "type", "veth", "peer", "far")
        network.machine.ip("link", "set", "eth9", "up")
        network.machine.ip("address", "add", "192.168.9.2/24", "dev", "eth9")
        assert automatic_host(network.machine) == "192.168.9.2"


@pytest.mark.parametrize(
    ("configured", "host", "in_link"),
    [
        ("Home.Example", "home.example", "home.example"),
        ("дом.рф", "xn--d1aqf.xn--p1ai", "xn--d1aqf.xn--p1ai"),
        ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("2001:DB8::0:7", "2001:db8::7", "[2001:db8::7]"),
        ("[2001:db8::7]", "2001:db8::7", "[2001:db8::7]"),
        ("fe80::1%eth0", "fe80::1", "[fe80::1]"),
        ("my_pi", "my_pi", "my_pi"),
    ],
)
def test_a_configured_host_goes_into_links(configured: str, host: str, in_link: str) -> None:
    assert public_host(configured) == host
    assert link_host(host) == in_link


@pytest.mark.parametrize(
    ("addresses", "best"),
    [
        (["127.0.0.1", "192.0.2.7", "::1", "2001:db8::7"], "192.0.2.7"),
        (["169.254.3.4", "2001:db8::7"], "2001:db8::7"),
        (["169.254.3.4", "fe80::7"], "169.254.3.4"),
        (["192.0.2.9", "192.0.2.7"], "192.0.2.9"),
        (["127.0.0.1", "0.0.0.0", "::", "::1", "fe80::7%eth0"], None),  # noqa: S104
        ([], None),
    ],
)
def test_the_best_address(addresses: list[str], best: str | None) -> None:
    assert best_address(_several(*addresses)) == (ip_address(best) if best else None)


def test_loopback_is_among_the_interfaces() -> None:
    assert IPv4Address("127.0.0.1") in interface_addresses()


def test_the_certificate_names_the_host_and_every_address() -> None:
    names = _names("home.example", "Pi", "192.0.2.7", "fe80::7%eth0", "2001:db8::7", "192.0.2.7")
    assert names.host == "home.example"
    assert names.dns == ("pi", "pi.local", "localhost", "home.example")
    assert names.addresses == (
        IPv4Address("127.0.0.1"),
        IPv4Address("192.0.2.7"),
        IPv6Address("::1"),
        IPv6Address("2001:db8::7"),
        IPv6Address("fe80::7"),
    )


def test_a_public_address_behind_a_router_is_named() -> None:
    assert IPv4Address("203.0.113.5") in _names("203.0.113.5").addresses
    assert IPv6Address("2001:db8::5") in _names("[2001:db8::5]").addresses


def test_a_qualified_host_name_is_named_in_every_form() -> None:
    assert _names("auto.example", "pi.lan").dns == (
        "pi.lan",
        "pi",
        "pi.local",
        "localhost",
        "auto.example",
    )


@pytest.mark.parametrize(
    "hostname",
    ["my_pi", "my pi", "", ".", "-pi", "pi-", "p" * 64, ".".join(["pi"] * 100), "\ud800"],
)
def test_a_host_name_that_no_certificate_can_carry_is_left_out(hostname: str) -> None:
    names = _names(hostname, hostname, "192.0.2.7")
    assert dns_name(hostname) is None
    assert {"localhost"} <= set(names.dns) <= {"localhost", "pi", "pi.local"}
    leaf = issue(make_authority(names, RELEASED), names, RELEASED).certificate
    san = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert tuple(san.get_values_for_type(x509.DNSName)) == names.dns


@pytest.mark.parametrize(
    ("name", "written"),
    [("Малина", "xn--80aaxldj"), ("PI", "pi"), ("pi.", "pi"), ("p" * 63, "p" * 63)],
)
def test_names_are_written_as_the_dns_writes_them(name: str, written: str) -> None:
    assert dns_name(name) == written

"""The host of links and the names of the certificate."""

import socket
import subprocess
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from cryptography import x509

from homecall_appliance.certificates.authority import RELEASED, issue, make_authority
from homecall_appliance.network.addresses import (
    IPAddress,
    Names,
    certificate_names,
    dns_name,
    home_addresses,
    link_host,
    public_host,
)
from homecall_appliance.network.home_network import HomeNetwork
from tests.support.network import Machine, home


def _several(*addresses: str) -> list[IPAddress]:
    return [ip_address(each) for each in addresses]


def _names(public: str, hostname: str = "pi", *addresses: str) -> Names:
    return certificate_names(public, _several(*addresses), hostname=lambda: hostname)


def test_the_automatic_host_is_reached_on_this_machine() -> None:
    home = HomeNetwork()
    host = public_host("auto", home)
    names = certificate_names(host, home_addresses(home))
    assert host in names.dns or ip_address(host) in names.addresses


TOLD = """
import sys
from homecall_appliance.network.addresses import home_addresses, public_host
from homecall_appliance.network.home_network import HomeNetwork

home = HomeNetwork(tuple(sys.argv[1:]))
print(public_host("auto", home), *home_addresses(home), "not", *home.set_apart())
"""


def told(machine: Machine, *wanted: str) -> str:
    """The host in links, the addresses that count, and the interfaces that do not."""
    command = [*machine.prefix, sys.executable, "-c", TOLD, *wanted]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def add_vpn(machine: Machine) -> None:
    """As a VPN, or an exit node of Tailscale, takes all that is not at home."""
    machine.ip("tuntap", "add", "mode", "tun", "name", "wg0")
    machine.ip("address", "add", "10.8.0.2/32", "dev", "wg0")
    machine.ip("link", "set", "wg0", "up")
    for half in ("0.0.0.0/1", "128.0.0.0/1"):
        machine.ip("route", "add", half, "dev", "wg0")


def add_container(machine: Machine) -> None:
    machine.ip("link", "add", "docker0", "type", "bridge")
    machine.ip("link", "add", "veth1", "type", "veth", "peer", "far")
    machine.ip("link", "set", "veth1", "master", "docker0", "up")
    machine.ip("link", "set", "far", "master", "docker0", "up")
    machine.ip("link", "set", "docker0", "up")
    machine.ip("address", "add", "172.17.0.1/16", "dev", "docker0")


@pytest.mark.apt
def test_the_home_is_found_among_the_kernels_own_interfaces() -> None:
    with home() as network, network.host(7) as host:
        assert told(host) == "10.77.1.7 10.77.1.7 not"
        add_vpn(host)
        add_container(host)
        assert told(host) == "10.77.1.7 10.77.1.7 not docker0 wg0"
        assert told(host, "wg0", "gone") == "10.8.0.2 10.8.0.2 not docker0 eth0"
        host.ip("address", "flush", "dev", "eth0")
        assert (
            told(host) == f"{socket.gethostname().partition('.')[0].lower()}.local not docker0 wg0"
        )
        passing = ("2001:db8::8/64", "dev", "eth0", "nodad", "preferred_lft", "0")
        host.ip("address", "add", *passing)
        assert told(host) == "2001:db8::8 2001:db8::8 not docker0 wg0"
        host.ip("address", "add", "2001:db8:0:1::7/64", "dev", "eth0", "nodad")
        lasting = "2001:db8:0:1::7"
        assert told(host) == f"{lasting} {lasting} 2001:db8::8 not docker0 wg0"


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
    assert public_host(configured, HomeNetwork()) == host
    assert link_host(host) == in_link


@pytest.mark.parametrize(
    ("configured", "answered", "host"),
    [
        ("pi.local", None, "pi.local"),
        ("Pi.local", "pi.local", "pi.local"),
        ("pi.local", "Pi-2.local", "pi-2.local"),
        ("auto", "pi-2.local", "pi-2.local"),
        ("auto", None, "pi.local"),
        ("door.local", "pi-2.local", "door.local"),
        ("pi.example.org", "pi-2.local", "pi.example.org"),
        ("192.0.2.7", "pi-2.local", "192.0.2.7"),
    ],
)
def test_links_have_the_name_that_is_answered_for(
    configured: str, answered: str | None, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine that is called "pi" and has no address that a link could carry."""
    monkeypatch.setattr(socket, "gethostname", lambda: "pi")
    home = HomeNetwork(adapters=list, local_name=lambda: answered)
    assert public_host(configured, home) == host


def test_the_certificate_names_the_host_and_every_address_that_lasts() -> None:
    fleeting = ("fe80::7%eth0", "2001:db8::7", "169.254.3.4")
    names = _names("home.example", "Pi", "192.0.2.7", *fleeting, "fd00::7", "192.0.2.7")
    assert names.host == "home.example"
    assert names.dns == ("pi", "pi.local", "localhost", "home.example")
    assert names.addresses == (
        IPv4Address("127.0.0.1"),
        IPv4Address("192.0.2.7"),
        IPv6Address("::1"),
        IPv6Address("fd00::7"),
    )


def test_the_name_that_is_answered_for_is_named() -> None:
    names = certificate_names("192.0.2.7", [], local_name="pi-2.local", hostname=lambda: "pi")
    assert names.dns == ("pi", "pi.local", "pi-2.local", "localhost")


@pytest.mark.parametrize("host", ["2001:db8::7", "169.254.3.4"])
def test_the_certificate_names_the_links_host_although_it_does_not_last(host: str) -> None:
    names = _names(host, "pi", "2001:db8::7", "2001:db8::8", "169.254.3.4")
    assert names.host == ip_address(host)
    assert {*names.addresses} == {*_several("127.0.0.1", "::1", host)}


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

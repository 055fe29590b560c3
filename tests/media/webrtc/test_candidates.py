"""Which candidates are tried: their kind, their address, and how many."""

from ipaddress import ip_address, ip_interface

import pytest

from homecall_appliance.media.webrtc.candidates import (
    MAX_CANDIDATES,
    MAX_NAMES,
    MAX_PORTS,
    RENEWAL,
    Address,
    Candidate,
    CandidateFilter,
    Machine,
    parse,
)

OWN = Machine(
    [
        ip_interface(each)
        for each in ("127.0.0.1/8", "::1/128", "192.0.2.1/24", "10.0.0.1/31", "2001:db8::1/64")
    ]
)


def line(
    host: str = "192.0.2.7", port: object = 54321, kind: str = "host", transport: str = "udp"
) -> str:
    return f"candidate:1 1 {transport} 2122260223 {host} {port} typ {kind}"


def candidate(host: str, port: int = 54321) -> Candidate:
    read = parse(line(host, port))
    assert read is not None
    return read


@pytest.mark.parametrize(
    ("text", "host"),
    [
        (line(), "192.0.2.7"),
        (line(kind="srflx") + " raddr 0.0.0.0 rport 9", "192.0.2.7"),
        (line(kind="relay") + " raddr 0.0.0.0 rport x generation y", "192.0.2.7"),
        (line(transport="UDP"), "192.0.2.7"),
        (line(port=1024), "192.0.2.7"),
        (line(port=65535), "192.0.2.7"),
        (line().removeprefix("candidate:"), "192.0.2.7"),
        (f" {line()} ufrag x network-cost 999 ", "192.0.2.7"),
        (line().replace("typ host", "generation 0 typ host"), "192.0.2.7"),
        (line("2001:db8::7"), "2001:db8::7"),
        (line("2001:DB8:0::7%eth0"), "2001:db8::7"),
        (line("::ffff:192.0.2.7"), "192.0.2.7"),
        (
            line("0C1D2E3F-4051-4a6b-8c7d-9e0f1a2b3c4d.local"),
            "0c1d2e3f-4051-4a6b-8c7d-9e0f1a2b3c4d.local",
        ),
    ],
)
def test_a_candidate_is_read(text: str, host: str) -> None:
    read = parse(text)
    assert read is not None
    assert str(read.host) == host


@pytest.mark.parametrize(
    "text",
    [
        "",
        "candidate:",
        "candidate:rubbish",
        "end-of-candidates",
        line().partition(" typ")[0],
        line().removesuffix(" host"),
        line(transport="tcp") + " tcptype active",
        line(transport="tcp"),
        line(kind="prflx"),
        line(kind="x"),
        line().replace("1 udp", "2 udp"),
        line().replace("1 udp", "x udp"),
        line(port=0),
        line(port=1023),
        line(port=65536),
        line(port="1e4"),
        line(port="+5000"),
        line(port="٥٠٠٠"),
        line(port="5" * 5000),
        line().replace("2122260223", "-1"),
        line().replace("2122260223", "0"),
        line().replace("2122260223", "4294967295"),
        line().replace("2122260223", "x"),
        line("phone.example"),
        line("router"),
        line("localhost"),
        line("a.b.local"),
        line(".local"),
        line("x" * 64 + ".local"),
        line("192.0.2.7.local "),
        line("é.local"),
        line("192.0.2"),
        line("192.0.2.256"),
        line("3221225991"),
        line("0xc0000207"),
        line("[2001:db8::7]"),
        line("2001:db8::7%"),
        line() + " x" * 500,
    ],
)
def test_what_is_malformed_or_never_tried_is_passed_over(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.8.8.8", "::1", "::1%lo", "::ffff:127.0.0.1", "::127.0.0.1"),
        *("0.0.0.0", "0.1.2.3", "::", "::ffff:0.0.0.0"),  # noqa: S104 - nothing listens
        *("224.0.0.251", "239.255.255.250", "ff02::fb", "ff02::fb%eth0", "::ffff:224.0.0.251"),
        *("255.255.255.255", "240.0.0.1", "192.0.2.255", "::ffff:192.0.2.255"),
        *("192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "2001:db8::1%eth0", "10.0.0.1"),
        *("fe80::7", "fe80::7%eth0", "64:ff9b::127.0.0.1"),
    ],
)
def test_nothing_is_sent_to_what_is_no_other_machine(host: str) -> None:
    assert not CandidateFilter().admits(candidate(host), OWN)
    named = candidate("phone.local")
    assert CandidateFilter().resolved(named, ip_address(host), OWN) is None


@pytest.mark.parametrize(
    "host", ["192.0.2.7", "10.0.0.0", "169.254.7.7", "100.64.0.7", "2001:db8::7", "fd00::7"]
)
def test_another_machine_is_tried(host: str) -> None:
    assert CandidateFilter().admits(candidate(host), OWN)
    named = CandidateFilter().resolved(candidate("phone.local"), ip_address(host), OWN)
    assert named == candidate(host)


@pytest.mark.parametrize(
    ("host", "admitted"),
    [
        ("192.0.2.7", True),
        ("198.51.100.7", True),  # by the default route
        ("fd00::7", True),
        ("172.17.0.2", False),  # containers
        ("10.8.0.7", False),  # a VPN
        ("10.8.0.130", True),  # of a LAN within the VPN's network
        ("fd17::2", False),
    ],
)
def test_nothing_is_sent_into_networks_by_which_no_phone_comes(host: str, admitted: bool) -> None:
    interfaces = ("192.0.2.1/24", "172.17.0.1/16", "10.8.0.1/24", "10.8.0.129/25", "fd17::1/64")
    home = [ip_address(each) for each in ("192.0.2.1", "10.8.0.129")]
    machine = Machine([ip_interface(each) for each in interfaces], home)
    assert CandidateFilter().admits(candidate(host), machine) is admitted


def admitted(calls: CandidateFilter, candidates: list[Candidate]) -> int:
    return sum(calls.admits(each, OWN) for each in candidates)


def hosts(count: int) -> list[Candidate]:
    return [candidate(f"198.51.100.{number}") for number in range(1, count + 1)]


def test_a_call_tries_so_many_and_each_once() -> None:
    both = CandidateFilter()
    assert admitted(both, hosts(100)) == MAX_CANDIDATES
    assert admitted(both, hosts(MAX_CANDIDATES)) == MAX_CANDIDATES
    assert admitted(both, [candidate("198.51.100.200"), candidate("phone.local")]) == 0


def test_a_phone_that_has_been_connected_may_come_by_other_networks_now_and_then() -> None:
    several = CandidateFilter()
    names = [candidate(f"{number}.local") for number in range(MAX_NAMES)]
    for now in (0.0, RENEWAL, 2 * RENEWAL):
        several.renew(now)
        assert admitted(several, [*names, *hosts(100)]) == MAX_CANDIDATES
        several.renew(now + RENEWAL - 1)
        assert admitted(several, [candidate("198.51.100.200"), candidate("phone.local")]) == 0


def test_so_many_ports_of_an_address_are_tried() -> None:
    ports = [
        candidate(host, port) for port in range(5000, 5100) for host in ("192.0.2.7", "fd00::7")
    ]
    assert admitted(CandidateFilter(), ports) == 2 * MAX_PORTS
    one = [candidate("192.0.2.7", 5000 + number) for number in range(MAX_PORTS)]
    several = CandidateFilter()
    assert admitted(several, one) == MAX_PORTS
    assert admitted(several, [candidate("::ffff:192.0.2.7", 6000)]) == 0
    assert several.resolved(candidate("phone.local", 6000), ip_address("192.0.2.7"), OWN) is None
    assert several.resolved(candidate("phone.local", 5000), ip_address("192.0.2.7"), OWN)


def test_another_peer_of_a_call_has_ports_of_its_own() -> None:
    """As those of a relay, which gives a phone others for each offer."""
    several = CandidateFilter()
    ports = iter(range(5000, 6000))
    tried = []
    for _ in range(2 * MAX_CANDIDATES // MAX_PORTS):
        several.begin_peer()
        tried.append(admitted(several, [candidate("192.0.2.7", next(ports)) for _ in range(20)]))
    whole = MAX_CANDIDATES // MAX_PORTS
    assert tried == [MAX_PORTS] * whole + [0] * whole


def test_so_many_names_are_looked_up() -> None:
    several = CandidateFilter()
    names = [candidate(f"{number}.local") for number in range(100)]
    assert admitted(several, names) == MAX_NAMES
    assert admitted(several, names[:MAX_NAMES]) == MAX_NAMES
    assert admitted(several, [candidate("0.local", 6000)]) == 0
    assert admitted(several, hosts(100)) == MAX_CANDIDATES - MAX_NAMES


def test_whatever_a_name_stands_for_at_a_time_counts() -> None:
    several, named = CandidateFilter(), candidate("phone.local")
    addresses: list[Address] = [ip_address(f"198.51.100.{number}") for number in range(1, 100)]
    found = [several.resolved(named, each, OWN) for each in addresses]
    assert sum(each is not None for each in found) == MAX_CANDIDATES


def test_what_is_not_tried_leaves_nothing() -> None:
    several = CandidateFilter()
    addresses = [candidate(f"198.51.{a}.{b}") for a in range(20) for b in range(1, 200)]
    assert admitted(several, addresses) == MAX_CANDIDATES
    assert len(several._ports) == MAX_CANDIDATES


def test_what_is_not_tried_does_not_count() -> None:
    several = CandidateFilter()
    barred = [candidate("192.0.2.1", port) for port in range(5000, 6000)]
    assert admitted(several, barred) == 0
    assert admitted(several, hosts(MAX_CANDIDATES)) == MAX_CANDIDATES

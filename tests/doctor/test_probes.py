"""The probes, on folders that stand for proc, sys and dev, and on real sockets and certificates."""

import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from itertools import chain
from pathlib import Path
from threading import Thread

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from homecall_appliance.certificates.authority import KeyPair, issue, make_authority
from homecall_appliance.config.model import Tls
from homecall_appliance.control.status import AuthorityStatus, CertificateStatus
from homecall_appliance.display.devices import Screen, framebuffers
from homecall_appliance.doctor.facts import Account, Certificate, Port, Root
from homecall_appliance.doctor.probes import certificate, clock, health, network, ports
from homecall_appliance.doctor.probes.account import account, denied, unreadable
from homecall_appliance.network.addresses import Names
from homecall_appliance.web.onboarding import short_fingerprint
from tests.support.damage import FLIPS, each_flipped

ME = account(None)
SERVICE = Account("homecall", 990, frozenset({990, 44}), own=False)
NOW = datetime.now(UTC)
NAMES = Names(("Pi", "pi.local"), (ip_address("192.168.1.7"), ip_address("fd00::7")))


def pair() -> KeyPair:
    return issue(make_authority(NAMES, NOW), NAMES, NOW)


def of_another() -> tuple[bytes, bytes]:
    both = pair()
    return both.certificate_pem, both.key_pem


def write(folder: Path, name: str, both: KeyPair) -> tuple[Path, Path]:
    folder.mkdir(exist_ok=True)
    files = folder / f"{name}.crt", folder / f"{name}.key"
    for file, pem in zip(files, (both.certificate_pem, both.key_pem), strict=True):
        file.write_bytes(pem)
    return files


# Ports


@contextmanager
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_of_another_process_and_of_our_own() -> None:
    with taken() as number:
        stranger = ports.look_at("::", number, None, None)
        ours = ports.look_at("127.0.0.1", number, os.getpid(), os.geteuid())
    assert stranger.state == ours.state == "taken"
    assert (stranger.ours, ours.ours) == (False, True)
    assert stranger.holder.endswith(f" (process {os.getpid()})")
    assert ports.look_at("::", number, None, None) == Port(number, "free")


def test_looking_at_a_port_does_not_keep_it_from_a_server() -> None:
    with taken() as number:
        pass
    for _ in range(5):
        ports.look_at("127.0.0.1", number, None, None)
        with socket.create_server(("127.0.0.1", number)):
            pass


def test_an_address_that_this_machine_does_not_have() -> None:
    assert ports.look_at("198.51.100.99", 8443, None, None) == Port(8443, "no address")


def proc_with_a_listener(proc: Path, number: int, uid: int, inode: int) -> Path:
    (proc / "net").mkdir(parents=True)
    zeros = "0" * 32
    (proc / "net" / "tcp6").write_text(
        "  sl  local_address …\n"
        f"   0: {zeros}:{number:04X} {zeros}:0000 0A 00000000:00000000 00:00000000 00000000 "
        f"{uid:5} 0 {inode} 1 0 100 0 0 10 0\n"
        f"   1: {zeros}:0007 {zeros}:0000 01 00000000:00000000 00:00000000 00000000 0 0 5 1 0\n"
    )
    return proc


@pytest.mark.parametrize(("uid", "ours"), [(990, True), (33, False)])
def test_without_the_right_to_see_processes_the_user_of_a_socket_tells(
    uid: int, ours: bool, tmp_path: Path
) -> None:
    with taken() as number:
        proc = proc_with_a_listener(tmp_path, number, uid, 4711)
        assert ports.look_at("::", number, 812, 990, proc) == Port(number, "taken", ours)


@pytest.mark.parametrize(("pid", "ours"), [(812, True), (813, False)])
def test_with_it_the_process_tells(pid: int, ours: bool, tmp_path: Path) -> None:
    with taken() as number:
        proc = proc_with_a_listener(tmp_path, number, 990, 4711)
        (proc / "812" / "fd").mkdir(parents=True)
        (proc / "812" / "fd" / "0").symlink_to("/dev/null")
        (proc / "812" / "fd" / "3").symlink_to("socket:[4711]")
        (proc / "812" / "comm").write_text("nginx\n")
        found = ports.look_at("::", number, pid, 990, proc)
    assert found == Port(number, "taken", ours, "nginx (process 812)")


def test_a_socket_that_systemd_opened_for_us_is_ours(tmp_path: Path) -> None:
    with taken() as number:
        proc = proc_with_a_listener(tmp_path, number, 0, 4711)
        for pid in ("1", "812"):
            (proc / pid / "fd").mkdir(parents=True)
            (proc / pid / "fd" / "3").symlink_to("socket:[4711]")
        assert ports.look_at("::", number, 812, 990, proc).ours


# Certificates


def test_a_served_certificate(tmp_path: Path) -> None:
    both = pair()
    end = datetime(2031, 11, 1, tzinfo=UTC)
    authority = AuthorityStatus("HomeCall Appliance 1a2b3c4d", "1A 2B", end)
    der = both.certificate.public_bytes(Encoding.DER)
    told = certificate.served(der, CertificateStatus(authority=authority))
    assert told
    assert told.root == Root("1A 2B", end)
    found = certificate.served(der, CertificateStatus())
    assert found
    assert found.root is None
    assert found.state == "served"
    assert found.leaf
    assert set(found.leaf.names.dns) == {"pi", "pi.local"}
    assert found.leaf.names.addresses == NAMES.addresses
    assert found.leaf.end == both.certificate.not_valid_after_utc


def test_a_certificate_of_another_server_that_cannot_be_read() -> None:
    pem = pair().certificate_pem
    damaged = [each_flipped(pem, *FLIPS[each]) for each in FLIPS if each.startswith("no such")]
    for each in chain(*damaged):
        der = ssl.PEM_cert_to_DER_cert(each.decode())
        assert certificate.served(der, CertificateStatus()) is None


def files(tmp_path: Path) -> Tls:
    crt, key = write(tmp_path, "own", pair())
    return Tls(mode="files", certificate=str(crt), private_key=str(key))


def test_files_that_can_be_read(tmp_path: Path) -> None:
    tls = files(tmp_path)
    Path(tls.private_key).chmod(0o644)
    found = certificate.stored(tls, ME)
    assert (found.state, found.denied) == ("stored", "")
    assert found.pair
    assert [each.path for each in found.pair] == [tls.certificate, tls.private_key]
    assert [each.content for each in found.pair] == [
        Path(tls.certificate).read_bytes(),
        Path(tls.private_key).read_bytes(),
    ]
    assert found.pair[1].mode == 0o644


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    tls, folder = files(tmp_path), tmp_path / "folder"
    folder.mkdir()
    cases = {
        (tls.certificate, str(tmp_path / "none")): ("missing", ""),
        (str(folder / "none"), tls.private_key): ("missing", ""),
        (tls.certificate, str(folder)): ("damaged", "Is a directory"),
    }
    for (crt, key), expected in cases.items():
        found = certificate.stored(replace(tls, certificate=crt, private_key=key), ME)
        assert (found.state, found.reason) == expected


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ({"server.crt": b"no PEM"}, "there is no PEM certificate in it"),
        ({"server.key": b"no PEM"}, "there is no PEM private key in it"),
        ({"server.key": pair().key_pem}, "it does not belong to server.crt"),
        (
            dict(zip(("server.crt", "server.key"), of_another(), strict=True)),
            "it is not as the authority has signed it",
        ),
    ],
)
def test_the_appliances_own_that_cannot_be_used(
    spoil: dict[str, bytes], reason: str, tmp_path: Path
) -> None:
    authority = make_authority(NAMES, NOW)
    (tmp_path / "authority.pem").write_bytes(authority.pem)
    write(tmp_path, "server", issue(authority, NAMES, NOW))
    for name, content in spoil.items():
        (tmp_path / name).write_bytes(content)
    found = certificate.stored(Tls(state_directory=str(tmp_path)), ME)
    assert (found.state, found.reason) == ("damaged", reason)


def test_a_key_that_only_root_reads_is_not_the_services(tmp_path: Path) -> None:
    tls = files(tmp_path)
    Path(tls.private_key).chmod(0o600)
    assert certificate.stored(tls, SERVICE).denied == tls.certificate, "pytest's folder is 0700"
    assert certificate.stored(tls, ME).denied == ""


def test_the_state_directory(tmp_path: Path) -> None:
    directory = tmp_path / "tls"
    tls = Tls(state_directory=str(directory))
    assert certificate.stored(tls, ME) == Certificate("missing", path=str(directory))
    directory.mkdir()
    assert certificate.stored(tls, ME).state == "missing"
    authority = make_authority(NAMES, NOW)
    (directory / "authority.pem").write_bytes(authority.pem)
    assert certificate.stored(tls, ME).path == str(directory / "server.crt")
    write(directory, "server", issue(authority, NAMES, NOW))
    found = certificate.stored(tls, ME)
    assert found.state == "stored"
    assert found.root == Root(short_fingerprint(authority.root_pem), authority.end)
    (directory / "authority.pem").write_bytes(authority.pem[:500])
    found = certificate.stored(tls, ME)
    assert (found.state, found.path) == ("damaged", str(directory / "authority.pem"))
    (directory / "authority.pem").unlink()
    (directory / "ca.key").write_text("")
    assert certificate.stored(tls, ME) == Certificate("outdated", path=str(directory))


def test_an_authority_that_only_root_reads_is_not_the_services(tmp_path: Path) -> None:
    kept = tmp_path / "authority.pem"
    kept.write_bytes(make_authority(NAMES, NOW).pem)
    kept.chmod(0o600)
    tls = Tls(state_directory=str(tmp_path))
    assert certificate.stored(tls, SERVICE).denied == str(kept)


# Accounts


@pytest.mark.apt
def test_permissions_of_another_user_are_read_from_the_mode(tmp_path: Path) -> None:
    cases = {0o660: True, 0o606: False, 0o666: False, 0o600: True, 0o640: True}
    device = tmp_path / "video0"
    device.touch()
    for mode, is_denied in cases.items():
        device.chmod(mode)
        assert bool(denied([device], SERVICE)) is is_denied
    device.chmod(0o660)
    member = replace(SERVICE, groups=frozenset({device.stat().st_gid}))
    owner = replace(SERVICE, uid=device.stat().st_uid)
    assert denied([device, tmp_path / "none"], member) == ()
    assert denied([device], owner) == ()
    assert denied([device], SERVICE)[0].group == device.group()


def test_a_file_in_a_closed_folder_is_not_readable(tmp_path: Path) -> None:
    stranger = replace(SERVICE, groups=frozenset())
    for parent in (tmp_path, *tmp_path.parents):
        if not parent.stat().st_mode & 0o001:
            break
    else:
        tmp_path.chmod(0o700)
    file = tmp_path / "key"
    file.touch(0o644)
    assert unreadable(file, stranger)
    assert not unreadable(file, ME)


def test_the_account_of_a_process(tmp_path: Path) -> None:
    (tmp_path / "812").mkdir()
    (tmp_path / "812" / "status").write_text(
        "Name:\tpython3\nUid:\t64990\t64990\t64990\t64990\nGid:\t991\t991\t991\t991\n"
        "Groups:\t29 44 \nThreads:\t9\n"
    )
    expected = Account("64990", 64990, frozenset({991, 29, 44}), own=False)
    assert account(812, tmp_path) == expected


# Network


ROUTES = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
ZERO = "0" * 32


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "way_out"),
    [
        ("", "", False),
        ("eth0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n", "", True),
        ("eth0\t00000000\t0100A8C0\t0002\t0\t0\t100\t00000000\t0\t0\t0\n", "", False),
        ("eth0\t0000A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n", "", False),
        ("", f"{ZERO} 00 {ZERO} 00 {ZERO} ffffffff 1 0 00200200       lo\n", False),
        ("", f"{ZERO} 00 {ZERO} 00 fe80{ZERO[4:]} 400 1 0 00000003     eth0\n", True),
        ("", f"fe80{ZERO[4:]} 40 {ZERO} 00 {ZERO} 100 1 0 00000001     eth0\n", False),
    ],
)
def test_the_default_route(ipv4: str, ipv6: str, way_out: bool, tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "route").write_text(ROUTES + ipv4)
    (tmp_path / "net" / "ipv6_route").write_text(ipv6)
    assert network.has_default_route(tmp_path) is way_out


def test_no_tables_of_routes(tmp_path: Path) -> None:
    assert network.has_default_route(tmp_path) is False


def test_outward_addresses() -> None:
    every = map(
        ip_address, ("127.0.0.1", "::1", "fe80::1", "192.168.1.7", "169.254.1.1", "fd00::7")
    )
    assert network.outward_addresses(every) == ("192.168.1.7", "169.254.1.1", "fd00::7")


@contextmanager
def server(tmp_path: Path, body: bytes, names: list[str | None] | None = None) -> Iterator[int]:
    """`names` gets those by which it is asked (SNI)."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*write(tmp_path, "web", pair()))
    context.sni_callback = lambda _, name, __: None if names is None else names.append(name)
    web = HTTPServer(("127.0.0.1", 0), Handler)
    web.socket = context.wrap_socket(web.socket, server_side=True)
    thread = Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield web.server_port
    finally:
        web.shutdown()
        thread.join()
        web.server_close()


@pytest.mark.parametrize(
    ("body", "state", "reason"),
    [
        (b'{"status": "ok"}', "ok", ""),
        (b'{"status": "failing", "reasons": ["One.", "Two."]}', "failing", "One. Two."),
        (b"<html>a router</html>", "stranger", ""),
        (b"[]", "stranger", ""),
    ],
)
def test_asking_for_health(body: bytes, state: str, reason: str, tmp_path: Path) -> None:
    with server(tmp_path, body) as port:
        reply = health.ask("127.0.0.1", port)
    assert (reply.state, reply.reason) == (state, reason)
    assert reply.certificate


@pytest.mark.parametrize(("name", "asked"), [("", None), ("pi.local", "pi.local")])
def test_a_server_is_asked_by_the_name_of_the_link(
    name: str, asked: str | None, tmp_path: Path
) -> None:
    names: list[str | None] = []
    with server(tmp_path, b"[]", names) as port:
        health.ask("127.0.0.1", port, name=name)
    assert names == [asked]


def test_nobody_to_ask() -> None:
    with taken() as number:
        pass
    assert health.ask("127.0.0.1", number).reason == "Connection refused"
    assert health.ask("nobody.invalid", 443, 2.0).state in ("unknown name", "no answer")


def test_one_who_never_answers() -> None:
    with taken() as number:
        assert health.ask("127.0.0.1", number, 0.2).reason == "it takes too long"


# Screens


def test_framebuffers(tmp_path: Path) -> None:
    dev, about = tmp_path / "dev", tmp_path / "sys" / "class" / "graphics" / "fb0"
    dev.mkdir()
    about.mkdir(parents=True)
    for name in ("fb10", "fb0", "fbcon"):
        (dev / name).touch()
    (about / "name").write_text("vc4drmfb\n")
    (about / "virtual_size").write_text("800,480\n")
    assert framebuffers(dev, tmp_path / "sys") == [
        Screen(dev / "fb0", "vc4drmfb", 800, 480),
        Screen(dev / "fb10", "", 0, 0),
    ]
    assert framebuffers(tmp_path / "none") == []


def test_the_kernel_tells_whether_the_clock_is_kept_right() -> None:
    assert clock.is_set() in (True, False)

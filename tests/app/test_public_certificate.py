"""What is made of tls.acme: which certificate, and which addresses the name gets."""

import asyncio
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import ifaddr
import pytest

from homecall_appliance.acme.addresses import AddressKeeper
from homecall_appliance.acme.renewal import Renewal
from homecall_appliance.app.public_certificate import PublicCertificate, lasting, owner_files
from homecall_appliance.certificates.opening import OwnerFiles
from homecall_appliance.config.model import Acme, Tls
from homecall_appliance.network.home_network import HomeNetwork


def public(folder: Path, home: HomeNetwork = HomeNetwork()) -> PublicCertificate:  # noqa: B008 - frozen
    tls = Tls(mode="acme", state_directory=str(folder), acme=Acme(domain="door.example"))
    return PublicCertificate(tls, home)


@pytest.mark.parametrize(
    ("found", "published"),
    [
        ((), ()),
        (("192.168.1.7", "192.168.1.8"), ("192.168.1.7",)),
        (("169.254.3.4", "fe80::7", "127.0.0.1"), ()),
        (("192.168.1.7", "fd00::7", "2001:db8::7", "fe80::7"), ("192.168.1.7", "fd00::7")),
        (("fe80::7", "2001:db8::7"), ("2001:db8::7",)),
    ],
)
def test_the_name_gets_the_best_address_of_each_family(
    found: tuple[str, ...], published: tuple[str, ...]
) -> None:
    assert lasting([*map(ip_address, found)]) == [*map(ip_address, published)]


def test_the_keeper_is_told_of_other_addresses_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[str]] = []
    monkeypatch.setattr(
        AddressKeeper, "keep_addresses", lambda _, found: told.append([*map(str, found)])
    )
    ips = [ifaddr.IP("192.168.1.7", 24, "eth9")]
    home = HomeNetwork(adapters=lambda: [ifaddr.Adapter("eth9", "eth9", ips)])
    certificate = public(tmp_path, home)
    for _ in range(2):
        certificate.look_at_addresses()
    ips[0] = ifaddr.IP("192.168.1.8", 24, "eth9")
    certificate.look_at_addresses()
    assert told == [["192.168.1.7"], ["192.168.1.8"]]


def test_a_network_that_comes_back_ends_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one that goes, and not the first: a daemon may start again and again."""
    tries: list[None] = []
    monkeypatch.setattr(Renewal, "try_again", lambda _: tries.append(None))
    plugged = ifaddr.IP("192.168.1.7", 24, "eth9")
    ips: list[ifaddr.IP] = []
    home = HomeNetwork(adapters=lambda: [ifaddr.Adapter("eth9", "eth9", ips)])
    certificate = public(tmp_path, home)
    counts = []
    for now in ([], [plugged], [plugged], [], [plugged], []):
        ips[:] = now
        certificate.look_at_addresses()
        counts.append(len(tries))
    assert counts == [0, 0, 0, 0, 1, 1]


def test_the_first_certificate_is_on_its_way(tmp_path: Path) -> None:
    assert "door.example is on its way" in str(public(tmp_path).problem)


async def test_whatever_is_another_is_told_at_once(tmp_path: Path) -> None:
    """A certificate is served, and a name asked for, as soon as they are there."""
    nobody = "https://127.0.0.1:9/directory"
    acme = Acme(domain="door.example", directory=nobody, address_command="/bin/true")
    tls = Tls(mode="acme", state_directory=str(tmp_path), acme=acme)
    ips = [ifaddr.IP("192.168.1.7", 24, "eth9")]
    home = HomeNetwork(adapters=lambda: [ifaddr.Adapter("eth9", "eth9", ips)])
    certificate = PublicCertificate(tls, home)
    told: asyncio.Queue[str] = asyncio.Queue()

    async def on_change() -> None:
        told.put_nowait(str(certificate.problem))

    running = asyncio.create_task(certificate.run(on_change))
    async with asyncio.timeout(20):
        assert "127.0.0.1 cannot be reached" in await told.get()
        assert told.empty()
        certificate.look_at_addresses()
        await told.get()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def test_whose_certificate_is_shown(tmp_path: Path) -> None:
    certificate = public(tmp_path)
    file = certificate.certificate_file
    assert file.is_relative_to(tmp_path / "acme")
    assert owner_files(Tls(mode="acme"), certificate) == OwnerFiles(file, file, certificate)
    own = Tls(mode="files", certificate="/c.pem", private_key="/k.pem")
    assert owner_files(own, None) == OwnerFiles(Path("/c.pem"), Path("/k.pem"))
    assert owner_files(Tls(), None) is None

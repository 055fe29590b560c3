"""An owner's own certificate files."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from homecall_appliance.certificates.files import CertificateFiles
from homecall_appliance.certificates.tls import certified_names
from homecall_appliance.network.addresses import Names
from tests.support.certificate_table import self_signed
from tests.support.owner_world import NAME, Kept, Owner
from tests.support.tls_world import HOME, Pair, cut, empty, foreign_key, told

PATTERN = r"(cannot be (used|read)|does not belong).* Until .* the one before it is served\."


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


async def test_the_owners_certificate_is_served_and_read_again(pair: Pair) -> None:
    first = pair.write()
    certificates = pair.certificates()
    assert certificates.authority_pem is None
    assert await pair.shown(certificates) == first
    assert certificates.refresh() is False
    second = pair.write()
    assert [certificates.refresh() for _ in range(2)] == [True, False]
    assert await pair.shown(certificates) == second


def test_the_names_are_those_of_the_certificate_that_is_served(pair: Pair) -> None:
    pair.write()
    certificates = pair.certificates()
    assert (certificates.names.dns, certificates.names.addresses) == (HOME.dns, HOME.addresses)
    empty(pair.files[0])
    assert certificates.refresh() is False
    assert certificates.names.dns == HOME.dns


@pytest.mark.parametrize("pem", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_what_is_no_certificate_has_no_names(pem: bytes) -> None:
    assert certified_names(pem) == Names((), ())


def test_an_authority_has_no_names(pair: Pair) -> None:
    assert certified_names(pair.authority.root_pem) == Names((), ())


async def test_symbolic_links_may_be_swapped(pair: Pair) -> None:
    live, issued = pair.directory / "live", []
    for number in ("1", "2"):
        archive = Pair(pair.directory / number, pair.authority)
        archive.directory.mkdir()
        issued.append(archive.write())
    live.symlink_to("1")
    certificates = Pair(live).certificates()
    assert await pair.shown(certificates) == issued[0]
    live.unlink()
    live.symlink_to("2")
    assert certificates.refresh() is True
    assert await pair.shown(certificates) == issued[1]


@pytest.mark.parametrize("accident", [cut, empty, Path.unlink, foreign_key])
@pytest.mark.parametrize("which", [0, 1])
async def test_a_bad_pair_is_told_once_and_the_old_one_serves_on(
    pair: Pair, which: int, accident: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    first = pair.write()
    certificates = pair.certificates()
    assert told(certificates) == ""
    accident(pair.files[which])
    assert [certificates.refresh() for _ in range(3)] == [False, False, False]
    assert re.search(PATTERN, told(certificates))
    assert [record.getMessage() for record in caplog.records] == [told(certificates)]
    assert await pair.shown(certificates) == first
    second = pair.write()
    assert certificates.refresh() is True
    assert told(certificates) == ""
    assert await pair.shown(certificates) == second
    empty(pair.files[0])
    assert certificates.refresh() is False
    assert len(caplog.records) == 2


def test_an_encrypted_key_does_not_wait_for_a_password(pair: Pair) -> None:
    pair.write()
    private = ec.generate_private_key(ec.SECP256R1())
    secret = BestAvailableEncryption(b"secret")
    pair.files[1].write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret))
    certificates = pair.certificates()
    assert not certificates.serves
    assert "locked with a password" in told(certificates)


async def test_a_missing_file_is_named_and_handshakes_fail_until_it_comes(pair: Pair) -> None:
    certificates = pair.certificates()
    assert f"{pair.files[0]} cannot be read" in told(certificates)
    with pytest.raises(ConnectionError):
        await pair.shown(certificates)
    written = pair.write()
    assert certificates.refresh() is True
    assert (told(certificates), certificates.serves) == ("", True)
    assert await pair.shown(certificates) == written


@dataclass
class Writer:
    """What puts the files there by itself."""

    problem: str | None = "The first one is on its way."
    notice: str | None = None


def test_who_gets_a_certificate_by_himself_says_why_there_is_none(pair: Pair) -> None:
    writer = Writer()
    certificates = CertificateFiles(
        pair.files[0],
        pair.files[1],
        lambda: "pi",
        lambda: datetime.now(UTC),
        source=writer,
    )
    assert told(certificates) == "The first one is on its way."
    pair.write()
    writer.problem, writer.notice = None, "The profile is another."
    assert certificates.refresh() is True
    assert certificates.problem is None
    assert certificates.notice == "The profile is another."
    writer.problem = "It could not be renewed."
    certificates.refresh()
    assert told(certificates) == "It could not be renewed."
    writer.problem = None
    pair.files[1].unlink()
    pair.files[1].mkdir()
    certificates.refresh()
    assert "(Is a directory). Give it to the user that runs the service" in told(certificates)
    pair.files[1].rmdir()
    certificates.refresh()
    assert "is gone. Another certificate is ordered within a day; see what" in told(certificates)
    writer.problem = "The first one is on its way."
    certificates.refresh()
    assert told(certificates).startswith("The first one is on its way. Until ")


# What is good stays


@dataclass
class Watched:
    """Files of an owner, as they are judged while days pass."""

    folder: Path
    owner: Owner
    days: float = 0.0

    def __post_init__(self) -> None:
        self.write(self.owner.pair())
        self.certificates = CertificateFiles(
            self.files[0],
            self.files[1],
            lambda: NAME,
            lambda: self.owner.now + timedelta(days=self.days),
        )

    def write(self, kept: Kept) -> None:
        self.files = kept.write(self.folder)

    def after(self, days: float) -> tuple[bool, str]:
        """Whether anything is served, and what is told."""
        self.days = days
        self.certificates.refresh()
        return self.certificates.serves, told(self.certificates)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path, Owner())


def test_an_expired_pair_takes_no_good_ones_place(watched: Watched) -> None:
    watched.write(watched.owner.pair(names=("old.example.org",), begin=-90, end=-1))
    serves, problem = watched.after(1)
    assert serves
    assert re.search(r"has expired on .* Until .* the one before it is served", problem)
    assert watched.certificates.names.dns == (NAME,)


def test_a_doubtful_pair_takes_no_good_ones_place_before_that_has_ended(watched: Watched) -> None:
    watched.write(watched.owner.pair(names=(NAME, "b.example.org"), usage=(), end=200))
    serves, problem = watched.after(79)
    assert (serves, watched.certificates.names.dns) == (True, (NAME,))
    assert "iPhones and Macs refuse it" in problem
    serves, problem = watched.after(81)
    assert (serves, watched.certificates.names.dns) == (True, (NAME, "b.example.org"))
    assert "the one before" not in problem


def test_a_placeholder_signed_by_itself_takes_no_good_ones_place(watched: Watched) -> None:
    before = watched.certificates.newest
    watched.write(self_signed(end=200))
    serves, problem = watched.after(79)
    assert serves
    assert watched.certificates.newest is before
    assert re.search(r"signed by itself, .* Until .* the one before it is served", problem)
    serves, problem = watched.after(81)
    assert serves
    assert watched.certificates.newest is not before
    again = watched.certificates.newest
    watched.write(self_signed(end=300))
    assert watched.after(82) == (True, problem)
    assert watched.certificates.newest is not again, "an owner may go on with his own"


def test_what_has_ended_is_served_no_longer_and_a_good_one_comes_by_itself(
    watched: Watched,
) -> None:
    assert watched.after(79) == (True, "")
    serves, problem = watched.after(81)
    assert not serves
    assert "has expired" in problem
    assert watched.certificates.names == Names((), ())
    watched.write(watched.owner.pair(end=170))
    assert watched.after(81) == (True, "")


def test_a_good_pair_takes_a_doubtful_ones_place(watched: Watched) -> None:
    watched.write(watched.owner.pair(names=("other.example.org",)))
    assert watched.after(81) == (False, watched.certificates.problem)
    watched.write(watched.owner.pair(names=("other.example.org",), end=300))
    assert watched.after(81)[0]
    watched.write(watched.owner.pair(end=170))
    assert watched.after(81) == (True, "")
    assert watched.certificates.names.dns == (NAME,)


def test_what_is_to_be_done_about_a_good_pair_is_a_notice(watched: Watched) -> None:
    watched.files[1].chmod(0o644)
    assert watched.after(0) == (True, "")
    assert "may read the private key" in (watched.certificates.notice or "")
    watched.files[1].chmod(0o640)
    watched.after(0)
    assert watched.certificates.notice is None

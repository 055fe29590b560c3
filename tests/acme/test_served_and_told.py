"""What visitors are shown, by the name and by the address, and what the owner is told, by the
journal, `status`, the screen and the doctor, whatever befalls a certificate by ACME.

The table in docs/acme.md is that of these tests.
"""

import errno
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from homecall_appliance.acme import state
from homecall_appliance.certificates.selection import MEANWHILE
from tests.acme.acme_world import DAY, DOMAIN, HOUR, TODAY, kept
from tests.acme.fake_authority import Refusal
from tests.acme.house_world import House
from tests.support.rigs.knot import SECRET, DnsServer


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """One whose authority asks its plain port."""
    async with AsyncExitStack() as stack:
        yield await House(tmp_path, stack, monkeypatch).begin()


@pytest.fixture
async def house_with_dns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knot: DnsServer
) -> AsyncIterator[House]:
    """One beside a DNS server."""
    async with AsyncExitStack() as stack:
        yield await House(tmp_path, stack, monkeypatch, knot).begin()


async def limit_rate(house: House) -> None:
    refusal = Refusal("rateLimited", 429, {"Retry-After": "172800"}, "too many certificates")
    house.authority.refusals["new-order"] = [refusal]


async def have_a_wrong_token(house: House) -> None:
    assert house.knot
    secret = SECRET[::-1].strip("=") + "="
    environment = {**house.knot.environment, "RFC2136_TSIG_SECRET": secret}
    house.configure(provider="rfc2136", environment=environment)


async def publish_nothing(house: House) -> None:
    """As with a provider that says yes and does nothing."""
    house.configure(provider="exec", environment={"EXEC_PATH": "/bin/true"})


async def hide_the_port(house: House) -> None:
    house.authority.blind = True


async def be_away_for_a_week(house: House) -> None:
    await house.goes_down()
    await house.let_pass(7 * DAY)


async def fill_the_disk(house: House) -> None:
    spoil_disk(house, errno.ENOSPC)


async def protect_the_disk(house: House) -> None:
    spoil_disk(house, errno.EROFS)


def spoil_disk(house: House, code: int) -> None:
    def replace_file(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    house.patch.setattr(state, "replace_file", replace_file)


Happening = Callable[[House], Awaitable[None]]

FAILURES: dict[str, tuple[Happening, str]] = {
    "authority down for a week": (be_away_for_a_week, "(Connection refused). It is tried again by"),
    "port not forwarded": (hide_the_port, "the router forward port 80 to server.http_port"),
    "rate limited": (limit_rate, "leave the appliance on. The next attempt is after 20"),
    "disk full": (fill_the_disk, "(No space left on device). Make room on the disk."),
    "disk unwritable": (protect_the_disk, "(Read-only file system). Make the disk writable, or"),
}
"""What stands in the way of a certificate, and what the owner is told of it."""

DNS_FAILURES: dict[str, tuple[Happening, str]] = {
    "token wrong": (have_a_wrong_token, "does not accept the TSIG key"),
    "record never appears": (publish_nothing, "has not reached all DNS servers of its zone within"),
}


async def nothing(_house: House) -> None:
    """There is no certificate yet."""


async def certificate_of_61_days(house: House) -> None:
    await house.let_pass()
    house.time.pass_by(56 * DAY)
    await house.let_pass()
    assert len(house.authority.issued) == 1
    house.time.pass_by(5 * DAY)


async def certificate_that_has_ended(house: House) -> None:
    await house.let_pass()
    house.time.pass_by(91 * DAY)


WHEN: list[Happening] = [nothing, certificate_of_61_days, certificate_that_has_ended]


@pytest.mark.slow
@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("failure", FAILURES)
async def test_what_is_in_the_way(
    house: House, failure: str, when: Happening, caplog: pytest.LogCaptureFixture
) -> None:
    await it_is_told_and_the_best_is_served(house, *FAILURES[failure], when, caplog)


@pytest.mark.apt
@pytest.mark.slow
@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("failure", DNS_FAILURES)
async def test_what_is_in_the_way_in_the_dns(
    house_with_dns: House,
    failure: str,
    when: Happening,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await it_is_told_and_the_best_is_served(house_with_dns, *DNS_FAILURES[failure], when, caplog)


async def it_is_told_and_the_best_is_served(
    house: House, spoil: Happening, sentence: str, when: Happening, caplog: pytest.LogCaptureFixture
) -> None:
    await when(house)
    await spoil(house)
    await house.let_pass()
    told = house.told()
    assert sentence in told
    assert house.is_own(None)
    if when is certificate_of_61_days:
        assert house.shown(DOMAIN) == house.authority.issued[0]
        assert told.startswith(f"The certificate for {DOMAIN}, valid until 2027-05-30, could not ")
    else:
        assert house.is_own(DOMAIN)
        assert house.certificates.lacking, "links lead to the address"
        assert told.endswith(MEANWHILE)
    if when is certificate_that_has_ended:
        assert told.startswith(f"The certificate for {DOMAIN} has ended on 2027-05-30, and there ")
    warnings = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    [journal] = [each for each in warnings if sentence in each]
    assert journal in told


def test_the_table_names_what_there_is() -> None:
    """Each row of docs/acme.md has a test, and each name is one of a test or of a file of them."""
    tests = Path(__file__).parents[1]
    files = [*(tests / "acme").glob("test_*.py"), tests / "e2e" / "test_public_certificate.py"]
    known = {name for each in files for name in re.findall(r"def (test_\w+)\(", each.read_text())}
    known |= {each.name for each in files}
    text = (tests.parent / "docs" / "acme.md").read_text().partition("## What is served")[2]
    rows = [each for each in text.splitlines() if each.startswith("| ")][1:]
    held = [re.findall(r"`[\w/]*?(test_\w+(?:\.py)?)`|(likewise)", row) for row in rows[1:]]
    assert len(rows) > 12
    assert all(held)
    named = {name for each in held for name, _ in each if name}
    assert named <= known
    assert {"test_what_is_in_the_way", "test_a_clock_of_1970"} <= named


async def test_the_first_certificate(house: House) -> None:
    assert house.is_own(DOMAIN)
    assert house.is_own(None)
    await house.let_pass()
    assert house.told() == ""
    assert house.shown(DOMAIN) == house.authority.issued[0]
    assert house.is_own(None)
    [(state_, said)] = house.doctor()
    assert state_ == "fine"
    assert f"for {DOMAIN} is valid until 2027-05-30; the appliance renews it" in said


async def test_six_days(house: House) -> None:
    house.configure(profile="shortlived")
    for _ in range(12):
        await house.let_pass(DAY)
        assert house.told() == ""
        assert house.shown(DOMAIN) == house.authority.issued[-1]
        assert house.is_own(None)
    assert len(house.authority.issued) == 5
    [(state_, _)] = house.doctor()
    assert state_ == "fine"


async def test_the_authority_wants_an_earlier_renewal(house: House) -> None:
    later = TODAY + 60 * DAY
    house.authority.window = (later.isoformat(), (later + DAY).isoformat())
    await house.let_pass(DAY)
    urgent = house.time.now - HOUR
    house.authority.window = ((urgent - HOUR).isoformat(), urgent.isoformat())
    await house.let_pass(7 * HOUR)
    assert len(house.authority.issued) == 2
    assert house.shown(DOMAIN) == house.authority.issued[1]
    assert house.told() == ""


async def test_a_profile_that_is_unknown(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.configure(profile="long-lived")
    await house.let_pass()
    assert house.told() == ""
    assert house.shown(DOMAIN) == house.authority.issued[0]
    assert house.is_own(None)
    [(state_, said)] = house.doctor()
    assert state_ == "bad"
    assert said.endswith("Correct tls.acme.profile, or empty it.")
    assert house.certificates.notice == said
    assert said in [each.getMessage() for each in caplog.records]


async def test_an_account_that_is_lost(house: House) -> None:
    await certificate_of_61_days(house)
    house.authority.accounts.clear()
    await house.let_pass()
    assert house.told() == ""
    assert house.shown(DOMAIN) == house.authority.issued[1]
    assert house.is_own(None)


@pytest.mark.parametrize("when", WHEN)
async def test_a_clock_of_1970(house: House, when: Happening) -> None:
    """What is served is judged by the release's day, since no earlier one is believed."""
    await when(house)
    house.time.now = datetime(1970, 1, 1, tzinfo=UTC)
    house.start()
    await house.let_pass()
    assert house.told().startswith("This machine's clock shows 1970-01-01 00:00 UTC, which has ")
    assert "Set the clock right: timedatectl tells" in house.told()
    assert house.is_own(None)
    if when is nothing:
        assert house.is_own(DOMAIN)
    else:
        assert house.shown(DOMAIN) == house.authority.issued[0]
    house.time.now = TODAY + 62 * DAY
    await house.let_pass()
    assert house.told() == ""
    assert house.shown(DOMAIN) == house.authority.issued[-1] == kept(house.renewal)

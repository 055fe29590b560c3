"""What is kept of an authority, after a disk has flipped a bit of it: it is got anew."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pytest

from homecall_appliance.acme.account import Account, AccountFile
from homecall_appliance.acme.jose import AccountKey
from homecall_appliance.acme.renewal import ON_ITS_WAY
from homecall_appliance.acme.state import Settings, State
from tests.acme.acme_world import DAY, DOMAIN, HOUR, kept
from tests.acme.house_world import House
from tests.support.damage import FLIPS, each_flipped, some_flipped
from tests.support.owner_world import Owner

pytestmark = pytest.mark.filterwarnings("ignore:Parsed a")

ISSUER = Owner(datetime.now(UTC))


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path, Settings(DOMAIN, "https://ca.example/directory"))


def test_a_certificate_with_a_flipped_bit_is_none_or_is_kept(state: State) -> None:
    pair = ISSUER.pair(names=(DOMAIN,))
    whole = pair.key + pair.chain
    state.keep_certificate(whole)
    assert state.certificate()
    flipped = (each_flipped(whole, *each) for each in FLIPS.values())
    found = []
    for damaged in chain(*flipped, some_flipped(whole, 100)):
        state.certificate_file.write_bytes(damaged)
        found.append(state.certificate())
    assert found.count(None) > 20


def test_an_account_with_a_flipped_bit_is_none_or_is_kept(tmp_path: Path) -> None:
    file = AccountFile(tmp_path / "account.json")
    key = AccountKey.generate()
    found = []
    for pem in each_flipped(key.pem, *FLIPS["no such kind of key"]):
        text = pem.decode().replace("\n", "\\n")
        (tmp_path / "account.json").write_text(f'{{"key": "{text}", "url": "u", "email": ""}}')
        found.append(file.load(""))
    assert found == [None]
    file.save(Account(key, "u", ""))
    for damaged in some_flipped((tmp_path / "account.json").read_bytes(), 200):
        (tmp_path / "account.json").write_bytes(damaged)
        found.append(file.load(""))
    assert found.count(None) > 20


def cut_in_the_issuers(pem: bytes) -> bytes:
    return pem[:-200]


def flip_in_the_issuers(pem: bytes) -> bytes:
    return list(each_flipped(pem, *FLIPS["no such version"]))[-1]


def flip_in_the_key(pem: bytes) -> bytes:
    return next(each_flipped(pem, *FLIPS["no such kind of key"]))


def flip_that_can_be_read(pem: bytes) -> bytes:
    """Nobody has signed it so."""
    return next(each_flipped(pem, *FLIPS["no extended key usage"]))


DAMAGES = [cut_in_the_issuers, flip_in_the_issuers, flip_in_the_key, flip_that_can_be_read]


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        yield await House(tmp_path, stack, monkeypatch).begin()


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_file(house: House, damage: Callable[[bytes], bytes]) -> None:
    """Another certificate is ordered, a day after the last order at the earliest, when the
    appliance starts, and while it runs."""
    await house.let_pass(2 * DAY)
    for count in (1, 2):
        assert len(house.authority.issued) == count
        assert house.told() == ""
        file = house.renewal.certificate_file
        file.write_bytes(damage(file.read_bytes()))
        if count == 1:
            house.start()
            assert house.told().startswith(ON_ITS_WAY.format(domain=DOMAIN))
        await house.let_pass(DAY + HOUR)
    assert len(house.authority.issued) == 3
    assert house.told() == ""
    assert house.shown(DOMAIN) == house.authority.issued[-1] == kept(house.renewal)


async def test_the_doctor_says_so_while_the_appliance_is_off(house: House) -> None:
    await house.let_pass()
    file = house.renewal.certificate_file
    file.write_bytes(cut_in_the_issuers(file.read_bytes()))
    [(state, said)] = house.doctor()
    assert state == "fine"
    assert "is damaged: the appliance orders another certificate" in said

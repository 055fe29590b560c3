"""What is kept of an authority, after a disk has flipped a bit of it: it is got anew."""

from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pytest

from homecall_appliance.acme.account import Account, AccountFile
from homecall_appliance.acme.jose import AccountKey
from homecall_appliance.acme.state import Settings, State
from tests.support.damage import FLIPS, each_flipped, some_flipped
from tests.support.owner_world import Owner

pytestmark = pytest.mark.filterwarnings("ignore:Parsed a")

DOMAIN = "door.example"
ISSUER = Owner(datetime.now(UTC))


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path, Settings(DOMAIN, "https://ca.example/directory"))


def test_a_certificate_with_a_flipped_bit_is_none_or_is_kept(state: State) -> None:
    pair = ISSUER.pair(names=(DOMAIN,))
    whole = pair.key + pair.chain
    state.keep_certificate(whole)
    kept = state.certificate()
    assert kept
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

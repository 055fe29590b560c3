"""DuckDNS: the TXT record, addresses, refusals."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest

from homecall_appliance.acme.duckdns import DuckDns
from homecall_appliance.acme.failures import ProviderError
from homecall_appliance.acme.http import Http, trusting
from tests.acme.fake_duckdns import TOKEN, FakeDuckDns, Records

FOUR, SIX = "192.168.1.7", "fd00::7"


@asynccontextmanager
async def provider(fake: FakeDuckDns, token: str = TOKEN) -> AsyncIterator[DuckDns]:
    async with fake.serving(), Http("test", trusting()) as http:
        yield DuckDns(http, token, api=fake.url)


@pytest.mark.parametrize("name", ["ourdoor.duckdns.org", "deep.ourdoor.duckdns.org"])
async def test_the_txt_record_comes_and_goes(name: str) -> None:
    fake = FakeDuckDns()
    async with provider(fake) as made:
        await made.present(f"_acme-challenge.{name}", "value")
        await made.cleanup(f"_acme-challenge.{name}", "value")
    assert fake.history == [Records(txt="value"), Records()]


@pytest.mark.parametrize(
    ("addresses", "history"),
    [
        ([FOUR, SIX], [Records(FOUR, SIX)]),
        ([SIX, FOUR, "192.168.1.8"], [Records(FOUR, SIX)]),
        ([FOUR], [Records(), Records(FOUR)]),
        ([SIX], [Records(), Records("", SIX)]),
        ([], [Records()]),
    ],
)
async def test_the_name_has_the_addresses_and_no_others(
    addresses: list[str], history: list[Records]
) -> None:
    """And never the router's."""
    fake = FakeDuckDns(names={"ourdoor": Records("192.168.9.9", "fd00::99")})
    async with provider(fake) as made:
        await made.set_addresses("ourdoor.duckdns.org", [ip_address(each) for each in addresses])
    assert fake.history == history


async def test_addresses_leave_the_txt_record_alone() -> None:
    fake = FakeDuckDns()
    async with provider(fake) as made:
        await made.present("_acme-challenge.ourdoor.duckdns.org", "value")
        await made.set_addresses("ourdoor.duckdns.org", [ip_address(FOUR)])
    assert fake.names["ourdoor"] == Records(FOUR, "", "value")


@pytest.mark.parametrize(
    ("token", "name", "status", "sentence"),
    [
        ("mistaken", "ourdoor.duckdns.org", 200, "the token is wrong, or the name is not yours"),
        (TOKEN, "theirs.duckdns.org", 200, r"refuses to change theirs\.duckdns\.org"),
        (TOKEN, "ourdoor.example", 200, r"has only names that end in \.duckdns\.org"),
        (TOKEN, "duckdns.org", 200, r"has only names that end in \.duckdns\.org"),
        (TOKEN, "ourdoor.duckdns.org", 502, r"\(status 502\)\. It is tried again"),
    ],
)
async def test_a_refusal_says_what_to_do(token: str, name: str, status: int, sentence: str) -> None:
    async with provider(FakeDuckDns(status=status), token) as made:
        with pytest.raises(ProviderError, match=sentence) as caught:
            await made.present(name, "value")
    assert token not in str(caught.value)


async def test_no_token_is_in_the_sentence_of_a_network_that_fails() -> None:
    async with Http("test", trusting()) as http:
        made = DuckDns(http, TOKEN, api="http://127.0.0.1:9/update")
        with pytest.raises(Exception, match=r"127\.0\.0\.1 cannot be reached") as caught:
            await made.present("ourdoor.duckdns.org", "value")
    assert TOKEN not in str(caught.value)

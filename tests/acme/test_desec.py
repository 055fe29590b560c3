"""deSEC: TXT records, addresses, refusals."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest

from homecall_appliance.acme.desec import Desec
from homecall_appliance.acme.failures import ProviderError
from homecall_appliance.acme.http import Http, trusting
from tests.acme.fake_desec import TOKEN, FakeDesec

DOOR = "door.home.example"
CHALLENGE = f"_acme-challenge.{DOOR}"


@asynccontextmanager
async def provider(
    desec: FakeDesec, token: str = TOKEN, slept: list[float] | None = None
) -> AsyncIterator[Desec]:
    async def sleep(seconds: float) -> None:
        assert slept is not None, "nothing is to be waited for"
        slept.append(seconds)

    async with desec.serving(), Http("test", trusting()) as http:
        yield Desec(http, token, api=desec.url, sleep=sleep)


async def test_a_txt_record_comes_and_goes() -> None:
    desec = FakeDesec()
    records = desec.domains["home.example"]
    async with provider(desec) as made:
        await made.present(CHALLENGE, "value-_1")
        assert records == {("_acme-challenge.door", "TXT"): ['"value-_1"']}
        await made.present(CHALLENGE, "value-_2")
        assert records == {("_acme-challenge.door", "TXT"): ['"value-_2"']}
        await made.cleanup(CHALLENGE, "value-_2")
        assert records == {}
        await made.cleanup(CHALLENGE, "value-_2")


async def test_the_domain_that_is_responsible_is_asked_for() -> None:
    desec = FakeDesec()
    async with provider(desec) as made:
        await made.present("_acme-challenge.deep.home.example", "value")
        await made.set_addresses("home.example", [ip_address("192.168.1.7")])
    assert desec.domains["deep.home.example"] == {("_acme-challenge", "TXT"): ['"value"']}
    assert desec.domains["home.example"] == {("", "A"): ["192.168.1.7"]}


async def test_addresses_of_both_kinds_change_in_one_request() -> None:
    desec = FakeDesec()
    records = desec.domains["home.example"]
    four, six, other = (ip_address(each) for each in ("192.168.1.7", "fd00::7", "fd00::8"))
    async with provider(desec) as made:
        await made.set_addresses(DOOR, [four, six, other])
        assert records == {
            ("door", "A"): ["192.168.1.7"],
            ("door", "AAAA"): ["fd00::7", "fd00::8"],
        }
        await made.set_addresses(DOOR, [four])
        assert records == {("door", "A"): ["192.168.1.7"]}
        await made.set_addresses(DOOR, [])
        assert records == {}
    writes = [each for each in desec.requests if each.startswith("PATCH")]
    assert len(writes) == 3


async def test_the_least_ttl_of_the_domain_is_taken() -> None:
    async with provider(FakeDesec(minimum_ttl=60)) as made:
        await made.present(CHALLENGE, "value")
    async with provider(FakeDesec(minimum_ttl=7200)) as made:
        await made.present(CHALLENGE, "value")


async def test_a_short_throttling_is_waited_for() -> None:
    desec, slept = FakeDesec(throttled=[1, 2]), list[float]()
    async with provider(desec, slept=slept) as made:
        await made.present(CHALLENGE, "value")
    assert slept == [1.0, 2.0]
    assert desec.domains["home.example"]


async def test_a_long_throttling_is_told_with_its_end() -> None:
    async with provider(FakeDesec(throttled=[79200])) as made:
        with pytest.raises(ProviderError, match="deSEC has had too many requests") as caught:
            await made.present(CHALLENGE, "value")
    assert caught.value.retry_after == 79200.0


@pytest.mark.parametrize(
    ("token", "name", "writable", "sentence"),
    [
        ("wrong", CHALLENGE, True, r"does not know the token\. .* as DESEC_TOKEN\."),
        (TOKEN, "_acme-challenge.door.example", True, r"has no domain for .* tls\.acme\.domain"),
        (TOKEN, CHALLENGE, False, r"does not let this token change the domain \(.*permission"),
    ],
)
async def test_a_refusal_says_what_to_do(
    token: str, name: str, writable: bool, sentence: str
) -> None:
    async with provider(FakeDesec(writable=writable), token) as made:
        with pytest.raises(ProviderError, match=sentence) as caught:
            await made.present(name, "value")
    assert token not in str(caught.value)


async def test_what_is_no_answer_of_desec_is_told() -> None:
    desec = FakeDesec()
    async with provider(desec) as made:
        desec.domains.clear()
        desec.domains["home.example"] = {}
        with pytest.raises(ProviderError, match=r"\(status 400: .*Subname can only use"):
            await made.present("_acme-challenge.DOOR.home.example", "value")

"""Updates of a real DNS server (Knot DNS), which is asked afterwards."""

from ipaddress import ip_address

import pytest

from homecall_appliance.acme.failures import NETWORK, ProviderError
from homecall_appliance.acme.rfc2136 import Key, Rfc2136, split
from tests.support.address import free_port
from tests.support.rigs.knot import ALGORITHM, KEY_NAME, SECRET, DnsServer

DOOR = "door.home.test"
CHALLENGE = f"_acme-challenge.{DOOR}"
KEY = Key(KEY_NAME, SECRET, ALGORITHM)

with_knot = pytest.mark.apt


def provider(knot: DnsServer, key: Key | None = KEY) -> Rfc2136:
    return Rfc2136(knot.environment["RFC2136_NAMESERVER"], key)


@with_knot
async def test_a_txt_record_comes_and_goes(knot: DnsServer) -> None:
    made = provider(knot)
    await made.present(CHALLENGE, "value-_1")
    assert knot.records(CHALLENGE, "TXT") == ['"value-_1"']
    await made.present(CHALLENGE, "value-_2")
    assert knot.records(CHALLENGE, "TXT") == ['"value-_2"']
    await made.cleanup(CHALLENGE, "value-_2")
    assert knot.records(CHALLENGE, "TXT") == []


@with_knot
async def test_the_name_has_the_addresses_and_no_others(knot: DnsServer) -> None:
    made = provider(knot)
    four, six, other = (ip_address(each) for each in ("192.168.1.7", "fd00::7", "fd00::8"))
    await made.set_addresses(DOOR, [six, four, other])
    assert knot.records(DOOR, "A") == ["192.168.1.7"]
    assert knot.records(DOOR, "AAAA") == ["fd00::7", "fd00::8"]
    await made.set_addresses(DOOR, [six])
    assert knot.records(DOOR, "A") == []
    assert knot.records(DOOR, "AAAA") == ["fd00::7"]


@with_knot
@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (Key("other", SECRET, ALGORITHM), r"does not accept the TSIG key \(.*know the key"),
        (Key(KEY_NAME, SECRET[::-1].strip("=") + "=", ALGORITHM), r"like the signature"),
        (Key(KEY_NAME, SECRET, "hmac-sha512"), r"does not accept the TSIG key .*RFC2136_TSIG_KEY"),
        (Key(KEY_NAME, "no base64!", ALGORITHM), r"RFC2136_TSIG_SECRET .* in base64"),
        (None, r"refuses to change .* \(NOTAUTH\)\. Let its update policy"),
    ],
    ids=["name", "secret", "algorithm", "no base64", "none"],
)
async def test_a_wrong_key_is_told_and_changes_nothing(
    knot: DnsServer, key: Key | None, sentence: str
) -> None:
    with pytest.raises(ProviderError, match=sentence) as caught:
        await provider(knot, key).set_addresses(DOOR, [ip_address("192.168.1.7")])
    assert knot.records(DOOR, "A") == ["127.0.0.1"]
    assert SECRET not in str(caught.value)


@with_knot
async def test_a_name_of_another_zone_is_told(knot: DnsServer) -> None:
    with pytest.raises(ProviderError, match=r"has no zone for door\.example\. Check tls\.acme\."):
        await provider(knot).present("door.example", "value")


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
async def test_a_server_that_is_not_there_is_told(host: str) -> None:
    server = f"{host}:{free_port()}"
    with pytest.raises(ProviderError, match=f"{server} gives no answer .*RFC2136_N") as caught:
        await Rfc2136(server, KEY).present(CHALLENGE, "value")
    assert caught.value.pauses == NETWORK


@pytest.mark.parametrize(
    ("nameserver", "host", "port"),
    [
        ("ns.home.test", "ns.home.test", 53),
        ("ns.home.test:5353", "ns.home.test", 5353),
        ("192.0.2.1", "192.0.2.1", 53),
        ("192.0.2.1:5353", "192.0.2.1", 5353),
        ("2001:db8::1", "2001:db8::1", 53),
        ("[2001:db8::1]", "2001:db8::1", 53),
        ("[2001:db8::1]:5353", "2001:db8::1", 5353),
    ],
)
def test_a_nameserver_is_written_as_for_lego(nameserver: str, host: str, port: int) -> None:
    assert split(nameserver) == (host, port)

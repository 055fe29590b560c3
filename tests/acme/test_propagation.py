"""When a record counts as published: with real DNS servers, in faked time."""

from pathlib import Path

import dns.asyncquery
import dns.asyncresolver
import dns.message
import dns.query
import dns.rcode
import dns.resolver
import dns.tsigkeyring
import dns.update
import pytest

from homecall_appliance.acme import propagation
from homecall_appliance.acme.failures import AcmeError
from homecall_appliance.acme.propagation import Dns, wait_for_record
from homecall_appliance.acme.rfc2136 import Key, Rfc2136
from tests.acme.acme_world import FakeTime
from tests.support.address import free_port
from tests.support.rigs.knot import ALGORITHM, KEY_NAME, SECRET, ZONE, DnsServer, dns_server

NAME = "_acme-challenge.door.home.test"
KEY = Key(KEY_NAME, SECRET, ALGORITHM)

pytestmark = pytest.mark.apt


async def waited(port: int, value: str = "value", within: float = 120.0) -> float:
    """Seconds for which a record was waited for."""
    time = FakeTime()
    begin = time.uptime
    await wait_for_record(Dns(("127.0.0.1",), port), time.clock, NAME, value, within)
    return time.uptime - begin


async def test_what_is_there_is_not_waited_for(knot: DnsServer) -> None:
    await Rfc2136(f"127.0.0.1:{knot.port}", KEY).present(NAME, "value")
    assert await waited(knot.port) == 0


async def test_what_is_not_there_is_waited_for_and_told(knot: DnsServer) -> None:
    sentence = rf"{NAME} has not reached .* within 120 seconds \(0 of 1 have it\)"
    with pytest.raises(AcmeError, match=sentence):
        await waited(knot.port)
    await Rfc2136(f"127.0.0.1:{knot.port}", KEY).present(NAME, "another")
    with pytest.raises(AcmeError, match=r"raise tls\.acme\.propagation_timeout"):
        await waited(knot.port)


def have_two_servers(knot: DnsServer) -> None:
    """Let the zone of this server name another one, at 127.0.0.2."""
    keyring = dns.tsigkeyring.from_text({KEY_NAME: SECRET})
    update = dns.update.UpdateMessage(ZONE, keyring=keyring, keyalgorithm=ALGORITHM)
    update.add(f"{ZONE}.", 60, "NS", f"ns2.{ZONE}.")
    update.add("ns2", 60, "A", "127.0.0.2")
    assert dns.query.tcp(update, knot.address, 5, knot.port).rcode() == 0


async def test_every_server_of_the_zone_must_have_it(knot: DnsServer, tmp_path: Path) -> None:
    have_two_servers(knot)
    with dns_server(tmp_path, "127.0.0.2", knot.port) as second:
        await Rfc2136(f"127.0.0.1:{knot.port}", KEY).present(NAME, "value")
        with pytest.raises(AcmeError, match=r"\(1 of 2 have it\)"):
            await waited(knot.port)
        await Rfc2136(f"{second.address}:{second.port}", KEY).present(NAME, "value")
        assert await waited(knot.port) == 0


async def test_a_server_that_gives_no_answer_does_not_count(
    knot: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(propagation, "QUESTION_TIMEOUT", 0.5)
    have_two_servers(knot)
    await Rfc2136(f"127.0.0.1:{knot.port}", KEY).present(NAME, "value")
    assert await waited(knot.port) == 0


@pytest.mark.parametrize(("within", "expected"), [(120.0, 60.0), (30.0, 30.0)])
async def test_where_nobody_can_be_asked_the_authority_is_left_to_find_it(
    monkeypatch: pytest.MonkeyPatch, within: float, expected: float
) -> None:
    monkeypatch.setattr(propagation, "QUESTION_TIMEOUT", 0.05)
    monkeypatch.setattr(propagation, "INTERVAL", 15.0)
    assert await waited(free_port(), within=within) == expected


@pytest.mark.parametrize("rcode", [dns.rcode.REFUSED, dns.rcode.SERVFAIL])
async def test_what_a_network_puts_in_the_place_of_the_servers_does_not_count(
    rcode: dns.rcode.Rcode, knot: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resolver that takes no question without RD, where port 53 is redirected to it."""

    async def refused(query: dns.message.Message, *_: object) -> tuple[dns.message.Message, bool]:
        answer = dns.message.make_response(query)
        answer.set_rcode(rcode)
        return answer, False

    monkeypatch.setattr(dns.asyncquery, "udp_with_fallback", refused)
    assert await Dns().has("192.0.2.1", NAME, "value") is None
    assert await Dns().addresses("192.0.2.1", NAME) is None
    assert await waited(knot.port) == 60.0


async def test_without_any_resolver_nobody_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As just after a network has come, before DHCP has told of one."""

    def none_configured(*_: object, **__: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.asyncresolver, "Resolver", none_configured)
    assert await Dns().servers(NAME) == []
    assert await Dns().canonical_name(NAME) == NAME


async def test_a_name_is_followed_to_where_its_record_is(knot: DnsServer) -> None:
    lookup = Dns(("127.0.0.1",), knot.port)
    assert await lookup.canonical_name("_acme-challenge.elsewhere.home.test") == NAME
    assert await lookup.canonical_name(NAME) == NAME
    assert await lookup.canonical_name("door.home.test") == "door.home.test"


async def test_a_name_stays_itself_where_nobody_can_be_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(propagation, "QUESTION_TIMEOUT", 0.05)
    assert await Dns(("127.0.0.1",), free_port()).canonical_name(NAME) == NAME

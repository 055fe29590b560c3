"""`reach`: from how far phones come, by real servers and by every answer of theirs."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from homecall_appliance.config.model import Ice, TurnServer
from homecall_appliance.doctor.checks.outside import outside
from homecall_appliance.doctor.checks.reach import reach
from homecall_appliance.doctor.facts import Appliance, Daemon, Facts, Looked
from homecall_appliance.doctor.finding import State, all_fine, bad
from homecall_appliance.network.name_state import Lookup
from tests.doctor.commands import run, written
from tests.doctor.doctor_world import configured, running
from tests.support.ice_servers import SECRET, coturn, silent

STUN, TURN = "stun:stun.example:3478", "turn:turn.example:3478"


def facts(ice: Looked, **network: Any) -> Facts:
    """A machine on which all is fine but for these; it has STUN servers that have been asked."""
    asked = [each["url"] for each in ice.values.get("servers", ())]
    found = configured(running(), "ice", stun=tuple(each for each in asked if each == STUN))
    return replace(found, ice=ice, network=replace(found.network, **network))


def answered(addresses: tuple[str, ...] = (), **servers: tuple[str, str]) -> Looked:
    """`servers`: the state and the sentence of `stun` and `turn`."""
    urls: Mapping[str, str] = {"stun": STUN, "turn": TURN}
    records = [
        {"url": urls[name], "state": state, "sentence": f"{urls[name]} {sentence}"}
        for name, (state, sentence) in servers.items()
    ]
    return Looked(values={"servers": records, "addresses": list(addresses)})


NAMED = Lookup("found", frozenset({ip_address("8.8.4.4")}))
SEEN = ("8.8.8.8",)


def looked_up(*addresses: str) -> dict[str, Any]:
    """The host that links name, and what the network's resolver says of it."""
    found = Lookup("found", frozenset(map(ip_address, addresses)))
    return {"wanted_host": "door.example", "host": "door.example", "lookup": found}


def public(address: str, lookup: Lookup, seen: tuple[str, ...] = SEEN) -> Facts:
    """With an address of the owner's for the ports that are forwarded."""
    found = facts(answered(seen, stun=WORKS), **looked_up("8.8.8.8"))
    found = configured(found, "ice", public_address=address, port=50_000)
    return replace(found, public_address=lookup)


WORKS = ("works", "gives an address.")


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("turns:192.0.2.7:443?transport=tcp", True),
        ("turns:[2001:db8::7]", True),
        ("turns:relay.example", False),
        ("turn:192.0.2.7?transport=tcp", False),
    ],
)
def test_a_relay_by_tls_is_to_have_a_name(url: str, is_told: bool) -> None:
    """Firefox takes no address (dom/media/webrtc/transport: "TLS requires FQDN")."""
    found = configured(facts(answered()), "ice", turn=(TurnServer(urls=(url,), secret=SECRET),))
    told = [each.sentence for each in reach(found) if "Firefox" in each.sentence]
    assert told == (
        [
            f"{url} has an address in it, and Firefox asks a relay by TLS only by its name. Put "
            "the name there that the relay's certificate has."
        ]
        if is_told
        else []
    )


CASES = [
    (facts(answered()), "outside", "fine", r"takes a STUN server .* at home need none\."),
    (facts(answered()), "turn", "fine", r"None is configured\. Calls at home need none"),
    (
        facts(answered(SEEN, stun=WORKS), port=443, **looked_up("8.8.8.8")),
        "outside",
        "fine",
        r"as 8\.8\.8\.8\. .* forwards TCP port 443 of that address",
    ),
    (
        facts(answered(SEEN, stun=WORKS), **looked_up("8.8.8.8", "192.168.1.10")),
        "outside",
        "bad",
        r"leads there, and to 192\.168\.1\.10 at home as well, .* Delete that address",
    ),
    (
        facts(answered(SEEN, stun=WORKS), **looked_up("192.168.1.10")),
        "outside",
        "fine",
        r"name door\.example leads to 192\.168\.1\.10, at home: nobody comes in by it from outside",
    ),
    (
        facts(answered(SEEN, stun=WORKS), host="192.168.1.10"),
        "outside",
        "fine",
        r"links lead to 192\.168\.1\.10, at home: nobody comes in by them from outside",
    ),
    (
        facts(answered(SEEN, stun=WORKS), **looked_up("192.168.1.10", "2001:4860::1")),
        "outside",
        "fine",
        r"links lead to 2001:4860::1: who is not at home comes in by IPv6 alone",
    ),
    (
        facts(answered(SEEN, stun=WORKS), host="8.8.4.4", wanted_host="8.8.4.4"),
        "outside",
        "bad",
        r"as 8\.8\.8\.8, and links lead to 8\.8\.4\.4\. Set server\.public_host",
    ),
    (
        facts(answered(stun=("silent", "gives no address."))),
        "outside",
        "unchecked",
        r"^How the internet sees this machine is not known",
    ),
    (
        configured(facts(Looked("hung")), "ice", stun=(STUN,)),
        "outside",
        "unchecked",
        r"^How the internet sees this machine is not known",
    ),
    (
        facts(answered(stun=WORKS), addresses=("8.8.8.8", "192.168.1.10")),
        "outside",
        "fine",
        r"by its own address \(8\.8\.8\.8\)\. .* where no firewall closes TCP port 443",
    ),
    (
        facts(answered(stun=WORKS), addresses=("192.168.1.10",)),
        "outside",
        "fine",
        r"by its own address, so it stands in the same network",
    ),
    (
        public("home.invalid", Lookup("unknown")),
        "outside",
        "bad",
        r"tells no address of home\.invalid, .* Correct ice\.public_address",
    ),
    (
        public("home.example", Lookup("found", frozenset({ip_address("8.8.4.4")}))),
        "outside",
        "bad",
        r"as 8\.8\.8\.8, and ice\.public_address \(home\.example\) leads to 8\.8\.4\.4\. Correct",
    ),
    (
        public("192.168.1.10", Lookup("found", frozenset({ip_address("192.168.1.10")}))),
        "outside",
        "bad",
        r"ice\.public_address is 192\.168\.1\.10, at home, where nothing comes",
    ),
    (
        facts(answered(SEEN, stun=WORKS)),
        "stun",
        "fine",
        r"stun\.example:3478 gives an",
    ),
    (
        facts(
            answered(SEEN, stun=WORKS),
            wanted_host="door.example",
            lookup=NAMED,
        ),
        "outside",
        "bad",
        r"as 8\.8\.8\.8, and the name door\.example leads to 8\.8\.4\.4\. Correct its address",
    ),
    (
        facts(answered(turn=("silent", "gives no address: it does not answer."))),
        "turn",
        "bad",
        r"turn\.example:3478 gives no address: it does not answer\.$",
    ),
    (
        facts(answered(stun=("unreachable", "gives no address."))),
        "stun",
        "bad",
        r"stun\.example:3478 gives no address\.$",
    ),
    (
        facts(answered(turn=("refuses", "gives no address.")), clock_set=False),
        "turn",
        "bad",
        r"gives no address\. The clock says 2027-02-09 00:00 UTC, and no time server keeps it",
    ),
    (
        facts(answered(), host="203.0.113.7"),
        "outside",
        "bad",
        r"leads to 203\.0\.113\.7, which is not .* Name a STUN server .*, or forward UDP ports",
    ),
    (facts(Looked("hung")), "stun", "bad", r"took too long"),
    (facts(Looked("crashed", reason="signal 11")), "turn", "bad", r"of the calls failed"),
    (facts(answered(), addresses=("2001:4860::1",)), "ipv6", "fine", r"IPv6 .* lets TCP port 443"),
    (facts(answered(), addresses=("fd00::1",)), "ipv6", "fine", r"has no address of IPv6"),
]


@pytest.mark.parametrize(("found", "name", "state", "sentence"), CASES)
def test_what_is_said(found: Facts, name: str, state: str, sentence: str) -> None:
    findings = [each for each in reach(found) if each.name == name]
    assert {each.state for each in findings} - {State.FINE} == {State(state)} - {State.FINE}
    assert re.search(sentence, " ".join(each.sentence for each in findings))


def test_all_is_fine_at_home() -> None:
    findings = reach(facts(answered()))
    assert all_fine(findings), findings
    assert [each.name for each in findings] == [
        *("configuration", "network", "certificate", "outside", "turn", "ipv6")
    ]


def test_an_appliance_that_does_not_run_is_called_by_nobody() -> None:
    for state, sentence in ((Daemon.STOPPED, "not running"), (Daemon.SILENT, "does not answer")):
        found = replace(facts(answered()), appliance=Appliance(state))
        [finding] = [each for each in reach(found) if each.name == "ports"]
        assert finding.state is State.BAD
        assert sentence in finding.sentence


def test_a_proxy_at_home_is_no_way_from_outside() -> None:
    found = facts(answered(), **looked_up("192.168.1.5"))
    assert all_fine([*outside(found)])


def test_a_public_address_that_the_internet_sees_is_fine() -> None:
    found = public("home.example", Lookup("found", frozenset({ip_address("8.8.8.8")})))
    assert all_fine([*outside(found)])


def test_who_has_named_a_server_or_ports_may_be_reached_by_another_address() -> None:
    for table in (Ice(stun=(STUN,)), Ice(public_address="203.0.113.7", port=50_000)):
        found = facts(answered(("203.0.113.7",), stun=WORKS), host="203.0.113.7")
        found = replace(
            found,
            settings=replace(found.settings, config=replace(found.settings.config, ice=table)),
        )
        assert all(each.state is State.FINE for each in reach(found) if each.name == "outside")


def test_a_relay_without_credentials_is_configured() -> None:
    relay = TurnServer(cloudflare_key_id="key", cloudflare_token="token")  # noqa: S106
    found = configured(facts(answered()), "ice", turn=(relay,))
    assert [each for each in reach(found) if each.name == "turn"] == []
    found = replace(found, without_credentials=("Cloudflare gives no credentials.",))
    assert [each for each in reach(found) if each.name == "turn"] == [
        bad("turn", "Cloudflare gives no credentials.")
    ]


@pytest.mark.apt
@pytest.mark.slow
async def test_servers_are_asked_as_a_call_asks_them(tmp_path: Path) -> None:
    with silent() as (_, dead):
        async with coturn(tmp_path) as server:
            works = f"turn:{server.address}:{server.port}?transport=tcp"
            tables = {
                "stun": [f"stun:{dead}"],
                "turn": [
                    {"urls": [works], "secret": SECRET},
                    {"urls": [f"turn:{server.address}:{server.port}"], "secret": "another"},
                ],
            }
            config = written(tmp_path, {"ice": tables})
            done = run("reach", "--json", "--config", config)
    assert (done.code, done.errors) == (1, ""), done
    found = {
        each["sentence"].split()[0]: (each["name"], each["state"], each["sentence"])
        for each in json.loads(done.output)["findings"]
    }
    assert found[f"stun:{dead}"][:2] == ("stun", "bad"), found
    assert "it does not answer" in found[f"stun:{dead}"][2]
    assert found[works][:2] == ("turn", "fine")
    assert "refuses the credentials (401)" in found[f"turn:{server.address}:{server.port}"][2]

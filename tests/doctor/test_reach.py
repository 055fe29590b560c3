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
from homecall_appliance.doctor.checks.reach import reach
from homecall_appliance.doctor.facts import Facts, Looked
from homecall_appliance.doctor.finding import State, all_fine, bad
from homecall_appliance.network.name_state import Lookup
from tests.doctor.commands import run, written
from tests.doctor.doctor_world import configured, stopped
from tests.support.ice_servers import SECRET, coturn, silent

STUN, TURN = "stun:stun.example:3478", "turn:turn.example:3478"


def facts(ice: Looked, **network: Any) -> Facts:
    found = stopped()
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
WORKS = ("works", "gives an address.")

CASES = [
    (facts(answered()), "outside", "fine", r"takes a STUN server .* at home need none\."),
    (facts(answered()), "turn", "fine", r"None is configured\. Calls at home need none"),
    (
        facts(answered(SEEN, stun=WORKS), port=443),
        "outside",
        "fine",
        r"as 8\.8\.8\.8\. .* forwards TCP port 443 of that address",
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
    assert {each.state for each in findings} == {State(state)}
    assert re.search(sentence, findings[0].sentence)


def test_all_is_fine_at_home() -> None:
    findings = reach(facts(answered()))
    assert all_fine(findings), findings
    assert [each.name for each in findings] == [
        *("configuration", "network", "certificate", "outside", "turn", "ipv6")
    ]


def test_who_has_named_a_server_or_ports_may_be_reached_by_another_address() -> None:
    for table in (Ice(stun=("stun:a",)), Ice(public_address="203.0.113.7", port=50_000)):
        found = facts(answered(), host="203.0.113.7")
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

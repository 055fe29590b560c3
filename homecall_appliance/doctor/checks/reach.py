"""From how far phones reach the appliance. PURE."""

import re
from collections.abc import Iterator
from ipaddress import ip_address

from homecall_appliance.config.model import Ice
from homecall_appliance.control.client import START
from homecall_appliance.doctor.checks.certificate import certificate
from homecall_appliance.doctor.checks.configuration import configuration
from homecall_appliance.doctor.checks.devices import not_answered
from homecall_appliance.doctor.checks.network import clock_says, network
from homecall_appliance.doctor.checks.outside import outside
from homecall_appliance.doctor.checks.ports import SILENT
from homecall_appliance.doctor.facts import Daemon, Facts
from homecall_appliance.doctor.finding import Finding, Name, bad, fine
from homecall_appliance.network.addresses import address_of


def reach(facts: Facts) -> list[Finding]:
    """At least one finding for each thing, in the order that they are shown in."""
    return [
        *configuration(facts),
        *_running(facts),
        *network(facts),
        *certificate(facts),
        *outside(facts),
        *_servers("stun", facts),
        *_servers("turn", facts),
        *_ipv6(facts),
    ]


def _running(facts: Facts) -> Iterator[Finding]:
    if facts.appliance.state is Daemon.STOPPED:
        sentence = f"The appliance is not running, and nobody can call. Start it with: {START}"
        yield bad("ports", sentence)
    elif facts.appliance.state is Daemon.SILENT:
        yield bad("ports", SILENT)


def _servers(kind: Name, facts: Facts) -> Iterator[Finding]:
    looked = facts.ice
    if kind == "turn":
        yield from (bad(kind, sentence) for sentence in facts.without_credentials)
    if looked.outcome == "hung":
        yield bad(kind, "The servers could not be asked, for that took too long. Look again.")
        return
    if problem := not_answered(looked, "calls") or looked.values.get("problem"):
        yield bad(kind, problem)
        return
    servers = [each for each in looked.values.get("servers", ()) if each["url"].startswith(kind)]
    for server in servers:
        if server["state"] == "works":
            yield fine(kind, server["sentence"])
        elif server["state"] == "refuses":
            clock = f"The clock says {clock_says(facts.network)}."
            yield bad(kind, f"{server['sentence']} {clock}")
        else:
            yield bad(kind, server["sentence"])
    if kind == "turn":
        yield from _tls_by_address(facts.settings.config.ice)
    if kind == "turn" and not servers and not facts.settings.config.ice.turn:
        yield fine(
            kind,
            "None is configured. Calls at home need none; between strict networks, such as two "
            "mobile ones, none comes about without ([[ice.turn]]).",
        )


_TLS = re.compile(r"turns:(?:\[([^\]]*)\]|([^:?]*))")
"""What a URL of a relay by TLS begins with (RFC 7065), and its host."""


def _tls_by_address(ice: Ice) -> Iterator[Finding]:
    for url in (each for turn in ice.turn for each in turn.urls):
        where = _TLS.match(url)
        if where and address_of(where[1] or where[2]):
            yield bad(
                "turn",
                f"{url} has an address in it, and Firefox asks a relay by TLS only by its name. "
                "Put the name there that the relay's certificate has.",
            )


def _ipv6(facts: Facts) -> Iterator[Finding]:
    own = [ip_address(each) for each in facts.network.addresses]
    if any(each.version == 6 and each.is_global for each in own):
        yield fine(
            "ipv6",
            "This machine has an address of IPv6 that the internet knows. Who is not at home comes "
            "in by it where links lead to it, and the router lets TCP port "
            f"{facts.network.port} through to it.",
        )
    else:
        yield fine(
            "ipv6",
            "This machine has no address of IPv6 that the internet knows. Phones come by IPv4.",
        )

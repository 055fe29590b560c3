"""From how far phones reach the appliance. PURE."""

from collections.abc import Iterator
from ipaddress import ip_address

from homecall_appliance.doctor.checks.certificate import certificate
from homecall_appliance.doctor.checks.configuration import configuration
from homecall_appliance.doctor.checks.devices import not_answered
from homecall_appliance.doctor.checks.network import clock_says, leads_elsewhere, network
from homecall_appliance.doctor.facts import Facts, Looked
from homecall_appliance.doctor.finding import Finding, Name, bad, fine
from homecall_appliance.network.addresses import IPAddress


def reach(facts: Facts) -> list[Finding]:
    """At least one finding for each thing, in the order that they are shown in."""
    return [
        *configuration(facts),
        *network(facts),
        *certificate(facts),
        *_outside(facts),
        *_servers("stun", facts),
        *_servers("turn", facts),
        *_ipv6(facts),
    ]


def _outside(facts: Facts) -> Iterator[Finding]:
    """As which address the internet sees this machine, and whether the name leads there."""
    seen = _seen(facts.ice)
    public = [each for each in _led_to(facts) if each.is_global]
    ice = facts.settings.config.ice
    if not (ice.stun or ice.turn or ice.public_address) and leads_elsewhere(facts.network):
        yield bad(
            "outside",
            f"The link leads to {facts.network.host}, which is not this machine's own address: "
            "phones come from outside, and their calls find no way in. Name a STUN server "
            "(ice.stun) and a TURN relay ([[ice.turn]]), or forward UDP ports (ice.port, "
            "ice.public_address).",
        )
    elif not seen:
        yield fine(
            "outside",
            "Nobody was asked how the internet sees this machine: that takes a STUN server "
            "(ice.stun). Calls at home need none.",
        )
    for mapped in seen:
        same = [each for each in public if each.version == mapped.version]
        if same and mapped not in same:
            yield bad(
                "outside",
                f"The internet sees this machine as {mapped}, and the name "
                f"{facts.network.wanted_host} leads to {same[0]}. Correct its address where you "
                "got it.",
            )
        else:
            yield fine(
                "outside",
                f"The internet sees this machine as {mapped}. Who is not at home comes in where "
                f"the router forwards TCP port {facts.network.port} of that address to it.",
            )


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
    if kind == "turn" and not servers and not facts.settings.config.ice.turn:
        yield fine(
            kind,
            "None is configured. Calls at home need none; between strict networks, such as two "
            "mobile ones, none comes about without ([[ice.turn]]).",
        )


def _ipv6(facts: Facts) -> Iterator[Finding]:
    own = [ip_address(each) for each in facts.network.addresses]
    if any(each.version == 6 and each.is_global for each in own):
        yield fine(
            "ipv6",
            "This machine has an address of IPv6 that the internet knows. Who is not at home comes "
            f"in by it where the router lets TCP port {facts.network.port} through to it.",
        )
    else:
        yield fine(
            "ipv6",
            "This machine has no address of IPv6 that the internet knows. Phones come by IPv4.",
        )


def _seen(looked: Looked) -> list[IPAddress]:
    return [ip_address(each) for each in looked.values.get("addresses", ())]


def _led_to(facts: Facts) -> list[IPAddress]:
    lookup = facts.network.lookup
    return sorted(lookup.addresses, key=str) if lookup else []

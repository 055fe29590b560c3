"""As which address the internet sees this machine, and whether phones come in by it. PURE."""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address

from homecall_appliance.certificates.constraints import LOCAL_NETWORKS
from homecall_appliance.doctor.checks.network import leads_elsewhere
from homecall_appliance.doctor.facts import Facts, Looked, Network
from homecall_appliance.doctor.finding import Finding, bad, fine, unchecked
from homecall_appliance.network.addresses import IPAddress, address_of


def outside(facts: Facts) -> Iterator[Finding]:
    """What STUN servers have seen, what links lead to, and ice.public_address."""
    ice, found = facts.settings.config.ice, facts.network
    seen, is_local = _seen(facts.ice), all(map(_is_at_home, _led_to(found)))
    if not (ice.stun or ice.turn or ice.public_address or is_local) and leads_elsewhere(found):
        yield bad(
            "outside",
            f"The link leads to {found.host}, which is not this machine's own address: "
            "phones come from outside, and their calls find no way in. Name a STUN server "
            "(ice.stun) and a TURN relay ([[ice.turn]]), or forward UDP ports (ice.port, "
            "ice.public_address).",
        )
    elif not seen:
        yield _not_seen(facts)
    yield from (_way_in(mapped, found) for mapped in seen)
    yield from _public_address(facts, seen)


def _not_seen(facts: Facts) -> Finding:
    """What is to be said where no STUN server has told another address than this machine's own."""
    servers = [
        each for each in facts.ice.values.get("servers", ()) if each["url"].startswith("stun")
    ]
    if not servers and not facts.settings.config.ice.stun:
        return fine(
            "outside",
            "Nobody was asked how the internet sees this machine: that takes a STUN server "
            "(ice.stun). Calls at home need none.",
        )
    if not any(each["state"] == "works" for each in servers):
        return unchecked(
            "outside",
            "How the internet sees this machine is not known: no STUN server tells it. See the "
            "line on stun.",
        )
    own = [each for each in facts.network.addresses if not _is_at_home(ip_address(each))]
    if not own:
        return fine(
            "outside",
            "The STUN server sees this machine by its own address, so it stands in the same "
            "network. How the internet sees this machine is not known.",
        )
    return fine(
        "outside",
        f"The internet sees this machine by its own address ({', '.join(own)}). Who is not at home "
        f"comes in where no firewall closes TCP port {facts.network.port}.",
    )


def _way_in(mapped: IPAddress, found: Network) -> Finding:
    """Whether links lead to where the internet sees this machine."""
    led, seen = _led_to(found), f"The internet sees this machine as {mapped}"
    same = [each for each in led if each.version == mapped.version and not _is_at_home(each)]
    if found.lookup and found.lookup.outcome != "found":
        same = [mapped]  # another line tells that the name leads nowhere
    if not same:
        return fine("outside", f"{seen}, and {_no_way_in(mapped, found)}")
    if mapped not in same:
        name = found.wanted_host or found.host
        place, advice = f"the name {name} leads", "Correct its address where you got it."
        if address_of(name):
            place, advice = "links lead", "Set server.public_host."
        return bad("outside", f"{seen}, and {place} to {same[0]}. {advice}")
    if home := list(filter(_is_at_home, led)):
        return bad(
            "outside",
            f"{seen}, and the name {found.wanted_host} leads there, and to {_joined(home)} at home "
            "as well, where phones from outside find nobody. Delete that address where you got the "
            "name.",
        )
    return fine(
        "outside",
        f"{seen}. Who is not at home comes in where the router forwards TCP port {found.port} of "
        "that address to it.",
    )


def _no_way_in(mapped: IPAddress, found: Network) -> str:
    """What it means that links lead to no address on the internet of the kind of `mapped`."""
    led = _led_to(found)
    for other in led:
        if not _is_at_home(other):
            return (
                f"links lead to {other}: who is not at home comes in by IPv{other.version} alone."
            )
    if found.lookup:
        return (
            f"the name {found.wanted_host} leads to {_joined(led)}, at home: nobody comes in by it "
            f"from outside. For that it has to lead to {mapped}."
        )
    return (
        f"links lead to {found.wanted_host or found.host}, at home: nobody comes in by them from "
        f"outside. For that, set server.public_host to a name that leads to {mapped}."
    )


def _public_address(facts: Facts, seen: Sequence[IPAddress]) -> Iterator[Finding]:
    """What is wrong with the address that phones are told without a STUN server."""
    name, lookup = facts.settings.config.ice.public_address, facts.public_address
    if lookup is None:
        return
    if lookup.outcome != "found":
        yield bad(
            "outside",
            f"The resolver of this network tells no address of {name}, so phones are not told of "
            "the UDP ports that are forwarded. Correct ice.public_address.",
        )
        return
    leads = "is" if address_of(name) else f"({name}) leads to"
    home = [each for each in lookup.addresses if _is_at_home(each)]
    if len(home) == len(lookup.addresses):
        yield bad(
            "outside",
            f"ice.public_address {leads} {_joined(home)}, at home, where nothing comes from "
            "outside. It has to be the router's address on the internet, or a name that leads to "
            "it.",
        )
        return
    for mapped in seen:
        same = [each for each in lookup.addresses if each.version == mapped.version]
        if same and mapped not in same:
            yield bad(
                "outside",
                f"The internet sees this machine as {mapped}, and ice.public_address {leads} "
                f"{_joined(same)}. Correct that.",
            )


def _seen(looked: Looked) -> list[IPAddress]:
    return [ip_address(each) for each in looked.values.get("addresses", ())]


def _led_to(found: Network) -> list[IPAddress]:
    """The addresses that links lead to, as long as the network does not hide their name."""
    if found.lookup:
        return sorted(found.lookup.addresses, key=str)
    address = address_of(found.wanted_host or found.host)
    return [address] if address else []


def _is_at_home(address: IPAddress) -> bool:
    return any(address in network for network in LOCAL_NETWORKS)


def _joined(addresses: Iterable[IPAddress]) -> str:
    return ", ".join(sorted(map(str, addresses)))

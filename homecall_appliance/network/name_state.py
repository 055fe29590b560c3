"""Whether the name in links is of use in this network, by what its resolver answers. PURE.

A name may be known everywhere and hidden at home: many routers withhold answers that name an
address at home (DNS rebind protection), which a name of an appliance does. Where its own resolver
hides a name from the appliance, it hides it from the phones beside it.

That a name leads to an address of somebody else's is no reason to do without it: a router may
forward ports to the appliance, or a reverse proxy stand there. It is one where the appliance gives
the name its addresses itself.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from homecall_appliance.network.addresses import IPAddress, address_of

Outcome = Literal["found", "filtered", "unknown", "silent"]
"""What came of asking: an address; that the name is there, and no address (EAI_NODATA), or a
refusal; that there is no such name (EAI_NONAME); no answer."""

Hidden = Literal["", "filtered", "unknown", "silent", "stale"]
"""Why links had better lead to an address: what came of asking, or none of the addresses that came
is among those that the name ought to have; empty: they need not."""

SILENCE = 180.0
"""Seconds without an answer after which the name counts as hidden: a router that starts anew, and
a resolver that is slow, take less."""


@dataclass(frozen=True)
class Lookup:
    """What came of asking for a name."""

    outcome: Outcome
    addresses: frozenset[IPAddress] = frozenset()


@dataclass(frozen=True)
class NameState:
    """How it stands with the name; times are of a clock that never jumps, in seconds."""

    hidden: Hidden = ""
    silent_since: float | None = None

    def after(
        self, lookup: Lookup, now: float, expected: Collection[IPAddress] = ()
    ) -> "NameState":
        """How it stands after another look. Silence alone changes nothing for a while.

        `expected` are the addresses of which the name ought to have one; none: any will do.
        """
        match lookup.outcome:
            case "found" if expected and lookup.addresses.isdisjoint(expected):
                return NameState("stale")
            case "found":
                return NameState()
            case "filtered" | "unknown":
                return NameState(lookup.outcome)
            case "silent":
                since = now if self.silent_since is None else self.silent_since
                late: Hidden = "silent" if now - since >= SILENCE else ""
                return NameState(self.hidden or late, since)


def found(addresses: Collection[IPAddress]) -> Lookup:
    """What a resolver's answer with these addresses means: 0.0.0.0 and :: stand for nobody
    (RFC 1122, section 3.2.1.3), and some filters answer with them."""
    real = frozenset(each for each in addresses if not each.is_unspecified)
    return Lookup("found", real) if real else Lookup("filtered")


def is_asked_of_resolvers(host: str) -> bool:
    """Whether a host of links is a name of the DNS: a phone asks its neighbours for one in .local
    (RFC 6762), and nobody for localhost (RFC 6761, section 6.3)."""
    domain = host.rpartition(".")[2]
    return address_of(host) is None and domain not in ("local", "localhost")


def advice(hidden: Hidden, name: str) -> str | None:
    """What is wrong with the name, and what to do; None where nothing is."""
    match hidden:
        case "":
            return None
        case "filtered":
            return (
                f"The resolver of this network tells no address of the name {name}. "
                "Routers withhold addresses at home (DNS rebind protection). Have yours make an "
                "exception: FRITZ!Box: Heimnetz > Netzwerk > Netzwerkeinstellungen > "
                f"DNS-Rebind-Schutz; OpenWrt: rebind_domain; dnsmasq: rebind-domain-ok=/{name}/; "
                f"pfSense, OPNsense, Unbound: private-domain: {name}; others, such as UniFi: give "
                "the name a DNS record of its own there. If it has no address outside either (A or "
                "AAAA), add that where you got the name."
            )
        case "unknown":
            return (
                f"The resolver of this network does not know the name {name}. Correct it "
                "(server.public_host, or tls.acme.domain), or add it with an address (A or AAAA) "
                "where you got it, or in your router. If phones know it all the same, write it "
                "into /etc/hosts here."
            )
        case "silent":
            return (
                f"No resolver answers when it is asked for {name}. Check the router and its way to "
                "the internet; resolvectl status, or /etc/resolv.conf, tells who is asked."
            )
        case "stale":
            return (
                f"In this network the name {name} leads to another address than this machine's. "
                "Resolvers remember a former address for up to an hour. If it stays so, look where "
                "you got the name which address it has, and in /etc/hosts."
            )

"""The network and the clock. PURE."""

from ipaddress import ip_address

from homecall_appliance.doctor.facts import Facts, Network
from homecall_appliance.doctor.finding import Finding, bad, fine
from homecall_appliance.network.name_state import advice


def network(facts: Facts) -> list[Finding]:
    """A finding for each problem."""
    found = facts.network
    problems = [
        *_clock(found),
        *_missing(found),
        *_attachment(found),
        *_name(found),
        *_reach(found, facts.settings.config.server.https_port),
    ]
    if problems:
        return [bad("network", each) for each in problems]
    answers = " and answers there" if found.reply else ""
    return [
        fine(
            "network",
            f"The link leads to {found.host}{answers}; the clock says {clock_says(found)}.",
        )
    ]


def _clock(found: Network) -> list[str]:
    if found.now >= found.released:
        return []
    return [
        f"The clock says {_day(found)}, which is in the past: phones would not believe the "
        "certificate. A Raspberry Pi takes its time from the network; see timedatectl, or type: "
        "sudo timedatectl set-ntp true"
    ]


def _missing(found: Network) -> list[str]:
    return [
        f"There is no network interface {each}, which server.interfaces names. Plug it in, or "
        "correct the name; this lists them: ip link"
        for each in found.missing
    ]


def _attachment(found: Network) -> list[str]:
    if not found.addresses and found.set_apart:
        return [
            "This machine has no address at home: what leads to VPNs and containers does not "
            f"count, nor what server.interfaces leaves out ({', '.join(found.set_apart)}). Plug in "
            "the network cable, or join a Wi-Fi with: sudo nmtui. If phones come by one of these, "
            "name it in server.interfaces."
        ]
    if not found.addresses:
        return [
            "This machine has no address. Plug in the network cable, or join a Wi-Fi with: "
            "sudo nmtui"
        ]
    if all(ip_address(each).is_link_local for each in found.addresses):
        return [
            f"This machine only gave itself the address {found.addresses[0]}: no router answers. "
            "Check the cable and the router (DHCP)."
        ]
    if not found.default_route:
        return [
            "There is no way out (no default route): phones of this network may call, the internet "
            "is not reached. Check the router, and with: ip route"
        ]
    return []


def _name(found: Network) -> list[str]:
    """What this network's resolver makes of the name."""
    if found.lookup is None or found.lookup.outcome == "found":
        return []
    sentence = advice(found.lookup.outcome, found.wanted_host)
    return [sentence] if sentence and found.addresses else []


def _elsewhere(found: Network) -> str:
    """Where the name leads to, if that is no address of this machine: which may be right."""
    addresses = found.lookup.addresses if found.lookup else ()
    strange = sorted({str(each) for each in addresses} - set(found.addresses))
    if not strange or len(strange) < len(addresses) or found.host != found.wanted_host:
        return ""
    return f" The name leads to {', '.join(strange)}, and this machine has another address."


def _reach(found: Network, https_port: int) -> list[str]:
    if found.reply is None or (found.reply.state == "unknown name" and _name(found)):
        return []
    place = f"{found.host}, port {found.port}"
    match found.reply.state:
        case "ok":
            return []
        case "failing":
            return [
                f"The appliance says that it cannot be called: {found.reply.reason} Look again in "
                "a minute, and then at: journalctl -u homecall-appliance"
            ]
        case "stranger":
            return [
                f"The link leads to {place}, where something else answers.{_elsewhere(found)} Set "
                "server.public_host and server.public_port to where this machine is reached."
            ]
        case "unknown name":
            return [
                f"The name {found.host} in the link is not known here. Give this machine that name "
                'in your router or DNS, or set server.public_host to "auto".'
            ]
        case "no answer":
            return [
                f"The link leads to {place}, and nothing answers there ({found.reply.reason})."
                f"{_elsewhere(found)} {_way_in(found, https_port)}"
            ]


def leads_elsewhere(found: Network) -> bool:
    """Whether the link has an address that is not this machine's, as a router's is."""
    if found.lookup and found.host == found.wanted_host:
        led_to = {str(each) for each in found.lookup.addresses}
    else:
        led_to = {found.host} if _is_address(found.host) else set()
    return bool(led_to) and led_to.isdisjoint(found.addresses)


def clock_says(found: Network) -> str:
    """The time of this machine's clock, and whether it may be wrong."""
    doubt = ", and no time server keeps it right" if found.clock_set is False else ""
    return f"{_day(found)}{doubt}"


def _way_in(found: Network, https_port: int) -> str:
    """What to do where nothing answers at the link's address."""
    if leads_elsewhere(found) and found.addresses:
        return (
            f"If that is your router's, have it forward TCP port {found.port} to "
            f"{found.addresses[0]}, port {https_port}. If it does so, try the link with a phone in "
            "the mobile network: some routers answer such a call only from outside."
        )
    return "Check server.public_host, server.public_port and this machine's firewall."


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _day(found: Network) -> str:
    return f"{found.now:%Y-%m-%d %H:%M} UTC"

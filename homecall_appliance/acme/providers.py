"""The DNS provider that the configuration names."""

from collections.abc import Mapping

from homecall_appliance.acme.commands import AddressCommand, ExecProvider
from homecall_appliance.acme.desec import Desec
from homecall_appliance.acme.duckdns import DuckDns
from homecall_appliance.acme.http import Http
from homecall_appliance.acme.ports import AddressProvider, TxtProvider
from homecall_appliance.acme.rfc2136 import Key, Rfc2136


def txt_provider(name: str, environment: Mapping[str, str], http: Http) -> TxtProvider | None:
    """Return the provider of a name that is lego's, with its variables; None for "".

    Raises KeyError for a variable that is missing, ValueError for a name that is not known: the
    configuration has been checked before.
    """
    if name == "exec":
        return ExecProvider(environment["EXEC_PATH"], environment)
    return _by_protocol(name, environment, http)


def address_provider(
    name: str, environment: Mapping[str, str], command: str, http: Http
) -> AddressProvider | None:
    """Return what keeps the name's addresses: the command, else the provider; None where they are
    the owner's own business."""
    if command:
        return AddressCommand(command, environment)
    return None if name == "exec" else _by_protocol(name, environment, http)


def _by_protocol(
    name: str, environment: Mapping[str, str], http: Http
) -> Desec | DuckDns | Rfc2136 | None:
    match name:
        case "":
            return None
        case "desec":
            return Desec(http, environment["DESEC_TOKEN"])
        case "duckdns":
            return DuckDns(http, environment["DUCKDNS_TOKEN"])
        case "rfc2136":
            return Rfc2136(environment["RFC2136_NAMESERVER"], _tsig(environment))
        case _:
            raise ValueError(f"there is no provider {name}")


def _tsig(environment: Mapping[str, str]) -> Key | None:
    if "RFC2136_TSIG_KEY" not in environment:
        return None
    return Key(
        environment["RFC2136_TSIG_KEY"],
        environment["RFC2136_TSIG_SECRET"],
        environment.get("RFC2136_TSIG_ALGORITHM", Key.algorithm),
    )

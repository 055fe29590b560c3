"""Which provider a configuration means."""

import pytest

from homecall_appliance.acme.commands import AddressCommand, ExecProvider
from homecall_appliance.acme.desec import Desec
from homecall_appliance.acme.duckdns import DuckDns
from homecall_appliance.acme.http import Http, trusting
from homecall_appliance.acme.providers import address_provider, txt_provider
from homecall_appliance.acme.rfc2136 import Rfc2136

HTTP = Http("test", trusting())
ENVIRONMENT = {
    "DESEC_TOKEN": "a",
    "DUCKDNS_TOKEN": "b",
    "RFC2136_NAMESERVER": "ns.home.test",
    "EXEC_PATH": "/usr/local/bin/dns",
}
BY_NAME = {"desec": Desec, "duckdns": DuckDns, "rfc2136": Rfc2136}


@pytest.mark.parametrize("name", ["", "exec", *BY_NAME])
def test_a_provider_by_its_name(name: str) -> None:
    txt = txt_provider(name, ENVIRONMENT, HTTP)
    addresses = address_provider(name, ENVIRONMENT, "", HTTP)
    assert type(txt) is {**BY_NAME, "": type(None), "exec": ExecProvider}[name]
    assert type(addresses) is {**BY_NAME, "": type(None), "exec": type(None)}[name]


@pytest.mark.parametrize("name", ["", "exec", *BY_NAME])
def test_a_command_for_addresses_goes_before_the_provider(name: str) -> None:
    assert isinstance(address_provider(name, ENVIRONMENT, "/bin/true", HTTP), AddressCommand)


def test_an_unknown_provider_is_refused() -> None:
    with pytest.raises(ValueError, match="no provider route53"):
        txt_provider("route53", ENVIRONMENT, HTTP)

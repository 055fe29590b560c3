"""Which web pages are the appliance's own, and what the journal says of others."""

from ipaddress import ip_address

import pytest

from homecall_appliance.network.addresses import Names
from homecall_appliance.web.origins import Origins

NAMES = Names(
    ("intercom.local", "xn--80ahb1aei.example", "*.house.example"),
    tuple(map(ip_address, ("192.0.2.7", "2001:db8::7"))),
)
OWN = {443, 8443}


class Door:
    """The origins of an appliance, and a clock."""

    def __init__(self, link_host: str = "public.example") -> None:
        self.now = 0.0
        self.origins = Origins(
            lambda: NAMES,
            lambda: link_host,
            OWN,
            ["https://friend.example", "http://friend.example:8080", "https://[2001:db8::9]:444"],
            lambda: self.now,
        )

    def allows(self, origin: str, host: str = "intercom.local") -> bool:
        return self.origins.allows(origin, host)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://intercom.local", True),
        ("https://intercom.local:443", True),
        ("https://intercom.local:8443", True),
        ("https://INTERCOM.local", True),
        ("https://intercom.local.", True),
        ("https://192.0.2.7:8443", True),
        ("https://[2001:db8::7]", True),
        ("https://[2001:DB8:0:0::7]:8443", True),
        ("https://public.example:8443", True),
        ("https://xn--80ahb1aei.example", True),
        ("https://door.house.example", True),
        ("https://friend.example", True),
        ("https://friend.example:443", True),
        ("http://friend.example:8080", True),
        ("https://[2001:db8::9]:444", True),
        ("https://intercom.local:444", False),
        ("http://intercom.local", False),
        ("http://intercom.local:443", False),
        ("https://intercom.local:0443", True),
        ("https://192.0.2.8", False),
        ("https://[2001:db8::8]", False),
        ("https://2001:db8::7", False),
        ("https://house.example", False),
        ("https://a.door.house.example", False),
        ("https://intercom.local.evil.example", False),
        ("https://intercom.local@evil.example", False),
        ("https://intercom.local/", False),
        ("https://intercom.local https://evil.example", False),
        ("https://friend.example:8080", False),
        ("https://[2001:db8::9]", False),
        ("wss://intercom.local", False),
        ("file://", False),
        ("null", False),
        ("", False),
        ("https://", False),
        ("https://*.house.example", False),
        ("https://intercom.local:٤٤٣", False),
        ("https://intercom.local:999999", False),
    ],
)
def test_a_page_is_our_own_by_a_name_that_we_serve(origin: str, allowed: bool) -> None:
    assert Door().allows(origin) is allowed


@pytest.mark.parametrize(
    ("host", "origin", "allowed"),
    [
        ("intercom.local:4433", "https://intercom.local:4433", True),
        ("[2001:db8::7]:4433", "https://[2001:db8::7]:4433", True),
        ("intercom.local:4433", "https://192.0.2.7:4433", True),
        ("127.0.0.1:8080", "https://intercom.local", True),
        ("evil.example:4433", "https://evil.example:4433", False),
        ("intercom.local:4433", "https://evil.example:4433", False),
        ("evil.example", "https://evil.example", False),
        ("", "https://intercom.local", True),
        ("[2001:db8::7]", "https://[2001:db8::7]:7", False),
    ],
)
def test_of_the_host_only_the_port_counts(host: str, origin: str, allowed: bool) -> None:
    assert Door().allows(origin, host) is allowed


@pytest.mark.parametrize(
    ("link_host", "origin"),
    [
        ("203.0.113.5", "https://203.0.113.5"),
        ("2001:db8::5", "https://[2001:db8::5]:8443"),
        ("дом.example", "https://xn--d1aqf.example"),
        ("Home.Example", "https://home.example"),
    ],
)
def test_the_host_of_links_is_our_own(link_host: str, origin: str) -> None:
    assert Door(link_host).allows(origin)


def test_the_journal_names_the_setting_and_the_origin(caplog: pytest.LogCaptureFixture) -> None:
    Door().allows("https://door.example:8443")
    assert "https://door.example:8443" in caplog.text
    assert "server.allowed_origins" in caplog.text


@pytest.mark.parametrize(
    "text", ["https://x\nhomecall: all is well", "https://" + "x" * 300, "%s", "https://ж.example"]
)
def test_the_journal_repeats_nothing_that_is_no_origin(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert not Door().allows(text)
    assert "server.allowed_origins" in caplog.text
    assert text not in caplog.text


def test_many_refusals_do_not_flood_the_journal(caplog: pytest.LogCaptureFixture) -> None:
    door = Door()
    for second in range(600):
        door.now = float(second)
        for number in range(10):
            door.allows(f"https://{second}.{number}.evil.example")
    assert 10 <= len(caplog.records) <= 15

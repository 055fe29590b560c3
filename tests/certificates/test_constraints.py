"""What the authority may vouch for, by our own rules and by OpenSSL's: also who has its key cannot
vouch for more."""

import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509

from homecall_appliance.certificates.authority import Authority, KeyPair, issue, make_authority
from homecall_appliance.certificates.constraints import covered, name_constraints, permits
from homecall_appliance.network.addresses import IPAddress, Names
from tests.support.tls_world import forged

pytestmark = pytest.mark.slow


def names(*texts: str, host: str = "") -> Names:
    """Names and addresses; `host` is what links carry."""
    every = [_read(text) for text in (*texts, *([host] if host else []))]
    return Names(
        dns=tuple(each for each in every if isinstance(each, str)),
        addresses=tuple(each for each in every if not isinstance(each, str)),
        host=_read(host) if host else None,
    )


def _read(text: str) -> str | IPAddress:
    try:
        return ip_address(text)
    except ValueError:
        return text


TV = names("tv", "tv.local", "localhost", "127.0.0.1", "192.168.1.7", host="door.example.org")
"""A machine whose name is a top-level domain."""

TV_AT_TV = names("tv", "tv.local", "localhost", host="door.tv")
PUBLIC = names("pi", "localhost", "2001:db8:1:2::7", "203.0.113.10", host="203.0.113.9")
IPV6_ONLY = names("pi", "localhost", host="2001:db8:1:2::7")
AT_HOME = names("pi.lan", "localhost", host="192.168.1.7")

EVERYWHERE = [
    *("localhost", "local", "pi.local", "a.b.local", "pi.home.arpa", "pi.internal"),
    *("127.0.0.1", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.255.1"),
    *("100.64.0.1", "100.127.255.255", "169.254.3.4", "::1", "fd00::7", "fc00::1", "fe80::7"),
]
NOWHERE = [
    *("www.bank.example", "example.org", "org", "com", "arpa", "homexarpa", "evillocal"),
    *("local.bank.example", "localhost.example", "pi.local.example", "xinternal"),
    *("8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0"),
    *("192.167.255.255", "192.169.0.0", "100.63.255.255", "100.128.0.0", "169.253.255.255"),
    *("126.255.255.255", "128.0.0.0", "0.0.0.0", "255.255.255.255", "224.0.0.251"),  # noqa: S104
    *("2606:4700:4700::1111", "::2", "::", "fbff::1", "fe00::1", "fec0::1", "ff02::fb"),
    *("::ffff:8.8.8.8", "::ffff:192.168.1.7", "64:ff9b::808:808"),
]

CASES: list[tuple[Names, str, bool]] = [
    *((each, name, True) for each in (TV, PUBLIC, IPV6_ONLY, AT_HOME) for name in EVERYWHERE),
    *((each, name, False) for each in (TV, PUBLIC, IPV6_ONLY, AT_HOME) for name in NOWHERE),
    (TV, "tv", True),
    (TV, "www.tv", False),
    (TV, "a.www.tv", False),
    (TV, "xtv", False),
    (TV, "door.example.org", True),
    (TV, "a.door.example.org", True),
    (TV, "window.example.org", False),
    (TV, "xdoor.example.org", False),
    (TV, "203.0.113.9", False),
    (TV_AT_TV, "door.tv", True),
    (TV_AT_TV, "tv", False),
    (TV_AT_TV, "www.tv", False),
    (AT_HOME, "pi.lan", True),
    (AT_HOME, "lan", False),
    (AT_HOME, "other.lan", False),
    (AT_HOME, "pi", False),
    (PUBLIC, "pi", True),
    (PUBLIC, "203.0.113.9", True),
    (PUBLIC, "203.0.113.8", False),
    (PUBLIC, "203.0.113.10", False),
    (PUBLIC, "2001:db8:1:2::7", False),
    (IPV6_ONLY, "2001:db8:1:2::7", True),
    (IPV6_ONLY, "2001:db8:1:2:ffff::", True),
    (IPV6_ONLY, "2001:db8:1:3::7", False),
]


@pytest.mark.parametrize(("at", "name", "permitted"), CASES)
def test_what_is_covered(at: Names, name: str, permitted: bool) -> None:
    asked = names(host=name)
    found = covered(name_constraints(at), asked)
    assert found == (asked if permitted else Names((), ()))


def test_of_several_names_those_are_left_that_are_covered() -> None:
    asked = names("pi.local", "www.bank.example", "8.8.8.8", "10.0.0.1", host="2001:db8::1")
    assert covered(name_constraints(AT_HOME), asked) == names("pi.local", "10.0.0.1")


def constraints(permitted: Sequence[str], excluded: Sequence[str]) -> x509.NameConstraints:
    trees = [
        [
            x509.IPAddress(ip_network(each)) if "/" in each else x509.DNSName(each)
            for each in several
        ]
        or None
        for several in (permitted, excluded)
    ]
    return x509.NameConstraints(*trees)


@pytest.mark.parametrize(
    ("permitted", "excluded", "name", "may"),
    [
        (["Example.org"], [], "a.example.org", True),
        (["example.org"], [], "A.Example.org", True),
        (["example.org"], [], "*.example.org", True),
        (["example.org"], [], "example.com", False),
        (["example.org"], [], "192.0.2.7", True),
        (["192.0.2.0/24"], [], "example.org", True),
        (["192.0.2.0/24"], [], "192.0.3.7", False),
        (["192.0.2.0/24"], [], "2001:db8::7", False),
        ([], ["example.org"], "example.com", True),
        ([], ["example.org"], "a.example.org", False),
        ([], ["0.0.0.0/0", "::/0"], "example.org", True),
        ([], ["0.0.0.0/0", "::/0"], "192.0.2.7", False),
        ([], [""], "example.org", False),
        ([""], [], "example.org", True),
        (["example.org"], ["a.example.org"], "b.a.example.org", False),
    ],
)
def test_what_another_authority_may_vouch_for(
    permitted: Sequence[str], excluded: Sequence[str], name: str, may: bool
) -> None:
    """RFC 5280, section 4.2.1.10."""
    assert permits(constraints(permitted, excluded), _read(name)) is may


class OpenSsl:
    """`openssl verify` for one who trusts a root."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self._folder = folder
        self._authority = authority
        (folder / "root.pem").write_bytes(authority.root_pem)

    def said(self, leaf: KeyPair, *names: str) -> str:
        """What it says of a certificate that is shown for these names; "OK": it is believed."""
        chain = self._folder / "chain.pem"
        chain.write_bytes(self._authority.chain(leaf))
        trusted = ["openssl", "verify", "-x509_strict", "-CAfile", str(self._folder / "root.pem")]
        verify = [*trusted, "-purpose", "sslserver", "-untrusted", str(chain)]
        said = [self._said([*verify, *_option(name), str(chain)]) for name in names]
        assert len(set(said)) == 1
        return said[0]

    @staticmethod
    def _said(command: Sequence[str]) -> str:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        return "OK" if done.returncode == 0 else done.stderr


def _option(name: str) -> list[str]:
    return ["-verify_hostname" if isinstance(_read(name), str) else "-verify_ip", name]


@pytest.mark.parametrize("at", [TV, TV_AT_TV, PUBLIC, IPV6_ONLY, AT_HOME])
def test_openssl_believes_what_is_issued_for_each_name(tmp_path: Path, at: Names) -> None:
    now = datetime.now(UTC)
    authority = make_authority(at, now)
    wanted = names("www.bank.example", "8.8.8.8", "pi.local", "fd00::7")
    asked = Names(at.dns + wanted.dns, at.addresses + wanted.addresses, at.host)
    leaf = issue(authority, asked, now)
    vouched = authority.covered(asked)
    assert vouched.host == at.host
    every = [*vouched.dns, *map(str, vouched.addresses)]
    assert OpenSsl(tmp_path, authority).said(leaf, *every) == "OK"
    assert "mismatch" in OpenSsl(tmp_path, authority).said(leaf, *map(str, wanted.dns[:1]))


@pytest.mark.parametrize("at", [TV, TV_AT_TV, PUBLIC, IPV6_ONLY, AT_HOME])
def test_openssl_draws_the_same_line_where_the_key_was_stolen(tmp_path: Path, at: Names) -> None:
    authority = make_authority(at, datetime.now(UTC))
    judge = OpenSsl(tmp_path, authority)
    for where, name, permitted in CASES:
        if where is at:
            said = judge.said(forged(authority, _read(name)), name)
            assert (said == "OK") == permitted, (name, said)
            assert permitted or "subtree violation" in said, (name, said)


def test_the_constraints_of_the_intermediate_suffice(tmp_path: Path) -> None:
    """As on Android, where those of a root that a person has added are not looked at."""
    authority = make_authority(AT_HOME, datetime.now(UTC))
    (tmp_path / "intermediate.pem").write_bytes(authority.intermediate.certificate_pem)
    trusted = ["-partial_chain", "-trusted", str(tmp_path / "intermediate.pem")]
    found = {}
    for name in ("pi.local", "www.bank.example", "8.8.8.8"):
        (tmp_path / "leaf.pem").write_bytes(forged(authority, _read(name)).certificate_pem)
        verify = ["openssl", "verify", *trusted, *_option(name), str(tmp_path / "leaf.pem")]
        done = subprocess.run(verify, check=False, capture_output=True, text=True)
        found[name] = "subtree violation" in done.stderr or done.returncode
    assert found == {"pi.local": 0, "www.bank.example": True, "8.8.8.8": True}


def test_one_name_too_many_spoils_a_stolen_keys_certificate(tmp_path: Path) -> None:
    authority = make_authority(AT_HOME, datetime.now(UTC))
    leaf = forged(authority, "pi.local", "www.bank.example")
    assert "subtree violation" in OpenSsl(tmp_path, authority).said(leaf, "pi.local")


@pytest.mark.parametrize("subject", ["www.bank.example", "8.8.8.8"])
def test_a_name_in_the_subject_alone_is_of_no_use(tmp_path: Path, subject: str) -> None:
    authority = make_authority(AT_HOME, datetime.now(UTC))
    assert OpenSsl(tmp_path, authority).said(forged(authority, subject=subject), subject) != "OK"


def test_a_stolen_key_makes_no_authority(tmp_path: Path) -> None:
    """A third tier without constraints: neither by its length nor by its names."""
    authority = make_authority(AT_HOME, datetime.now(UTC))
    below = forged(authority, subject="More", authority_below=True)
    third = Authority(authority.root, below)
    leaf = forged(third, "pi.local")
    chain = authority.chain(below)
    (tmp_path / "root.pem").write_bytes(authority.root_pem)
    (tmp_path / "chain.pem").write_bytes(leaf.certificate_pem + chain)
    files = [str(tmp_path / "root.pem"), "-untrusted", *[str(tmp_path / "chain.pem")] * 2]
    done = subprocess.run(
        ["openssl", "verify", "-CAfile", *files], check=False, capture_output=True, text=True
    )
    assert "path length constraint exceeded" in done.stderr


@pytest.mark.parametrize("purpose", ["sslclient", "smimesign", "smimeencrypt"])
def test_a_stolen_key_is_good_for_servers_only(tmp_path: Path, purpose: str) -> None:
    authority = make_authority(AT_HOME, datetime.now(UTC))
    (tmp_path / "root.pem").write_bytes(authority.root_pem)
    leaf = forged(authority, "pi.local", any_usage=True)
    (tmp_path / "chain.pem").write_bytes(authority.chain(leaf))
    files = [str(tmp_path / "root.pem"), "-untrusted", *[str(tmp_path / "chain.pem")] * 2]
    done = subprocess.run(
        ["openssl", "verify", "-purpose", purpose, "-CAfile", *files],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "error 26 at 1 depth" in done.stderr, "the intermediate is not for that"


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    authority = make_authority(TV, datetime.now(UTC))
    again = Authority.from_pem(authority.pem)
    assert (again.root, again.pem) == (authority.root, authority.pem)
    assert again.covered(TV) == TV
    assert timedelta(days=-1) < again.begin - datetime.now(UTC) < timedelta(days=1)
    leaf = issue(again, TV, datetime.now(UTC))
    assert OpenSsl(tmp_path, authority).said(leaf, "tv") == "OK"


def test_an_authority_without_constraints_is_none_of_ours() -> None:
    """Neither where the intermediate has none, nor where both have none."""
    authority = make_authority(TV, datetime.now(UTC))
    below = forged(authority, subject="More", authority_below=True)
    lowest = forged(Authority(authority.root, below), subject="Most", authority_below=True)
    for pair, issuer in ((below, authority.intermediate), (lowest, below)):
        with pytest.raises(ValueError, match="not those of an authority"):
            Authority.from_pem(pair.key_pem + pair.certificate_pem + issuer.certificate_pem)


def test_the_extension_is_the_same_in_both_tiers() -> None:
    authority = make_authority(TV, datetime.now(UTC))
    found = [
        each.extensions.get_extension_for_class(x509.NameConstraints)
        for each in (authority.root, authority.intermediate.certificate)
    ]
    assert found[0] == found[1]
    assert found[0].critical

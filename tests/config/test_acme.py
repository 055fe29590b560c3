"""The table tls.acme: what it may have, and what its keys demand of each other."""

import re
from pathlib import Path
from typing import Literal

import pytest

from homecall_appliance.config.acme_rules import contradictions
from homecall_appliance.config.loader import ConfigError, load
from homecall_appliance.config.model import Acme, Config, Server, Tls

DESEC = {"DESEC_TOKEN": "token"}
RFC2136 = {"RFC2136_NAMESERVER": "ns.example"}
SIGNED = {**RFC2136, "RFC2136_TSIG_KEY": "owner", "RFC2136_TSIG_SECRET": "Zm9vYmFy"}


def problems(folder: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    path = folder / "homecall.toml"
    path.write_text(text)
    try:
        load(path, environ or {})
    except ConfigError as error:
        return [str(each) for each in error.problems]
    return []


def test_the_table_loads_and_the_environment_wins(tmp_path: Path) -> None:
    path = tmp_path / "homecall.toml"
    path.write_text(
        "[tls.acme]\ndomain = 'door.example'\nprovider = 'exec'\nprofile = 'shortlived'\n"
        "[tls.acme.environment]\nDESEC_TOKEN = 'a'\n"
    )
    environ = {
        "HOMECALL_TLS__ACME__PROVIDER": "desec",
        "HOMECALL_TLS__ACME__ENVIRONMENT": '{DUCKDNS_TOKEN = "b"}',
        "HOMECALL_TLS__ACME__PROPAGATION_TIMEOUT": "60",
    }
    assert load(path, environ).tls.acme == Acme(
        domain="door.example",
        provider="desec",
        profile="shortlived",
        environment={"DUCKDNS_TOKEN": "b"},
        propagation_timeout=60.0,
    )


@pytest.mark.parametrize("name", ["door.example", "a.b.duckdns.org", "xn--d1aqf.example", "4.ru"])
def test_domains(tmp_path: Path, name: str) -> None:
    assert problems(tmp_path, f"[tls.acme]\ndomain = '{name}'") == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("*.door.example", "must be one name .* and no wildcard"),
        ("192.168.1.7", "must be a name, not an address"),
        ("fd00::7", "must be a name, not an address"),
        ("[fd00::7]", "must be a name, not an address"),
        ("door", "must be a full name in small letters"),
        ("Door.example", "must be a full name in small letters"),
        ("door.example.", "must be a full name in small letters"),
        ("https://door.example", "must be a full name in small letters"),
        ("../door.example", "must be a full name in small letters"),
        ("door.local", r"nobody owns one that ends in \.local"),
        ("door.home.arpa", r"nobody owns one that ends in \.arpa"),
        ("door.fritz.lan", r"nobody owns one that ends in \.lan"),
    ],
)
def test_no_domains(tmp_path: Path, name: str, sentence: str) -> None:
    (found,) = problems(tmp_path, f"[tls.acme]\ndomain = '{name}'")
    assert found.startswith("tls.acme.domain: ")
    assert re.search(sentence, found)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("email = 'owner'", 'email: must be an address such as "owner@door.example", or empty.'),
        (
            "directory = 'http://a.example'",
            'directory: must be an address that begins with "https://".',
        ),
        ("directory = ''", 'directory: must be an address that begins with "https://".'),
        (
            "provider = 'route53'",
            'provider: must be "", "desec", "duckdns", "rfc2136" or "exec", not "route53".',
        ),
        (
            """address_command = "/bin/dns 'a" """,
            "address_command: must be the path of a program, perhaps with arguments; each quote "
            "needs another one.",
        ),
        ("environment = 'x'", "environment: must be a table of strings, not a string."),
        ("environment = {A = 20251122}", "environment.A: must be a string, not an integer."),
        ("environment = {'a b' = []}", 'environment."a b": must be a string, not an array.'),
        (
            "token = 'x'",
            "token: unknown key; there is domain, email, provider, environment, "
            "directory, profile, propagation_timeout and address_command.",
        ),
        ("domian = 'x'", "domian: unknown key; did you mean tls.acme.domain?"),
    ],
)
def test_wrong_values(tmp_path: Path, line: str, problem: str) -> None:
    assert problems(tmp_path, f"[tls.acme]\n{line}") == [f"tls.acme.{problem}"]


def test_a_variable_that_is_wrong_is_named(tmp_path: Path) -> None:
    environ = {
        "HOMECALL_TLS__ACME__DOMAIN": "door",
        "HOMECALL_TLS__ACME__ENVIRONMENT": "{DESEC_TOKEN = 1}",
        "HOMECALL_TLS_ACME__EMAIL": "x",
    }
    first, second, third = problems(tmp_path, "", environ)
    assert first.endswith("did you mean HOMECALL_TLS__ACME__EMAIL?")
    assert second.endswith("or empty (HOMECALL_TLS__ACME__DOMAIN).")
    assert third == (
        "tls.acme.environment.DESEC_TOKEN: must be a string, not an integer "
        "(HOMECALL_TLS__ACME__ENVIRONMENT)."
    )


def test_what_is_kept_for_later_demands_nothing(tmp_path: Path) -> None:
    """As long as tls.mode is another."""
    assert problems(tmp_path, "[tls.acme]\nprovider = 'desec'") == []


def test_a_mode_that_lacks_something_names_the_keys(tmp_path: Path) -> None:
    environ = {"HOMECALL_TLS__MODE": "acme"}
    assert problems(tmp_path, "", environ) == [
        'tls.acme.domain: must be the appliance\'s public name, because tls.mode is "acme".'
    ]
    assert problems(
        tmp_path, "[tls.acme]\nprovider = 'desec'\ndomain = '*.a.example'", environ
    ) == [
        'tls.acme.domain: must be one name such as "door.example", and no wildcard.',
        "tls.acme.environment.DESEC_TOKEN: must be the token that you have made at "
        'https://desec.io (Token Management), because tls.acme.provider is "desec".',
    ]
    good = "[tls.acme]\nprovider = 'desec'\ndomain = 'a.example'\nenvironment = {DESEC_TOKEN = 'x'}"
    assert problems(tmp_path, good, environ) == []


@pytest.mark.parametrize(
    ("host", "right"),
    [
        *[("auto", True), ("Door.example", True), ("192.168.1.7", True), ("pi.local", True)],
        *[("gate.example", False), ("door", False)],
    ],
)
def test_links_have_the_name_of_the_certificate(tmp_path: Path, host: str, right: bool) -> None:
    text = f"[server]\npublic_host = '{host}'\n[tls.acme]\ndomain = 'door.example'"
    wrong = (
        'server.public_host: must be "auto", or door.example as tls.acme.domain: the certificate '
        "has that name."
    )
    acme = {"HOMECALL_TLS__MODE": "acme"}
    assert problems(tmp_path, text, acme) == ([] if right else [wrong])
    behind = {**acme, "HOMECALL_SERVER__TRUSTED_PROXIES": '["192.168.1.2"]'}
    assert problems(tmp_path, text, behind) == [], "a proxy has another"


@pytest.mark.parametrize(
    ("acme", "found"),
    [
        (Acme(domain="door.example"), {}),
        (Acme(domain="door.example", provider="desec", environment=DESEC), {}),
        (Acme(domain="door.example", provider="rfc2136", environment=RFC2136), {}),
        (Acme(domain="door.example", provider="rfc2136", environment=SIGNED), {}),
        (
            # Variables of lego's that mean nothing here, and those of an owner's program.
            Acme(domain="door.example", provider="desec", environment={**DESEC, "DESEC_TTL": "1"}),
            {},
        ),
        (
            Acme(
                domain="door.example",
                provider="exec",
                environment={"EXEC_PATH": "/bin/dns", "EXEC_PATHS": "x", "DESEC_TOKN": "x"},
            ),
            {},
        ),
        (Acme(), {"domain": "must be the appliance's public name"}),
        (
            Acme(domain="door.example", provider="desec", environment={"DESEC_TOKEN": ""}),
            {"environment.DESEC_TOKEN": "must be the token that you have made at https://desec.io"},
        ),
        (
            Acme(domain="door.example", provider="desec", environment={"DESEC_TOKNE": "x"}),
            {
                "environment.DESEC_TOKEN": "must be the token that you have made",
                "environment.DESEC_TOKNE": "unknown variable; did you mean DESEC_TOKEN?",
            },
        ),
        (
            Acme(domain="door.example", provider="duckdns"),
            {
                "domain": 'must end in ".duckdns.org"',
                "environment.DUCKDNS_TOKEN": "must be the token that https://www.duckdns.org",
            },
        ),
        (
            Acme(domain="door.example", provider="exec"),
            {"environment.EXEC_PATH": "must be the path of your program"},
        ),
        (
            Acme(domain="door.example", provider="rfc2136", environment={}),
            {"environment.RFC2136_NAMESERVER": "must be the DNS server that takes updates"},
        ),
        (
            Acme(
                domain="door.example",
                provider="rfc2136",
                environment={
                    "RFC2136_NAMESERVER": "tcp://ns",
                    "RFC2136_TSIG_KEY": "owner",
                    "RFC2136_TSIG_SECRET": "not base64!",
                    "RFC2136_TSIG_ALGORITHM": "hmac-md5",
                },
            ),
            {
                "environment.RFC2136_NAMESERVER": "must be a name or an address",
                "environment.RFC2136_TSIG_SECRET": "must be the secret of the key, in base64.",
                "environment.RFC2136_TSIG_ALGORITHM": 'must be one of "hmac-sha1", "hmac-sha224"',
            },
        ),
        (
            Acme(
                domain="door.example",
                provider="rfc2136",
                environment={**RFC2136, "RFC2136_TSIG_SECRET": "Zm9vYmFy"},
            ),
            {"environment.RFC2136_TSIG_KEY": "must be the name of the key"},
        ),
    ],
)
def test_what_the_keys_demand_of_each_other(acme: Acme, found: dict[str, str]) -> None:
    problems = {each.keys[0]: each.sentence for each in contradictions(Config(tls=Tls(acme=acme)))}
    assert problems.keys() == {f"tls.acme.{name}" for name in found}
    for name, sentence in found.items():
        assert problems[f"tls.acme.{name}"].startswith(sentence)


@pytest.mark.parametrize(("provider", "found"), [("", ["server.http_port"]), ("exec", [])])
def test_without_a_provider_the_plain_port_is_needed(
    provider: Literal["", "exec"], found: list[str]
) -> None:
    acme = Acme("door.example", provider=provider, environment={"EXEC_PATH": "/bin/dns"})
    config = Config(server=Server(http_port=0), tls=Tls(acme=acme))
    assert [each.keys[0] for each in contradictions(config)] == found

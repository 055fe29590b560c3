"""What the keys of tls.acme demand of each other, where tls.mode is "acme"."""

import base64
import re
from collections.abc import Iterator
from difflib import get_close_matches

from homecall_appliance.config import values
from homecall_appliance.config.model import Acme, Config
from homecall_appliance.config.problems import Contradiction

_NEEDED = {
    "desec": {"DESEC_TOKEN": "the token that you have made at https://desec.io (Token Management)"},
    "duckdns": {"DUCKDNS_TOKEN": "the token that https://www.duckdns.org shows you"},
    "rfc2136": {"RFC2136_NAMESERVER": 'the DNS server that takes updates, such as "ns.example"'},
    "exec": {"EXEC_PATH": "the path of your program"},
}
"""The variables that a provider cannot do without."""

_TSIG = ("RFC2136_TSIG_KEY", "RFC2136_TSIG_SECRET", "RFC2136_TSIG_ALGORITHM")
_ALGORITHMS = tuple(f"hmac-sha{bits}" for bits in (1, 224, 256, 384, 512))

_NAMESERVER = re.compile(r"\[[0-9A-Fa-f:.]+\](:\d{1,5})?|[A-Za-z0-9.-]+(:\d{1,5})?|[0-9A-Fa-f:.]+")


def contradictions(config: Config) -> Iterator[Contradiction]:
    """Everything there that does not go together."""
    acme = config.tls.acme
    if not acme.domain:
        yield Contradiction(
            ("tls.acme.domain", "tls.mode"),
            'must be the appliance\'s public name, because tls.mode is "acme".',
        )
    host, by_proxy = config.server.public_host.lower(), config.server.trusted_proxies
    other = acme.domain and host not in ("auto", acme.domain.lower()) and _is_public_name(host)
    if other and not by_proxy:
        yield Contradiction(
            ("server.public_host", "tls.acme.domain"),
            f'must be "auto", or {acme.domain} as tls.acme.domain: the certificate has that name.',
        )
    if acme.provider == "duckdns" and acme.domain and not acme.domain.endswith(".duckdns.org"):
        yield Contradiction(
            ("tls.acme.domain", "tls.acme.provider"),
            'must end in ".duckdns.org", because tls.acme.provider is "duckdns".',
        )
    if not acme.provider and not config.server.http_port:
        yield Contradiction(
            ("server.http_port", "tls.acme.provider"),
            "must not be 0, because the authority asks there; or name a tls.acme.provider.",
        )
    yield from _environment(acme)


def _is_public_name(host: str) -> bool:
    return not (host.endswith(".local") or values.is_address(host))


def _environment(acme: Acme) -> Iterator[Contradiction]:
    given = acme.environment
    needed = _NEEDED.get(acme.provider, {})
    for name, what in needed.items():
        if not given.get(name):
            yield _wrong(name, f'must be {what}, because tls.acme.provider is "{acme.provider}".')
    known = (*needed, *(_TSIG if acme.provider == "rfc2136" else ()))
    for name in () if acme.provider == "exec" else sorted(given):
        near = get_close_matches(name.upper(), known, n=1, cutoff=0.9)
        if near and name not in known:
            yield _wrong(name, f"unknown variable; did you mean {near[0]}?")
    if acme.provider == "rfc2136":
        yield from _rfc2136(given)


def _rfc2136(given: dict[str, str]) -> Iterator[Contradiction]:
    server = given.get("RFC2136_NAMESERVER")
    if server and _NAMESERVER.fullmatch(server) is None:
        yield _wrong(
            "RFC2136_NAMESERVER",
            'must be a name or an address, such as "ns.example" or "192.0.2.1:53".',
        )
    key, secret, algorithm = (given.get(name, "") for name in _TSIG)
    if secret and not key:
        yield _wrong(_TSIG[0], "must be the name of the key, because there is its secret.")
    if key and not _is_base64(secret):
        yield _wrong(_TSIG[1], "must be the secret of the key, in base64.")
    if algorithm and algorithm.lower().removesuffix(".") not in _ALGORITHMS:
        known = ", ".join(f'"{each}"' for each in _ALGORITHMS)
        yield _wrong(_TSIG[2], f"must be one of {known}.")


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except ValueError:
        return False


def _wrong(name: str, sentence: str) -> Contradiction:
    return Contradiction((f"tls.acme.environment.{name}", "tls.acme.provider"), sentence)

"""What a single value must look like. Each function returns a good value as it is, and raises
ValueError with a sentence for the owner otherwise."""

import re
import shlex
from difflib import get_close_matches
from ipaddress import ip_address, ip_network
from unicodedata import category

from homecall_appliance.config.key_codes import CODES

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ORIGIN = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?")
_ICE_URL = re.compile(r"(stuns?|turns?):(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?(\?.+)?")
_INTERFACE = re.compile(r"[^\s/:]{1,15}")
_TIME_OF_DAY = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_WEB_URL = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?(?:/[!-~]*)?")
_MQTT_TOPIC = re.compile(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*")
_NEVER_PUBLIC = {"local", "localhost", "internal", "lan"}
"""The last labels of names that are for each network alone (RFC 6761, RFC 6762), or used so."""

_USUAL_PORTS = {"http": "80", "https": "443"}
_LONGEST_SOCKET_PATH = 107
_LONGEST_CREDENTIAL = 1024
_LONGEST_TOPIC = 200


def text(value: str) -> str:
    """Any text without control characters or broken UTF-8."""
    if any(category(character) in {"Cc", "Cs"} for character in value):
        raise ValueError("must not contain control characters or broken UTF-8.")
    return value


def socket_path(value: str) -> str:
    """A path that fits into the address of a Unix socket (unix(7): 108 bytes with its end)."""
    if len(text(value).encode()) > _LONGEST_SOCKET_PATH:
        raise ValueError(
            f"must be at most {_LONGEST_SOCKET_PATH} bytes long; choose a shorter path."
        )
    return value


def listening_address(value: str) -> str:
    """An address to listen at."""
    if value != "localhost" and not is_address(value):
        raise ValueError(
            'must be an address of this machine, such as "::", "0.0.0.0" or "192.168.1.5".'
        )
    return value


def host(value: str) -> str:
    """A host name (RFC 1123, section 2.1) or an address, as it stands in a link."""
    # A link cannot carry the zone of a link-local address (RFC 6874 is not for browsers).
    if not (_is_name(value) or (is_address(value) and "%" not in value)):
        raise ValueError(
            'must be "auto", or a plain host name or address such as "home.example" or '
            '"192.168.1.5", without https://, port or path.'
        )
    return value


def optional_host(value: str) -> str:
    """A host name (RFC 1123, section 2.1) or an address of one machine, or nothing."""
    address = ip_address(value) if is_address(value) else None
    unusable = address and (
        address.is_loopback
        or address.is_unspecified
        or address.is_multicast
        or address.is_link_local
        or "%" in value
    )
    if value and (unusable or not (address or _is_name(value))):
        raise ValueError(
            'must be an address or a name that the internet knows, such as "203.0.113.7" or '
            '"home.example", without port; or empty.'
        )
    return value


def media_port(value: int) -> int:
    """A port that a user's program may take, or 0."""
    if value and not 1024 <= value <= 65535:
        raise ValueError("must be a port from 1024 to 65535, or 0.")
    return value


def domain(value: str) -> str:
    """A name for which a public authority may issue a certificate; or nothing."""
    if value.startswith("*"):
        raise ValueError('must be one name such as "door.example", and no wildcard.')
    if is_address(value.strip("[]")):
        raise ValueError(
            "must be a name, not an address: a certificate for an address at home cannot be had."
        )
    name, _, last = value.rpartition(".")
    if value and (value != value.lower() or not name or not _is_name(value)):
        raise ValueError(
            'must be a full name in small letters such as "door.example", without https://, port '
            "or path; or empty."
        )
    if last in _NEVER_PUBLIC or value.endswith(".home.arpa"):
        raise ValueError(
            f"must be a name that is registered: nobody owns one that ends in .{last}, so no "
            "authority gives a certificate for it."
        )
    return value


def email(value: str) -> str:
    """An address of the form a@b; or nothing."""
    if value and _EMAIL.fullmatch(value) is None:
        raise ValueError('must be an address such as "owner@door.example", or empty.')
    return value


def https_url(value: str) -> str:
    """The address of something on the web, by TLS."""
    if not value.startswith("https://") or not _is_web_url(value):
        raise ValueError('must be an address that begins with "https://".')
    return value


def web_url(value: str) -> str:
    """The address of something on the web or at home; or nothing."""
    if value and not _is_web_url(value):
        raise ValueError('must be an address that begins with "http://" or "https://", or empty.')
    return value


def broker(value: str) -> str:
    """The name or the address of a server, at home or on this machine; or nothing."""
    if value and not (_is_name(value) or is_address(value)):
        raise ValueError(
            'must be a plain name or address such as "homeassistant.local" or "192.168.1.5", '
            "without mqtt://, port or path; or empty."
        )
    return value


def credential(value: str) -> str:
    """Any text that is not too long for MQTT (3.1.1, section 1.5.3)."""
    if len(text(value).encode()) > _LONGEST_CREDENTIAL:
        raise ValueError(f"must be at most {_LONGEST_CREDENTIAL} bytes long.")
    return value


def mqtt_topic(value: str) -> str:
    """A topic that something is published to, or its beginning (MQTT 3.1.1, section 4.7), in ASCII;
    or nothing."""
    if value and (len(value) > _LONGEST_TOPIC or _MQTT_TOPIC.fullmatch(value) is None):
        raise ValueError(
            f"must be at most {_LONGEST_TOPIC} characters: "
            'words of letters, digits, "_" and "-" with "/" between them, such as '
            '"home/door".'
        )
    return value


def command(value: str) -> str:
    """A program and its arguments, quoted as for a shell; or nothing."""
    try:
        words = shlex.split(value)
    except ValueError:
        words = []
    if value and not words:
        raise ValueError(
            "must be the path of a program, perhaps with arguments; each quote needs another one."
        )
    return value


def origin(value: str) -> str:
    """A web origin as browsers send it (RFC 6454, section 6.2)."""
    match = _ORIGIN.fullmatch(value)
    if match is None or not _is_host(match[2]) or not _is_port(match[3]):
        raise ValueError(
            'must be a web origin such as "https://home.example" or "https://home.example:8443", '
            "in small letters and without a path."
        )
    if match[3] == _USUAL_PORTS[match[1]]:
        raise ValueError(f"must be written as browsers send it, without :{match[3]}.")
    return value


def network(value: str) -> str:
    """An address, or a network in CIDR notation (RFC 4632) that is not everybody's."""
    try:
        if ip_network(value).prefixlen:
            return value
    except ValueError:
        pass
    raise ValueError(
        'must be an address such as "192.168.1.5", or a network such as "172.18.0.0/16", with '
        "zeros after its prefix."
    )


def interface(value: str) -> str:
    """The name of a network interface (Linux, net/core/dev.c: dev_valid_name)."""
    if not _INTERFACE.fullmatch(text(value)) or len(value.encode()) > 15 or value in {".", ".."}:
        raise ValueError(
            'must be the name of a network interface, such as "eth0"; this lists them: ip link'
        )
    return value


def stun_url(value: str) -> str:
    """The address of a STUN server (RFC 7064) that answers over UDP."""
    match = _ICE_URL.fullmatch(value)
    if match is None or match[1] not in {"stun", "stuns"} or match[4] or not _is_server(match):
        raise ValueError('must be the address of a STUN server, such as "stun:stun.example:3478".')
    if match[1] == "stuns":
        raise ValueError(
            'must begin with "stun:": what a server sees of an address over TLS is of no use to '
            "calls, which go over UDP."
        )
    return value


def turn_url(value: str) -> str:
    """The address of a TURN relay (RFC 7065)."""
    match = _ICE_URL.fullmatch(value)
    if (
        match is None
        or match[1] not in {"turn", "turns"}
        or match[4] not in {None, "?transport=udp", "?transport=tcp"}
        or not _is_server(match)
    ):
        raise ValueError(
            'must be the address of a TURN relay, such as "turn:turn.example:3478?transport=udp" '
            'or "turns:turn.example:5349?transport=tcp".'
        )
    if match[1] == "turns" and match[4] == "?transport=udp":
        raise ValueError(
            'must end with "?transport=tcp", or begin with "turn:": neither browsers nor the '
            "appliance speak TURN over DTLS."
        )
    return value


def time_of_day(value: str) -> str:
    """A time as a digital clock shows it, so that an earlier one sorts first; or nothing."""
    if value and _TIME_OF_DAY.fullmatch(value) is None:
        raise ValueError('must be a time such as "22:00" or "07:30", or empty.')
    return value


def key_name(value: str) -> str:
    """A name of linux/input-event-codes.h."""
    if value not in CODES:
        near = get_close_matches(value.upper(), CODES, n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise ValueError(
            f'must be the name of a key, such as "KEY_ENTER"; {meant}This shows what a press is '
            "called: homecall-appliance keys"
        )
    return value


def is_between(begin: str, clock: str, end: str) -> bool:
    """Whether it is between these times of day, over midnight too; never where both are empty."""
    if begin <= end:
        return begin <= clock < end
    return not end <= clock < begin


def whole_number(value: object) -> object:
    """Not `false` or `0.0`, which Python takes for 0."""
    if type(value) is not int:
        raise ValueError("must be a whole number.")
    return value


def _is_web_url(value: str) -> bool:
    match = _WEB_URL.fullmatch(value)
    return match is not None and _is_host(match[1]) and _is_port(match[2])


def _is_server(match: re.Match[str]) -> bool:
    return _is_host(match[2]) and _is_port(match[3])


def _is_host(value: str) -> bool:
    return _is_name(value) or is_address(value.removeprefix("[").removesuffix("]"))


def _is_name(value: str) -> bool:
    # Browsers take a name whose last label is a number for an IPv4 address (WHATWG URL, 3.5).
    numeric = value.rpartition(".")[2].isdecimal()
    return len(value) <= 253 and not numeric and _NAME.fullmatch(value) is not None


def is_address(value: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def _is_port(value: str | None) -> bool:
    return value is None or 1 <= int(value) <= 65535

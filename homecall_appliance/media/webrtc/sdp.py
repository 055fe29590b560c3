"""Reads SDP as it comes from a phone (RFC 8866): pure, and in linear time.

What is malformed or not known is as if it were not there (RFC 8866, section 5.13); no number of a
stranger's is computed with before it is known to be one.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_LENGTH = 16 * 1024
"""Characters of an answer. Browsers write 2,000 to 6,000."""

MAX_LINES = 500
"""Lines of an answer. Browsers write about 70."""

MAX_FORMATS = 32
"""Payload types of a section that are looked at: those that can be chosen freely."""

DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")

_LINE_END = re.compile(r"[\r\n]+")
_PAYLOAD_TYPES = frozenset(map(str, range(96, 128)))  # dynamic: RFC 3551, section 6
_PORT = re.compile(r"[0-9]{1,5}")
_SSRC = re.compile(r"[0-9]{1,10}")
# RFC 8839, section 5.4, and four characters more, which libwebrtc takes, too (IsIceChar).
_UFRAG = re.compile(r"[A-Za-z0-9+/=#_-]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/=#_-]{22,256}")
# RFC 8122, section 5, with the hash functions that aiortc knows.
_FINGERPRINT = re.compile(
    r"sha-(?:256|384|512)[ \t]+(?:[0-9A-F]{2}:){31,63}[0-9A-F]{2}", re.IGNORECASE
)


@dataclass(frozen=True)
class RtpCodec:
    """A codec by its payload type."""

    payload_type: str
    """"96" to "127"."""

    name: str
    """Encoding name and clock rate in lower case, such as "h264/90000"."""

    parameters: Mapping[str, str]
    """Of its `fmtp`; the names in lower case (RFC 6838, section 4.3)."""

    feedback: frozenset[str]
    """What RTCP messages are taken for it (RFC 4585, section 4.2), such as "nack pli"."""


@dataclass(frozen=True)
class Transport:
    """How to reach a phone, and how to know it."""

    ufrag: str
    password: str
    fingerprint: str
    """A hash function and a hash, as the attribute is written."""

    setup: str
    """"active" or "passive" (RFC 8842, section 5.2)."""


@dataclass(frozen=True)
class Section:
    """A media section, or the lines before the first one."""

    media: Sequence[str]
    """The fields of its `m=` line: kind, port, protocol, formats."""

    attributes: Mapping[str, Sequence[str]]
    """The values of each attribute, without the blanks around them; "" for one that has none."""

    @property
    def kind(self) -> str:
        """ "audio" or "video", or what else it may be."""
        return self.media[0] if self.media else ""

    @property
    def rejected(self) -> bool:
        """Whether it has no port, or port 0 (RFC 3264, section 6)."""
        port = self.media[1].partition("/")[0] if len(self.media) > 1 else ""
        return not _PORT.fullmatch(port) or int(port) == 0

    @property
    def mid(self) -> str | None:
        """Its identification (RFC 5888)."""
        return self.first("mid")

    @property
    def direction(self) -> str | None:
        """One of `DIRECTIONS`."""
        return next((name for name in self.attributes if name in DIRECTIONS), None)

    @property
    def codecs(self) -> list[RtpCodec]:
        """Its codecs, in the order of preference."""
        formats = [each for each in self.media[3 : 3 + MAX_FORMATS] if each in _PAYLOAD_TYPES]
        names = self._by_format("rtpmap")
        parameters, feedback = self._by_format("fmtp"), self._by_format("rtcp-fb")
        return [
            RtpCodec(
                payload_type,
                "/".join(names[payload_type][0].lower().split("/")[:2]),
                _parameters(";".join(parameters[payload_type])),
                frozenset(feedback[payload_type]) | frozenset(feedback["*"]),
            )
            for payload_type in dict.fromkeys(formats)
            if names[payload_type]
        ]

    @property
    def extensions(self) -> dict[str, str]:
        """The number of each RTP header extension, by its URI (RFC 8285, section 5)."""
        found: dict[str, str] = {}
        for value in self.attributes.get("extmap", ()):
            number, uri, *_ = [*value.split(maxsplit=2), "", ""]
            found.setdefault(uri, number.partition("/")[0])
        return found

    @property
    def ssrcs(self) -> list[str]:
        """The source that it sends, and where one is named, that of its retransmissions.

        RFC 5576, sections 4.1 and 4.2; RFC 4588, section 8.8.
        """
        groups = [value.split()[:3] for value in self.attributes.get("ssrc-group", ())]
        paired = [group[1:] for group in groups if group[:1] == ["FID"] and len(group) == 3]
        single = [value.split()[:1] for value in self.attributes.get("ssrc", ())]
        return next((ssrcs for ssrcs in [*paired, *single] if _are_ssrcs(ssrcs)), [])

    def transport(self, session: "Section") -> Transport | None:
        """Return how its sender is reached; what it does not tell, `session` may."""
        ufrag, password, fingerprint = (
            next((value for value in values if pattern.fullmatch(value)), None)
            for pattern, values in (
                (_UFRAG, self._all("ice-ufrag", session)),
                (_PASSWORD, self._all("ice-pwd", session)),
                # The one that every stack has goes first.
                (_FINGERPRINT, sorted(self._all("fingerprint", session), key=_strangeness)),
            )
        )
        setup = next(iter(self._all("setup", session)), "")
        if not (ufrag and password and fingerprint):
            return None
        # libwebrtc takes one that does not say it for active, too (NegotiateDtlsRole).
        return Transport(
            ufrag, password, fingerprint, "passive" if setup == "passive" else "active"
        )

    def first(self, name: str) -> str | None:
        """Return the first value of an attribute."""
        return next(iter(self.attributes.get(name, ())), None)

    def _all(self, name: str, session: "Section") -> list[str]:
        return [*self.attributes.get(name, ()), *session.attributes.get(name, ())]

    def _by_format(self, name: str) -> defaultdict[str, list[str]]:
        """Return the values of an attribute of formats, by the format."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for value in self.attributes.get(name, ()):
            payload_type, *rest = value.split() or [""]
            if rest:
                found[payload_type].append(" ".join(rest))
        return found


@dataclass(frozen=True)
class SessionDescription:
    """What is read of SDP."""

    session: Section
    sections: Sequence[Section]

    @property
    def bundle(self) -> list[str]:
        """The mids that share a transport, each once: it is that of the first (RFC 8843)."""
        groups = [value.split() for value in self.session.attributes.get("group", ())]
        mids = next((group[1:] for group in groups if group[:1] == ["BUNDLE"]), [])
        return [*dict.fromkeys(mids)]


def parse(text: str) -> SessionDescription:
    """Read SDP; whatever it is, nothing is raised."""
    sections: list[tuple[list[str], defaultdict[str, list[str]]]] = [([], defaultdict(list))]
    for line in _LINE_END.split(text):
        if line.startswith("m="):
            sections.append((line[2:].split(maxsplit=3 + MAX_FORMATS), defaultdict(list)))
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            sections[-1][1][name.strip()].append(value.strip())
    session, *media = (Section(fields, attributes) for fields, attributes in sections)
    return SessionDescription(session, media)


def is_too_long(text: str) -> bool:
    """Whether it is longer than any answer."""
    return len(text) > MAX_LENGTH or len(_LINE_END.findall(text)) > MAX_LINES


def _parameters(text: str) -> dict[str, str]:
    """Read the parameters of a codec; blanks do not count (RFC 6184, section 8.3)."""
    pairs = (each.partition("=") for each in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


def _are_ssrcs(fields: Sequence[str]) -> bool:
    return bool(fields) and all(_SSRC.fullmatch(each) and int(each) < 1 << 32 for each in fields)


def _strangeness(fingerprint: str) -> int:
    return not fingerprint.lower().startswith("sha-256 ")

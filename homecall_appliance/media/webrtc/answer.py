"""What an answer of a phone comes to, as aiortc gets it: in words of our own (protocol.md, section
10).

aiortc's reader was made for well-meaning peers: it takes quadratic time, raises whatever its parts
do, and hands on what was never offered. So it reads nothing that a stranger wrote. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from homecall_appliance.media.webrtc.candidates import RemoteCandidate
from homecall_appliance.media.webrtc.sdp import (
    RtpCodec,
    Section,
    SessionDescription,
    Transport,
    is_too_long,
    parse,
)

_BASELINE = {0x42: 0b0100_0000, 0x4D: 0b1000_0000, 0x58: 0b1100_0000}
"""Which constraint flags, by profile_idc, make constrained baseline of it; the lowest four bits of
the flags are zero (RFC 6184, section 8.1, table 5)."""

_SENDS, _RECEIVES = {"sendrecv", "sendonly"}, {"sendrecv", "recvonly"}


class UnusableAnswer(Exception):
    """No connection can be made of an answer. Nothing of its text is in this."""

    def __init__(self) -> None:
        super().__init__("The answer of the phone cannot be used.")


@dataclass(frozen=True)
class Answer:
    """An answer that can be used."""

    sdp: str
    """It has the sections of the offer, nothing that was not offered, and no candidates."""

    candidates: Sequence[RemoteCandidate]
    """Those that stood in it."""


def read_answer(offer: str, answer: str) -> Answer:
    """Read the answer to an offer of ours.

    A section without a codec in common, without a transport, rejected or missing becomes inactive:
    the call goes on with the other one. aiortc knows no rejection, so it is told of a codec that
    the phone does not have, and sends nothing. Raises UnusableAnswer where no section is left.
    """
    if is_too_long(answer):
        raise UnusableAnswer
    ours, theirs = parse(offer), parse(answer)
    found = _in_order(ours, theirs)
    shared = _shared_transport(found, theirs)
    read: list[_Section] = []
    for offered, answered in zip(ours.sections, found, strict=True):
        bundled = answered.mid in theirs.bundle and not answered.rejected
        transport = shared if bundled else answered.transport(theirs.session)
        codecs = [] if answered.rejected else _common(offered.codecs, answered.codecs)
        read.append(_Section(offered, answered, codecs, transport, bundled))
    if not any(section.usable for section in read):
        raise UnusableAnswer
    return Answer(_written(read, theirs), tuple(_candidates(read)))


@dataclass(frozen=True)
class _Section:
    """A section of the offer, and what came back."""

    offered: Section
    answered: Section
    codecs: Sequence[RtpCodec]
    """Those in common, by our preference, with the phone's payload types."""

    transport: Transport | None
    bundled: bool

    @property
    def mid(self) -> str:
        return self.offered.mid or ""

    @property
    def usable(self) -> bool:
        return bool(self.codecs and self.transport)

    def direction(self, default: str | None) -> str:
        """Return the phone's direction (RFC 3264, section 6.1): no more than we offered."""
        if not self.usable:
            return "inactive"
        ours = self.offered.direction or "sendrecv"
        theirs = self.answered.direction or default or "sendrecv"
        sends, receives = theirs in _SENDS and ours in _RECEIVES, theirs in _RECEIVES
        if receives and ours in _SENDS:
            return "sendrecv" if sends else "recvonly"
        return "sendonly" if sends else "inactive"


def _in_order(ours: SessionDescription, theirs: SessionDescription) -> list[Section]:
    """Return what answers each section of the offer: an empty section where nothing does.

    That is the one with its mid. One that has no mid, or none of ours, is matched by its place
    (RFC 3264, section 6): so rejections come from Firefox and Pion.
    """
    mids = {section.mid for section in ours.sections}
    by_mid = {section.mid: section for section in reversed(theirs.sections)}
    found = []
    for place, offered in enumerate(ours.sections):
        answered = by_mid.get(offered.mid)
        if answered is None and place < len(theirs.sections):
            there = theirs.sections[place]
            answered = None if there.mid in mids else there
        fits = answered is not None and answered.kind == offered.kind
        found.append(answered if answered is not None and fits else Section((), {}))
    return found


def _shared_transport(found: Sequence[Section], theirs: SessionDescription) -> Transport | None:
    """Return that of the bundle: the first of its sections tells it (RFC 8843, section 7.1.3)."""
    by_mid = {section.mid: section for section in found if not section.rejected}
    bundled = (by_mid[mid] for mid in theirs.bundle if mid in by_mid)
    transports = (section.transport(theirs.session) for section in bundled)
    return next((transport for transport in transports if transport), None)


def _common(offered: Sequence[RtpCodec], answered: Sequence[RtpCodec]) -> list[RtpCodec]:
    common: dict[str, RtpCodec] = {}
    """By the payload types of the offer."""

    for ours in offered:
        apt = common.get(ours.parameters.get("apt", ""))  # RFC 4588, section 8.6
        for theirs in answered:
            if not _is_same(ours, theirs, apt):
                continue
            common[ours.payload_type] = replace(
                ours,
                payload_type=theirs.payload_type,
                parameters={**ours.parameters, **({"apt": apt.payload_type} if apt else {})},
                feedback=ours.feedback & theirs.feedback,
            )
            break
    return list(common.values())


def _is_same(ours: RtpCodec, theirs: RtpCodec, apt: RtpCodec | None) -> bool:
    """Whether both are the same codec; `apt`: that which it retransmits for us."""
    if ours.name != theirs.name:
        return False
    if ours.name.startswith("rtx/"):
        return apt is not None and theirs.parameters.get("apt") == apt.payload_type
    if ours.name.startswith("h264/"):
        mode = theirs.parameters.get("packetization-mode", "0")
        profile = theirs.parameters.get("profile-level-id", "42e01f")  # as older Chromium means it
        return mode == ours.parameters.get("packetization-mode") and _is_baseline(profile)
    return True


def _is_baseline(profile: str) -> bool:
    """Whether a profile-level-id is constrained baseline; the level may be any, and another in each
    direction."""
    try:
        idc, constraints, _level = bytes.fromhex(profile)
    except ValueError:
        return False
    return idc in _BASELINE and constraints & (_BASELINE[idc] | 0x0F) == _BASELINE[idc]


def _candidates(read: Iterable[_Section]) -> Iterable[RemoteCandidate]:
    for section in read:
        if section.answered.rejected:
            continue
        for line in section.answered.attributes.get("candidate", ()):
            yield RemoteCandidate(line, section.mid, None)


def _written(read: Sequence[_Section], theirs: SessionDescription) -> str:
    bundle = _bundle(read, theirs.bundle)
    default = theirs.session.direction
    lines = ["v=0", "o=- 0 0 IN IP4 0.0.0.0", "s=-", "t=0 0"]
    if "ice-lite" in theirs.session.attributes:
        lines.append("a=ice-lite")
    if len(bundle) > 1:
        lines.append(f"a=group:BUNDLE {' '.join(section.mid for section in bundle)}")
    for section in read:
        if transport := (bundle[0] if section in bundle else section).transport:
            lines += _section_lines(section, transport, section.direction(default))
    return "".join(f"{line}\r\n" for line in lines)


def _bundle(read: Sequence[_Section], mids: Sequence[str]) -> list[_Section]:
    """Return the sections that share a transport, first the one whose it is.

    Those that cannot be used share the transport of one that can: aiortc would wait for their own.
    """
    by_mid = {section.answered.mid: section for section in read if section.bundled}
    bundle = [by_mid[mid] for mid in dict.fromkeys(mids) if mid in by_mid]
    if not any(section.usable for section in bundle):
        bundle = [next(section for section in read if section.usable)]
    return bundle + [each for each in read if not each.usable and each not in bundle]


def _section_lines(section: _Section, transport: Transport, direction: str) -> Iterator[str]:
    codecs = section.codecs or section.offered.codecs[:1]
    formats = " ".join(codec.payload_type for codec in codecs)
    yield f"m={section.offered.kind} 9 UDP/TLS/RTP/SAVPF {formats}"
    yield "c=IN IP4 0.0.0.0"
    yield f"a=mid:{section.mid}"
    yield f"a={direction}"
    yield "a=rtcp-mux"
    yield f"a=ice-ufrag:{transport.ufrag}"
    yield f"a=ice-pwd:{transport.password}"
    yield f"a=fingerprint:{transport.fingerprint}"
    yield f"a=setup:{transport.setup}"
    answered = section.answered.extensions
    for uri, number in section.offered.extensions.items():
        if answered.get(uri) == number:  # it must be the same (RFC 8285, section 6)
            yield f"a=extmap:{number} {uri}"
    for codec in codecs:
        yield f"a=rtpmap:{codec.payload_type} {codec.name}"
        if codec.parameters:
            parameters = ";".join(f"{name}={value}" for name, value in codec.parameters.items())
            yield f"a=fmtp:{codec.payload_type} {parameters}"
        for feedback in sorted(codec.feedback):
            yield f"a=rtcp-fb:{codec.payload_type} {feedback}"
    for ssrc in section.answered.ssrcs:
        yield f"a=ssrc:{ssrc} cname:phone"

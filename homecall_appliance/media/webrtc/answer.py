"""What an answer of a phone comes to (protocol.md, section 10). PURE.

aiortc's reader was made for well-meaning peers: it takes quadratic time, raises whatever its parts
do, and hands on what was never offered. So nothing that a stranger wrote is read by it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from homecall_appliance.media.audio.opus_settings import OpusPreferences
from homecall_appliance.media.video.picture import Codec
from homecall_appliance.media.webrtc.candidates import RemoteCandidate
from homecall_appliance.media.webrtc.offer import Offer, OfferedMedia
from homecall_appliance.media.webrtc.opus_parameters import read_preferences
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
class NegotiatedMedia:
    """What was agreed of a section of the offer."""

    offered: OfferedMedia
    sends: bool
    """Whether we send."""

    receives: bool
    """Whether we receive."""

    codecs: Sequence[RtpCodec]
    """Those in common, by our preference, with the phone's payload types, parameters of the offer
    and the feedback that both have; retransmission among them."""

    extensions: Mapping[str, int]
    """The numbers of the header extensions that both have, by URI."""

    ssrcs: Sequence[int]
    """The source that the phone has named, and that of its retransmissions."""

    @property
    def picture_codec(self) -> Codec | None:
        """That of the pictures that are sent, None where none are."""
        for codec in self.codecs if self.sends else ():
            match codec.name:
                case "h264/90000":
                    return "h264"
                case "vp8/90000":
                    return "vp8"
        return None


@dataclass(frozen=True)
class Answer:
    """An answer that can be used."""

    transport: Transport
    """That of all sections."""

    media: Sequence[NegotiatedMedia]
    """One for each section of the offer, in its order."""

    candidates: Sequence[RemoteCandidate]
    """Those that stood in it."""

    is_lite: bool
    """Whether the phone is an ICE lite agent (RFC 8445, section 2.5)."""

    reduced_size: bool
    """Whether it takes RTCP of reduced size (RFC 5506, section 5)."""

    opus: OpusPreferences
    """What it has said of its decoder of sound."""


def read_answer(offer: Offer, answer: str) -> Answer:
    """Read the answer to an offer of ours.

    A section without a codec in common, rejected, missing, or of another transport than the others
    becomes inactive: the call goes on with the other one. Raises UnusableAnswer where no section is
    left.
    """
    if is_too_long(answer):
        raise UnusableAnswer
    theirs = parse(answer)
    found = _in_order(offer.media, theirs)
    transport, members = _transport(found, theirs)
    media = [
        _negotiated(
            offered,
            answered,
            theirs.session.direction,
            usable=any(answered is each for each in members),
        )
        for offered, answered in zip(offer.media, found, strict=True)
    ]
    if transport is None or not any(each.codecs for each in media):
        raise UnusableAnswer
    return Answer(
        transport,
        media,
        tuple(_candidates(offer.media, found)),
        "ice-lite" in theirs.session.attributes,
        all("rtcp-rsize" in each.attributes for each in members),
        read_preferences(theirs),
    )


def _negotiated(
    offered: OfferedMedia, answered: Section, default: str | None, *, usable: bool
) -> NegotiatedMedia:
    """Return what was agreed of a section; `default` is the direction of the whole answer."""
    codecs = _common(offered.codecs, answered.codecs) if usable else []
    direction = answered.direction or default or "sendrecv"
    theirs = answered.extensions
    return NegotiatedMedia(
        offered,
        # No more than we offered (RFC 3264, section 6.1): we always send.
        sends=bool(codecs) and direction in _RECEIVES,
        receives=bool(codecs) and direction in _SENDS and offered.direction == "sendrecv",
        codecs=codecs,
        # The number must be the same (RFC 8285, section 6).
        extensions={
            uri: number
            for uri, number in offered.extensions.items()
            if theirs.get(uri) == str(number)
        },
        ssrcs=[int(each) for each in answered.ssrcs],
    )


def _transport(
    found: Sequence[Section], theirs: SessionDescription
) -> tuple[Transport | None, list[Section]]:
    """Return the transport of the call, and the sections that share it.

    That is the bundle's, which the first of its sections tells (RFC 8843, section 7.1.3); where
    nothing is bundled, that of the first section that has one, and of others that have the same.
    """
    usable = [each for each in found if not each.rejected and each.media]
    by_mid = {each.mid: each for each in usable}
    bundled = [by_mid[mid] for mid in theirs.bundle if mid in by_mid]
    for section in bundled:
        if transport := section.transport(theirs.session):
            return transport, bundled
    own = [(each, each.transport(theirs.session)) for each in usable]
    first = next((transport for _, transport in own if transport), None)
    return first, [section for section, transport in own if first and transport == first]


def _in_order(ours: Sequence[OfferedMedia], theirs: SessionDescription) -> list[Section]:
    """Return what answers each section of the offer: an empty section where nothing does.

    That is the one with its mid. One that has no mid, or none of ours, is matched by its place
    (RFC 3264, section 6): so rejections come from Firefox and Pion.
    """
    mids = {offered.mid for offered in ours}
    by_mid = {section.mid: section for section in reversed(theirs.sections)}
    found = []
    for place, offered in enumerate(ours):
        answered = by_mid.get(offered.mid)
        if answered is None and place < len(theirs.sections):
            there = theirs.sections[place]
            answered = None if there.mid in mids else there
        fits = answered is not None and answered.kind == offered.kind
        found.append(answered if answered is not None and fits else Section((), {}))
    return found


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


def _candidates(
    offered: Sequence[OfferedMedia], found: Sequence[Section]
) -> Iterable[RemoteCandidate]:
    for media, answered in zip(offered, found, strict=True):
        if not answered.rejected:
            for line in answered.attributes.get("candidate", ()):
                yield RemoteCandidate(line, media.mid, None)

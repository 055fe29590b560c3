"""The offer of a call as SDP: what the appliance sends and receives, and how it is reached. PURE.

One BUNDLE group with rtcp-mux (RFC 8843, RFC 5761): both sections have the transport of the first,
which alone names its candidates.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from homecall_appliance.media.rtp.extensions import (
    ABS_CAPTURE_TIME,
    ABS_SEND_TIME,
    MID,
    PLAYOUT_DELAY,
    TRANSPORT_SEQUENCE_NUMBER,
)
from homecall_appliance.media.webrtc.sdp import RtpCodec

Direction = Literal["sendrecv", "sendonly"]

START_KBITS = 1000
"""With which a phone's picture begins, in kbit/s. Chromium begins with 300 by itself, and takes
seconds to a picture of a reasonable size, even in the network of a house."""

_EXTENSIONS = {
    MID: 1,
    ABS_SEND_TIME: 3,
    TRANSPORT_SEQUENCE_NUMBER: 4,
    ABS_CAPTURE_TIME: 5,
}
"""The numbers of the header extensions, the same in both sections (RFC 8843, section 9.3)."""

_OF_PICTURES = {PLAYOUT_DELAY: 14}

_TRANSPORT_FEEDBACK = "transport-cc"
_PICTURE_FEEDBACK = frozenset({"nack", "nack pli", "ccm fir", "goog-remb", _TRANSPORT_FEEDBACK})

# Chromium and Safari take the parameter (libwebrtc, kCodecParamStartBitrate); others pass over what
# they do not know (RFC 8866, section 6.15).
_START_BITRATE = {"x-google-start-bitrate": str(START_KBITS)}

OPUS = RtpCodec(
    "96",
    "opus/48000",
    {"minptime": "10", "useinbandfec": "1", "usedtx": "1"},
    frozenset({_TRANSPORT_FEEDBACK}),
)
"""Every browser has it (RFC 7874, section 3). It wishes for copies of lost packets, and for nothing
while the phone hears nothing: browsers leave a silence out only where that is wished for (RFC 7587,
section 6.1)."""

H264 = RtpCodec(
    "101",
    "h264/90000",
    {
        "level-asymmetry-allowed": "1",
        "packetization-mode": "1",
        "profile-level-id": "42e01f",
        **_START_BITRATE,
    },
    _PICTURE_FEEDBACK,
)
"""Constrained baseline, level 3.1 (RFC 6184, section 8.1): what every browser decodes."""

H264_RTX = RtpCodec("102", "rtx/90000", {"apt": "101"}, frozenset())
VP8 = RtpCodec("97", "vp8/90000", _START_BITRATE, _PICTURE_FEEDBACK)
VP8_RTX = RtpCodec("98", "rtx/90000", {"apt": "97"}, frozenset())

_NAMES = {
    "opus/48000": "opus/48000/2",
    "h264/90000": "H264/90000",
    "vp8/90000": "VP8/90000",
    "rtx/90000": "rtx/90000",
}
"""Encoding names as they are registered (RFC 4855)."""


@dataclass(frozen=True)
class OfferedMedia:
    """A media section."""

    kind: Literal["audio", "video"]
    direction: Direction
    ssrc: int
    rtx_ssrc: int | None = None
    """That of retransmissions (RFC 4588, section 8.8)."""

    @property
    def mid(self) -> str:
        """Its identification (RFC 5888), which is also its place."""
        return "0" if self.kind == "audio" else "1"

    @property
    def codecs(self) -> Sequence[RtpCodec]:
        """In the order of preference."""
        return (OPUS,) if self.kind == "audio" else (H264, H264_RTX, VP8, VP8_RTX)

    @property
    def extensions(self) -> Mapping[str, int]:
        """The numbers of its header extensions, by URI (RFC 8285)."""
        return _EXTENSIONS if self.kind == "audio" else _EXTENSIONS | _OF_PICTURES


@dataclass(frozen=True)
class Offer:
    """All that an offer tells."""

    session_id: int
    """A number that no other session has (RFC 9429, section 5.2.1)."""

    cname: str
    """The same for all sources (RFC 7022), and of no meaning."""

    ufrag: str
    password: str
    fingerprint: str
    """A hash function and a hash, as the attribute is written (RFC 8122, section 5)."""

    media: Sequence[OfferedMedia]
    candidates: Sequence[str]
    """Lines, without "a=candidate:" (RFC 8839, section 5.1)."""

    trickles: bool
    """Whether more candidates follow (RFC 8838)."""

    def written(self) -> str:
        """Return the SDP."""
        return "".join(f"{line}\r\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        yield "v=0"
        yield f"o=- {self.session_id} 0 IN IP4 127.0.0.1"
        yield "s=-"
        yield "t=0 0"
        yield f"a=group:BUNDLE {' '.join(media.mid for media in self.media)}"
        yield "a=msid-semantic:WMS *"
        for media in self.media:
            yield from self._section(media)

    def _section(self, media: OfferedMedia) -> Iterator[str]:
        formats = " ".join(codec.payload_type for codec in media.codecs)
        # Port 9 of no address: what is used is ICE's (RFC 9429, section 5.2.1).
        yield f"m={media.kind} 9 UDP/TLS/RTP/SAVPF {formats}"
        yield "c=IN IP4 0.0.0.0"
        yield "a=rtcp:9 IN IP4 0.0.0.0"
        yield f"a=mid:{media.mid}"
        yield f"a={media.direction}"
        yield "a=rtcp-mux"
        yield "a=rtcp-rsize"
        yield from self._transport(media)
        for uri, number in media.extensions.items():
            yield f"a=extmap:{number} {uri}"
        for codec in media.codecs:
            yield from _codec(codec)
        yield f"a=msid:{self.cname} {media.kind}"
        if media.rtx_ssrc is not None:
            yield f"a=ssrc-group:FID {media.ssrc} {media.rtx_ssrc}"
        # libwebrtc takes the first for the source of the media.
        for ssrc in filter(None, (media.ssrc, media.rtx_ssrc)):
            yield f"a=ssrc:{ssrc} cname:{self.cname}"

    def _transport(self, media: OfferedMedia) -> Iterator[str]:
        yield f"a=ice-ufrag:{self.ufrag}"
        yield f"a=ice-pwd:{self.password}"
        if self.trickles:
            yield "a=ice-options:trickle"
        yield f"a=fingerprint:{self.fingerprint}"
        yield "a=setup:actpass"
        if media is self.media[0]:
            for candidate in self.candidates:
                yield f"a=candidate:{candidate}"
            if not self.trickles:
                yield "a=end-of-candidates"


def _codec(codec: RtpCodec) -> Iterator[str]:
    yield f"a=rtpmap:{codec.payload_type} {_NAMES[codec.name]}"
    for feedback in sorted(codec.feedback):
        yield f"a=rtcp-fb:{codec.payload_type} {feedback}"
    if codec.parameters:
        parameters = ";".join(f"{name}={value}" for name, value in codec.parameters.items())
        yield f"a=fmtp:{codec.payload_type} {parameters}"

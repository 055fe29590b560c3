"""What both sides say of their decoders of Opus (RFC 7587, sections 6.1 and 7). PURE.

Each parameter tells what its side wishes to receive, and says nothing of what it sends. All are
preferences: a decoder takes packets with copies of others, and pauses, whatever it has said.
"""

import re

from homecall_appliance.media.audio.opus_settings import OpusPreferences
from homecall_appliance.media.webrtc.sdp import SessionDescription

_OPUS = "opus/48000"
_RTPMAP = re.compile(r"^a=rtpmap:(\d+) opus/48000/2\r\n", re.MULTILINE | re.IGNORECASE)


def with_opus_parameters(offer: str, *, dtx: bool) -> str:
    """Return the SDP of an offer that asks for copies of lost packets, and with `dtx` for nothing
    while the phone hears nothing (browsers leave a silence out only where that is wished for).

    aiortc names no parameters for Opus.
    """
    parameters = "minptime=10;useinbandfec=1" + (";usedtx=1" if dtx else "")
    return _RTPMAP.sub(rf"\g<0>a=fmtp:\g<1> {parameters}\r\n", offer)


def read_preferences(answer: SessionDescription) -> OpusPreferences:
    """Return what a phone has said of its decoder.

    One that does not name "usedtx" has no preference for pauses, and no browser names it by itself,
    but each has played them since it can decode Opus. Only "usedtx=0" speaks against them.
    """
    sounds = (section for section in answer.sections if section.kind == "audio")
    codecs = (codec for section in sounds for codec in section.codecs if codec.name == _OPUS)
    parameters = next((codec.parameters for codec in codecs), {})
    return OpusPreferences(
        dtx=parameters.get("usedtx") != "0", fec=parameters.get("useinbandfec") == "1"
    )

"""What a phone says of its decoder of Opus (RFC 7587, sections 6.1 and 7). PURE.

Each parameter tells what its side wishes to receive, and says nothing of what it sends. All are
preferences: a decoder takes packets with copies of others, and pauses, whatever it has said.
"""

from homecall_appliance.media.audio.opus_settings import OpusPreferences
from homecall_appliance.media.webrtc.sdp import SessionDescription

_OPUS = "opus/48000"


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

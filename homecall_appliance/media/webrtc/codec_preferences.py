"""Which codecs a call has: Opus, and H.264 where the phone takes it, VP8 otherwise."""

import re

from aiortc import RTCPeerConnection, RTCRtpTransceiver

from homecall_appliance.media.video.picture import Codec
from homecall_appliance.media.webrtc.aiortc_compat import (
    H264,
    OPUS,
    RTX,
    VP8,
    negotiated_codecs,
)


def prefer_opus(transceiver: RTCRtpTransceiver) -> None:
    """Let the offer name `OPUS` alone: every browser has it (RFC 7874, section 3)."""
    transceiver.setCodecPreferences([OPUS])


def prefer_h264(transceiver: RTCRtpTransceiver) -> None:
    """Let the offer name `H264`, then `VP8`, nothing else; aiortc sends the first that is taken."""
    transceiver.setCodecPreferences([H264, VP8, RTX])


START_KBITS = 1000
"""With which a phone's picture begins, in kbit/s. From what Chromium begins with by itself, 300, it
takes half a minute to a picture of a reasonable size, even in the network of a house: our estimates
of what it may send (REMB) grow by 8 % a second."""

_PICTURE = re.compile(r"^a=rtpmap:(\d+) (?:H264|VP8)/90000\r\n", re.MULTILINE | re.IGNORECASE)


def with_start_bitrate(offer: str) -> str:
    """Return the SDP of an offer that tells a phone what bitrate to begin with.

    Chromium and Safari take the parameter (libwebrtc, kCodecParamStartBitrate); others pass over
    what they do not know (RFC 8866, section 6.15).
    """
    parameter = f"x-google-start-bitrate={START_KBITS}"
    for rtpmap, payload_type in [(each[0], each[1]) for each in _PICTURE.finditer(offer)]:
        known = re.compile(rf"^a=fmtp:{payload_type} [^\r\n]+", re.MULTILINE)
        offer, found = known.subn(rf"\g<0>;{parameter}", offer)
        if not found:
            offer = offer.replace(rtpmap, f"{rtpmap}a=fmtp:{payload_type} {parameter}\r\n")
    return offer


def sent_codec(connection: RTCPeerConnection) -> Codec | None:
    """Return the codec of the picture that is sent once the answer is accepted, None for none."""
    for transceiver in connection.getTransceivers():
        if transceiver.kind == "video" and transceiver.currentDirection in {"sendrecv", "sendonly"}:
            match negotiated_codecs(transceiver)[0].name.lower():
                case "h264":
                    return "h264"
                case "vp8":
                    return "vp8"
    return None

"""What a phone's answer says of its decoder of sound."""

import pytest

from homecall_appliance.media.audio.opus_settings import OpusPreferences
from homecall_appliance.media.webrtc.opus_parameters import read_preferences
from homecall_appliance.media.webrtc.sdp import parse

OFFER = (
    "v=0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\n"
    "a=rtpmap:96 opus/48000/2\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 97\r\n"
    "a=rtpmap:97 H264/90000\r\n"
)


@pytest.mark.parametrize(
    ("fmtp", "preferences"),
    [
        ("", OpusPreferences(dtx=True, fec=False)),
        ("minptime=10;useinbandfec=1", OpusPreferences(dtx=True, fec=True)),
        ("maxplaybackrate=48000;stereo=1;useinbandfec=1", OpusPreferences(dtx=True, fec=True)),
        ("useinbandfec=0;usedtx=0", OpusPreferences(dtx=False, fec=False)),
        ("USEDTX = 0 ; UseInBandFEC = 1", OpusPreferences(dtx=False, fec=True)),
        ("usedtx=1;cbr=1", OpusPreferences(dtx=True, fec=False)),
        ("usedtx=00;useinbandfec=x;=;;", OpusPreferences(dtx=True, fec=False)),
    ],
    ids=["nothing", "Chromium", "Firefox", "neither", "blanks", "a constant bitrate", "nonsense"],
)
def test_a_phone_says_what_its_decoder_prefers(fmtp: str, preferences: OpusPreferences) -> None:
    answer = OFFER.replace("/2\r\n", f"/2\r\na=fmtp:96 {fmtp}\r\n")
    assert read_preferences(parse(answer)) == preferences


@pytest.mark.parametrize(
    "answer",
    ["", OFFER.replace("m=audio", "m=text"), OFFER.replace("opus/48000/2", "PCMU/8000")],
    ids=["empty", "without sound", "another codec"],
)
def test_without_opus_there_are_no_preferences(answer: str) -> None:
    assert read_preferences(parse(answer)) == OpusPreferences()

"""The offer as SDP, and that the real aiortc takes it."""

from dataclasses import replace

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import SessionDescription

from homecall_appliance.media.rtp.extensions import MID, PLAYOUT_DELAY
from homecall_appliance.media.webrtc.sdp import parse
from tests.support.offered import OFFER

WRITTEN = OFFER.written()


def test_it_prefers_h264_and_keeps_retransmission() -> None:
    sound, picture = SessionDescription.parse(WRITTEN).media
    assert [codec.name for codec in sound.rtp.codecs] == ["opus"]
    assert sound.rtp.codecs[0].parameters["useinbandfec"] == 1
    names = [codec.name for codec in picture.rtp.codecs]
    assert names == ["H264", "rtx", "VP8", "rtx"]
    h264, rtx, vp8, vp8_rtx = picture.rtp.codecs
    assert h264.parameters["profile-level-id"] == "42e01f"
    assert h264.parameters["packetization-mode"] == "1"
    assert rtx.parameters == {"apt": h264.payloadType}
    assert vp8_rtx.parameters == {"apt": vp8.payloadType}


def test_it_tells_a_phone_what_bitrate_to_begin_with() -> None:
    for codec in SessionDescription.parse(WRITTEN).media[1].rtp.codecs:
        assert ("x-google-start-bitrate" in codec.parameters) == (codec.name != "rtx")


def test_the_source_of_the_media_is_named_before_that_of_retransmissions() -> None:
    """Chromium takes the first for the one that is to be shown."""
    lines = [line for line in WRITTEN.splitlines() if line.startswith("a=ssrc")]
    assert lines == [
        "a=ssrc:111 cname:home",
        "a=ssrc-group:FID 222 333",
        "a=ssrc:222 cname:home",
        "a=ssrc:333 cname:home",
    ]


def test_both_sections_have_one_transport_and_the_first_has_the_candidates() -> None:
    described = parse(WRITTEN)
    assert described.bundle == ["0", "1"]
    for name in ("ice-ufrag", "ice-pwd", "fingerprint", "setup"):
        assert len({tuple(each.attributes[name]) for each in described.sections}) == 1
    assert [len(each.attributes.get("candidate", ())) for each in described.sections] == [1, 0]
    assert all("rtcp-mux" in each.attributes for each in described.sections)


def test_the_numbers_of_extensions_mean_the_same_in_both_sections() -> None:
    sound, picture = (each.extensions for each in parse(WRITTEN).sections)
    assert sound[MID] == picture[MID]
    assert PLAYOUT_DELAY in picture
    assert PLAYOUT_DELAY not in sound
    for extensions in (sound, picture):
        assert len(set(extensions.values())) == len(extensions)
        assert all(0 < int(number) < 15 for number in extensions.values())


def test_it_says_whether_candidates_follow() -> None:
    assert ("trickle" in WRITTEN, "a=end-of-candidates" in WRITTEN) == (False, True)
    trickling = replace(OFFER, trickles=True).written()
    assert trickling.count("a=ice-options:trickle") == 2
    assert "a=end-of-candidates" not in trickling


def test_a_picture_that_nobody_could_see_is_not_asked_for() -> None:
    sound, picture = OFFER.media
    media = (sound, replace(picture, direction="sendonly"))
    sections = parse(replace(OFFER, media=media).written()).sections
    assert [each.direction for each in sections] == ["sendrecv", "sendonly"]


async def test_aiortc_takes_it() -> None:
    phone = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    await phone.setRemoteDescription(RTCSessionDescription(WRITTEN, "offer"))
    assert [each.kind for each in phone.getTransceivers()] == ["audio", "video"]
    await phone.close()

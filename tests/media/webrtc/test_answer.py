"""What an answer of a phone comes to."""

import re
from dataclasses import replace

import pytest

from homecall_appliance.media.rtp.extensions import ABS_SEND_TIME, MID
from homecall_appliance.media.video.picture import Codec
from homecall_appliance.media.webrtc.answer import Answer, UnusableAnswer, read_answer
from homecall_appliance.media.webrtc.sdp import MAX_LENGTH, MAX_LINES, parse
from tests.support.offered import NAMES, OFFER, answer, changed, negotiated_faults

BOTH = answer("chromium-both")
H264_ONLY = answer("chromium-h264")
SOUND, PICTURE = BOTH.partition("m=video")[0], "m=video" + BOTH.partition("m=video")[2]
ICE = re.compile(r"a=ice-(?:ufrag|pwd):.*\r\n")
TRANSPORT = re.compile(r"a=(?:ice-ufrag|ice-pwd|fingerprint|setup|rtcp-mux):?.*\r\n")
FINGERPRINT = re.compile(r"a=fingerprint:.*")

REJECTED = {
    "without a mid": "m=video 0 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n",
    "by Pion 2": "m=video 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n",
    "by Chromium": "m=video" + answer("chromium-rejected").partition("m=video")[2],
    "by Firefox": "m=video" + answer("firefox-rejected").partition("m=video")[2],
    "with a foreign mid": "m=video 0 UDP/TLS/RTP/SAVPF 97\r\na=mid:video\r\n",
    "by silence": "",
    "by another kind": "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:1\r\n",
    "with a bad port": changed(PICTURE, "m=video 9", "m=video x"),
    "with H.264 of another mode": "m=video"
    + changed(H264_ONLY, "packetization-mode=1", "packetization-mode=0").partition("m=video")[2],
    "with H.264 that names no mode": "m=video"
    + changed(H264_ONLY, "packetization-mode=1;", "").partition("m=video")[2],
    "with H.264 of another profile": "m=video"
    + changed(H264_ONLY, "=42e01f", "=640c1f").partition("m=video")[2],
    "with H.264 of no profile": "m=video"
    + changed(H264_ONLY, "=42e01f", "=nonsense").partition("m=video")[2],
    "with codecs of its own": "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n"
    "a=rtpmap:96 AV1/90000\r\n",
}
"""How a phone says that it takes no picture."""

UNDERSTOOD = {
    "line ends of Unix": BOTH.replace("\r\n", "\n"),
    "blanks in parameters": BOTH.replace(";", "; "),
    "capitals": changed(BOTH, "profile-level-id=42e01f", "Profile-Level-ID=42E01F"),
    "another level": changed(BOTH, "=42e01f", "=42e034"),
    "the same profile in other words": changed(BOTH, "=42e01f", "=4d801f"),
    "no profile": changed(BOTH, ";profile-level-id=42e01f", ""),
    "extension attributes": changed(BOTH, "sdes:mid\r\n", "sdes:mid with attributes\r\n"),
    "an extension's direction": changed(BOTH, "a=extmap:1 ", "a=extmap:1/sendrecv "),
    "an extension that was not offered": BOTH + "a=extmap:300 urn:x\r\na=extmap:0 urn:y\r\n",
    "extensions that are none": BOTH + "a=extmap:\r\na=extmap\r\na=extmap:x\r\na=extmap:1/ a\r\n",
    "lone sources": BOTH + "a=ssrc:1\r\na=ssrc\r\na=ssrc:x y\r\na=ssrc-group:FID\r\n",
    "codecs that are none": BOTH + "a=rtpmap:\r\na=rtpmap:97\r\na=rtpmap:x y\r\na=fmtp:101\r\n",
    "feedback that is none": BOTH + "a=rtcp-fb\r\na=rtcp-fb:101\r\na=rtcp-fb:* \r\n",
    "bad numbers": BOTH
    + "a=rtcp:x IN\r\na=sctp-port:y\r\na=max-message-size:z\r\na=rtpmap:٣ a/b\r\n",
    "lines that are none": BOTH + "\r\nnonsense\r\n=\r\na\r\na=\r\nz=1\r\nm\r\n",
    "a candidate that is cut short": BOTH + "a=candidate:1 1 udp 2122 192.0.2.7\r\na=candidate\r\n",
    "a session that says nothing": BOTH.replace("v=0\r\n", "").replace("t=0 0\r\n", ""),
    "bad lines of the session": "v=x\r\nc=IN IP9 y\r\na=group\r\na=setup:z\r\n" + BOTH,
    "the transport in the session": "".join(TRANSPORT.findall(SOUND)[:4]) + TRANSPORT.sub("", BOTH),
    "the transport in the first of the bundle": SOUND + TRANSPORT.sub("", PICTURE),
    "no rtcp-mux": BOTH.replace("a=rtcp-mux\r\n", ""),
    "no role": BOTH.replace("a=setup:active\r\n", ""),
    "the role of an offer": BOTH.replace("a=setup:active", "a=setup:actpass"),
    "several fingerprints": BOTH.replace("a=setup", "a=fingerprint:sha-1 AA:BB\r\na=setup"),
    "small letters": FINGERPRINT.sub(lambda found: found[0].lower(), BOTH),
    "sections that have changed places": BOTH.partition("m=audio")[0]
    + PICTURE
    + "m=audio"
    + SOUND.partition("m=audio")[2],
    "sections without mids": re.sub(r"a=(mid|group):.*\r\n", "", BOTH),
    "mids of its own": BOTH.replace("BUNDLE 0 1", "BUNDLE audio video")
    .replace("a=mid:0", "a=mid:audio")
    .replace("a=mid:1", "a=mid:video"),
    "more sections": BOTH + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:2\r\n" * 20,
    "no bundle": changed(BOTH, "a=group:BUNDLE 0 1\r\n", ""),
    "a strange bundle": changed(BOTH, "BUNDLE 0 1", "BUNDLE 7 1 0 1 1"),
    "the other transport": changed(BOTH, "BUNDLE 0 1", "BUNDLE 1 0"),
    "audio inactive": changed(SOUND, "a=sendrecv", "a=inactive") + PICTURE,
    "more payload types": changed(
        BOTH, "SAVPF 101", "SAVPF 101 " + " ".join(map(str, range(34, 60)))
    ),
}
"""Answers that take H.264, each in its own way."""

UNUSABLE = {
    "nothing": "",
    "nonsense": "nonsense",
    "a zero": "\x00",
    "half a surrogate": "v=0\r\nm=audio \ud800",
    "a bad port": "v=0\r\nm=audio x\r\n",
    "no section": SOUND.partition("m=audio")[0],
    "no ICE credentials": ICE.sub("", BOTH),
    "short ICE credentials": re.sub(r"ice-ufrag:.*", "ice-ufrag:abc", BOTH),
    "a long ufrag": re.sub(r"ice-ufrag:.*", "ice-ufrag:" + "x" * 257, BOTH),
    "a ufrag with blanks": re.sub(r"ice-ufrag:.*", "ice-ufrag:ab cd", BOTH),
    "no fingerprint": FINGERPRINT.sub("", BOTH),
    "a fingerprint that is none": FINGERPRINT.sub("a=fingerprint:sha-256 AA:BB", BOTH),
    "a fingerprint of a weak function": FINGERPRINT.sub("a=fingerprint:md5 " + "AA:" * 31, BOTH),
    "everything rejected": BOTH.replace("m=audio 9", "m=audio 0").replace("m=video 9", "m=video 0"),
    "no codec in common": re.sub(r"a=rtpmap:.*", "a=rtpmap:96 speex/8000", BOTH),
    "payload types that are not free": re.sub(r"SAVPF .*", "SAVPF 72 35 200 1000", BOTH),
    "too many characters": BOTH + "a=x:" + "x" * MAX_LENGTH,
    "too many lines": BOTH + "a=x\r\n" * MAX_LINES,
    "too many empty lines": BOTH + "\n" * MAX_LENGTH,
}
"""Answers of which nothing can be made."""


def read(text: str) -> Answer:
    """Read an answer to our offer, and look at what comes of it."""
    read = read_answer(OFFER, text)
    assert negotiated_faults(read) == []
    return read


@pytest.mark.parametrize(
    ("answer", "codec"),
    [
        (BOTH, "h264"),
        (H264_ONLY, "h264"),
        (answer("chromium-vp8"), "vp8"),
        (answer("chromium-watches"), "h264"),
        (answer("chromium-watches").replace("a=recvonly", "a=sendonly"), None),
        (answer("chromium-inactive"), None),
        (answer("chromium-rejected"), None),
        (changed(BOTH, "packetization-mode=1", "packetization-mode=0"), "vp8"),
        (changed(BOTH, "=42e01f", "=640c1f"), "vp8"),
        (changed(BOTH, "SAVPF 101 102 97 98", "SAVPF 97 98 101 102"), "h264"),
        (answer("firefox-vp8"), "vp8"),
        (answer("firefox-inactive"), None),
        (answer("firefox-rejected"), None),
        (answer("aiortc-both"), "h264"),
        (answer("aiortc-older"), "h264"),
        (answer("pion-both"), "h264"),
        (answer("pion-rejected"), None),
        (answer("gstreamer-both"), "h264"),
        (answer("gstreamer-watches"), "h264"),
        (answer("safari-written"), "h264"),
        (answer("sipsorcery-written"), "h264"),
    ],
)
def test_a_phone_answers(answer: str, codec: Codec | None) -> None:
    assert read(answer).media[1].picture_codec == codec


@pytest.mark.parametrize("name", NAMES)
def test_each_answer_that_is_kept_has_a_transport_and_sound(name: str) -> None:
    found = read(answer(name))
    assert found.transport.setup == "active"
    assert found.media[0].sends
    assert found.media[0].codecs[0].name == "opus/48000"


@pytest.mark.parametrize("text", UNDERSTOOD.values(), ids=UNDERSTOOD.keys())
def test_what_other_stacks_write_is_understood(text: str) -> None:
    assert read(text).media[1].picture_codec == "h264"


@pytest.mark.parametrize("text", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_of_what_cannot_be_used_nothing_is_told(text: str) -> None:
    with pytest.raises(UnusableAnswer) as unusable:
        read_answer(OFFER, text)
    assert str(unusable.value) == "The answer of the phone cannot be used."
    assert unusable.value.__context__ is None


def test_an_answer_may_be_as_long_as_that() -> None:
    padding = MAX_LENGTH - len(BOTH)
    read(BOTH + "a=x" + "\r\n" + "x" * (padding - 5))
    lines = MAX_LINES - BOTH.count("\r\n")
    read(BOTH + "a=x\r\n" * lines)


def test_a_section_that_is_bundled_again_and_again_is_once() -> None:
    """Looking for the transport in each cost a tenth of a second of everybody's time."""
    bundle = "BUNDLE " + "7 1 0 " * 2000
    assert parse(changed(BOTH, "BUNDLE 0 1", bundle)).bundle == ["7", "1", "0"]


def test_what_was_agreed_is_what_both_have() -> None:
    text = BOTH.replace("a=rtcp-fb:101 nack pli\r\n", "").replace("97 goog-remb", "97 nonsense")
    codecs = read(text).media[1].codecs
    assert [(each.payload_type, each.name) for each in codecs] == [
        ("101", "h264/90000"),
        ("102", "rtx/90000"),
        ("97", "vp8/90000"),
        ("98", "rtx/90000"),
    ]
    assert codecs[0].feedback == {"nack", "goog-remb"}
    assert codecs[2].feedback == {"nack", "nack pli"}


def test_the_phone_chooses_the_payload_types() -> None:
    moved = BOTH.replace("101", "120").replace("102", "121").replace("apt=120", "apt= 120")
    codecs = read(moved).media[1].codecs
    assert [each.payload_type for each in codecs] == ["120", "121", "97", "98"]
    assert codecs[1].parameters == {"apt": "120"}


def test_feedback_may_be_for_every_payload_type() -> None:
    text = re.sub(r"a=rtcp-fb:.*\r\n", "", BOTH) + "a=rtcp-fb:* nack  pli\r\n"
    codecs = read(text).media[1].codecs
    assert [each.feedback for each in codecs if "rtx" not in each.name] == [{"nack pli"}] * 2


def test_retransmission_of_a_codec_that_is_not_shared_is_none() -> None:
    text = changed(BOTH, "=42e01f", "=640c1f")
    assert [each.payload_type for each in read(text).media[1].codecs] == ["97", "98"]


def test_an_extension_has_the_number_that_was_offered() -> None:
    text = changed(BOTH, "a=extmap:1 urn", "a=extmap:5 urn")
    assert [MID in each.extensions for each in read(BOTH).media] == [True, True]
    assert [dict(each.extensions) for each in read(text).media] == [{}, {ABS_SEND_TIME: 3}]


@pytest.mark.parametrize(
    ("theirs", "sends", "receives"),
    [
        ("sendrecv", True, True),
        ("sendonly", False, True),
        ("recvonly", True, False),
        ("inactive", False, False),
    ],
)
@pytest.mark.parametrize("asked_for", [True, False])
def test_no_more_is_agreed_than_was_offered(
    theirs: str, sends: bool, receives: bool, asked_for: bool
) -> None:
    sound, picture = OFFER.media
    if not asked_for:
        picture = replace(picture, direction="sendonly")
    text = SOUND + changed(PICTURE, "a=sendrecv", f"a={theirs}")
    media = read_answer(replace(OFFER, media=(sound, picture)), text).media[1]
    assert (media.sends, media.receives) == (sends, receives and asked_for)


def test_the_sources_are_those_of_the_picture_and_its_retransmissions() -> None:
    first, second = read(answer("firefox-vp8")).media
    assert first.ssrcs == [1224916227]
    assert second.ssrcs == [2574464256, 3574639563]


def test_candidates_are_taken_out() -> None:
    line = "a=candidate:1 1 udp 2122260223 192.0.2.7 54321 typ host\r\n"
    both = read(SOUND + line + PICTURE + line)
    assert [(each.candidate, each.sdp_mid) for each in both.candidates] == [
        (line[len("a=candidate:") : -2], "0"),
        (line[len("a=candidate:") : -2], "1"),
    ]
    rejected = read(SOUND + changed(PICTURE, "m=video 9", "m=video 0") + line)
    assert rejected.candidates == ()


def test_an_ice_lite_phone_is_told_of() -> None:
    assert [read(text).is_lite for text in (BOTH, "a=ice-lite\r\n" + BOTH)] == [False, True]


def test_reports_of_reduced_size_are_taken_where_each_section_says_so() -> None:
    plain = BOTH.replace("a=rtcp-rsize\r\n", "")
    everywhere = plain.replace("a=rtcp-mux", "a=rtcp-rsize\r\na=rtcp-mux")
    once = plain.replace("a=rtcp-mux", "a=rtcp-rsize\r\na=rtcp-mux", 1)
    assert [read(text).reduced_size for text in (plain, everywhere, once)] == [False, True, False]


def test_a_phone_of_which_only_the_picture_can_be_used() -> None:
    silent = changed(BOTH, "opus/48000/2", "speex/8000")
    lonely = silent.replace("BUNDLE 0 1", "BUNDLE 1").replace("m=audio 9", "m=audio 0")
    for text in (silent, lonely):
        assert [each.sends for each in read(text).media] == [False, True]


def test_a_section_outside_the_bundle_is_not_used() -> None:
    """One of another transport would need a connection of its own."""
    text = changed(BOTH, "BUNDLE 0 1", "BUNDLE 0")
    assert [each.sends for each in read(text).media] == [True, False]


@pytest.mark.parametrize("bundle", ["BUNDLE 0", "BUNDLE 0 1", None])
@pytest.mark.parametrize("rejection", REJECTED.values(), ids=REJECTED.keys())
def test_a_call_whose_picture_is_rejected_has_its_sound(rejection: str, bundle: str | None) -> None:
    group = f"a=group:{bundle}\r\n" if bundle else ""
    text = changed(SOUND, "a=group:BUNDLE 0 1\r\n", group) + rejection
    sound, picture = read(text).media
    assert (sound.sends, sound.receives) == (True, True)
    assert (picture.sends, picture.receives) == (False, False)

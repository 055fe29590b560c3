"""Answers as a malicious phone may write them: changes of kept ones, the same for the same seed."""

import random
from collections.abc import Iterator

from tests.support.offered import NAMES, answer

CHARACTERS = (
    '\r\n\0\t :;=/*+-,.%[]{}"\\aAzZ019\x0b\x0c\x1c\x85\u2028\u0660\uff11\u00e9\ud800\U0001f4de'
)
NUMBERS = [
    *("0", "-1", "1", "9", "15", "14", "127", "128", "255", "256", "300", "65535", "65536"),
    *("4294967295", "4294967296", "9" * 30, "9" * 5000, "1e9", "0x10", "1_0", "٣", "", " ", "NaN"),
]
LINES = [
    *("m=video 9 UDP/TLS/RTP/SAVPF 97", "m=audio 0 UDP/TLS/RTP/SAVPF 0", "m=", "m=audio", "m= 9"),
    *("a=extmap:300 urn:x", "a=extmap:0 urn:x", "a=extmap:1/sendonly urn:x y z", "a=extmap:"),
    *("a=rtcp-fb:* nack", "a=rtcp-fb:97 " + "x" * 200, "a=rtpmap:97 VP8/90000/1/1", "a=rtpmap:"),
    *("a=fmtp:97 a=b; c; =; ;=d", "a=fmtp:101", "a=fmtp:98 apt=98", "a=ssrc:1", "a=ssrc-group:FID"),
    *("a=mid:0", "a=mid:", "a=mid:" + "x" * 300, "a=group:BUNDLE " + "0 " * 300, "a=group:"),
    *("a=ice-ufrag:" + "x" * 256, "a=ice-pwd:x", "a=ice-lite", "a=setup:holdconn", "a=inactive"),
    *("a=fingerprint:sha-256 AA", "a=fingerprint:", "a=candidate:", "a=end-of-candidates", "v=1"),
    *("a=candidate:1 1 udp 1 127.0.0.1 22 typ host", "a=candidate:1 1 udp 1 a.local 5000 typ host"),
    "a=extmap:300 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=extmap:0 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "a=extmap:15/sendonly http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "a=rtpmap:128 H264/90000",
    "a=rtpmap:96 H264/0",
    "a=rtpmap:97 VP8/99999999999999999999",
    "a=fmtp:96 apt=96",
    "a=fmtp:96 packetization-mode=9;profile-level-id=zzzzzz",
    "a=rtcp-fb:* nack pli",
    "a=rtcp-fb:96",
    "a=mid:7",
    "a=ice-ufrag:",
    "a=fingerprint:sha-256 00",
    "a=fingerprint:md5 00:11",
    "a=fingerprint:none",
    "a=setup:",
    "a=ssrc:4294967296 cname:x",
    "a=ssrc-group:FID 1",
    "a=group:BUNDLE 0 1 2 3 4 5 6 7 8 9",
    "a=recvonly",
    "a=rtcp:70000",
    "a=candidate:1 1 udp 1 127.0.0.1 53 typ host",
    "a=candidate:1 1 tcp 1 10.77.0.200 9 typ host tcptype active",
    "a=candidate:1 2 udp 1 10.77.0.200 40000 typ srflx raddr 0.0.0.0 rport 0",
    "a=candidate:1 1 udp 99999999999 10.77.0.200 99999 typ host",
    "a=candidate:1 1 udp 1 255.255.255.255 40000 typ host",
    "a=candidate:1 1 udp 1 fe80::1%eth0 40000 typ host",
    "a=sctp-port:5000",
    "a=simulcast:recv 1;2",
    "a=rid:1 send",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "m=video 9 RTP/AVP 96",
    "c=IN IP4",
    "b=AS:-1",
    *("c=IN IP6 x", "b=AS:x", "t=x", "=", "a=", "a=:", "a", " a=sendrecv", "a= sendrecv"),
]


def mutated(seed: int, count: int) -> Iterator[str]:
    """Yield so many answers, each a kept one with some changes, or many of one."""
    dice = random.Random(seed)
    kept = [answer(name) for name in NAMES]
    for _ in range(count):
        text = dice.choice(kept)
        for _ in range(dice.choice((1, 1, 1, 2, 3, 8, 40))):
            text = _changed(dice, text, kept)[: 1 << 16]
        yield text


def _changed(dice: random.Random, text: str, kept: list[str]) -> str:
    change = dice.randrange(12)
    if change < 3:
        return _torn(dice, text, change)
    lines = text.split("\r\n")
    at = dice.randrange(len(lines))
    match change:
        case 3:
            del lines[at]
        case 4:
            lines.insert(at, dice.choice(LINES))
        case 5:
            lines[at:at] = [dice.choice([lines[at], *LINES])] * dice.choice((2, 30, 300, 3000))
        case 6:
            lines[at:at] = [_numbered(dice, lines[at]) for _ in range(dice.choice((1, 30, 400)))]
        case 7:
            lines[at] = _numbered(dice, lines[at])
        case 8:
            dice.shuffle(lines)
        case 9:
            other = dice.choice(kept).split("\r\n")
            lines[at:] = other[dice.randrange(len(other)) :]
        case 10:
            lines[at] = lines[at] + dice.choice((" ", ";", "/", ":", "=")) + _noise(dice)
        case _:
            lines[at] = lines[at][: dice.randrange(len(lines[at]) + 1)]
    return "\r\n".join(lines)


def _torn(dice: random.Random, text: str, change: int) -> str:
    """Return the text with a change that knows nothing of lines."""
    place = dice.randrange(len(text) + 1)
    if change == 0:
        return text[:place]
    if change == 1:
        return text[:place] + _noise(dice) + text[place + dice.randrange(4) :]
    return text.replace("\r\n", dice.choice(("\n", "\r", "\r\n\r\n")))


def _numbered(dice: random.Random, line: str) -> str:
    """Return the line with another number in one place."""
    places = [at for at, character in enumerate(line) if character.isdigit()]
    if not places:
        return line
    at = dice.choice(places)
    return line[:at] + dice.choice([*NUMBERS, str(dice.randrange(96, 128))]) + line[at + 1 :]


def _noise(dice: random.Random) -> str:
    return "".join(dice.choices(CHARACTERS, k=dice.choice((1, 3, 100, 20_000))))

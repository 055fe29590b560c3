"""Answers as no browser writes them: recorded ones, changed as a seed determines (RFC 8866)."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

RECORDED = Path(__file__).parents[1] / "media" / "answers"
"""What browsers have answered."""

LINES = (
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
    "a=mid:",
    "a=mid:0",
    "a=mid:7",
    "a=ice-ufrag:",
    "a=ice-pwd:x",
    "a=ice-lite",
    "a=fingerprint:sha-256 00",
    "a=fingerprint:md5 00:11",
    "a=fingerprint:none",
    "a=setup:holdconn",
    "a=setup:",
    "a=ssrc:4294967296 cname:x",
    "a=ssrc-group:FID 1",
    "a=group:BUNDLE 0 1 2 3 4 5 6 7 8 9",
    "a=inactive",
    "a=recvonly",
    "a=rtcp:70000",
    "a=candidate:",
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
    "m=audio 0 UDP/TLS/RTP/SAVPF 0",
    "m=video 9 RTP/AVP 96",
    "m=",
    "c=IN IP4",
    "b=AS:-1",
    "t=x",
    "v=1",
    "=",
    "a",
    "",
)
"""Each is wrong somewhere, or strange."""

ODD = (
    *("0", "-1", "65536", "4294967296", "9" * 400, "١", "1e9", "", " "),
    *("\0", "\u2028", "\x85", "ж" * 50, "\\", '"', "*"),
)
"""In place of a word."""


def recorded() -> list[str]:
    """Return the recorded answers."""
    return [file.read_text("utf-8") for file in sorted(RECORDED.glob("*.sdp"))]


def mutated(answers: Sequence[str], chance: Random) -> str:
    """Return one of the answers with some changes."""
    lines = chance.choice(answers).splitlines()
    for _ in range(chance.randint(1, 5)):
        place = chance.randrange(len(lines) or 1)
        match chance.randrange(8):
            case 0:
                lines[place:place] = [chance.choice(LINES)] * chance.choice((1, 1, 1, 200))
            case 1:
                del lines[place : place + chance.choice((1, 1, 4))]
            case 2:
                lines[place:place] = lines[place : place + chance.randint(1, 30)]
            case 3:
                chance.shuffle(lines)
            case 4:
                del lines[place:]
            case _ if lines:
                words = lines[place].split(" ")
                words[chance.randrange(len(words))] = chance.choice(ODD)
                lines[place] = " ".join(words)
    end = chance.choice(("\r\n", "\r\n", "\r\n", "\n", "\r"))
    return "".join(line + end for line in lines)

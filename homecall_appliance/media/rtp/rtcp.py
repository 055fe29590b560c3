"""RTCP packets (RFC 3550, section 6; feedback: RFC 4585, RFC 5104, draft-alvestrand-rmcat-remb-03).

What comes is read within bounds: a packet that is malformed ends the reading of its compound, and
what was read before it counts. Types that are of no use here are passed over.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from homecall_appliance.media.rtp.transport_feedback import TransportFeedback

_SENDER_REPORT, _RECEIVER_REPORT, _SOURCE_DESCRIPTION, _GOODBYE = 200, 201, 202, 203
_TRANSPORT_LAYER, _PAYLOAD_SPECIFIC = 205, 206  # RFC 4585, section 6.1
_NACK, _TRANSPORT_WIDE = 1, 15
_PLI, _FIR, _APPLICATION = 1, 4, 15

_BLOCK_BYTES = 24
_REMB = b"REMB"
_MASK_32 = 0xFFFFFFFF


@dataclass(frozen=True)
class ReportBlock:
    """What one side has received of a source (RFC 3550, section 6.4.1)."""

    ssrc: int
    fraction_lost: int
    """In 256ths, since the report before."""

    packets_lost: int
    """In all; below 0 where packets came twice."""

    highest_sequence_number: int
    """Extended to 32 bits."""

    jitter: int
    """Ticks of the source's clock."""

    last_sender_report: int
    """The middle 32 bits of its NTP timestamp, 0 for none."""

    delay: int
    """Since that, in 2^-16 s."""


@dataclass(frozen=True)
class SenderReport:
    """What a source has sent, and its clock (RFC 3550, section 6.4.1)."""

    ssrc: int
    ntp: int
    timestamp: int
    packets: int
    octets: int
    blocks: Sequence[ReportBlock] = ()


@dataclass(frozen=True)
class ReceiverReport:
    """The report of one who sends nothing (RFC 3550, section 6.4.2)."""

    ssrc: int
    blocks: Sequence[ReportBlock] = ()


@dataclass(frozen=True)
class Goodbye:
    """A source has ended (RFC 3550, section 6.6)."""

    ssrcs: Sequence[int]


@dataclass(frozen=True)
class Nack:
    """Packets of a source that are missing (RFC 4585, section 6.2.1)."""

    sender_ssrc: int
    ssrc: int
    missing: Sequence[int]


@dataclass(frozen=True)
class KeyFrameRequest:
    """A source's picture cannot be decoded without a key frame: a PLI, or an entry of a FIR (RFC
    4585, section 6.3.1; RFC 5104, section 4.3.1)."""

    sender_ssrc: int
    ssrc: int
    is_fir: bool = False


@dataclass(frozen=True)
class Remb:
    """How much a receiver can get at most (draft-alvestrand-rmcat-remb-03)."""

    sender_ssrc: int
    bits_per_second: int
    ssrcs: Sequence[int]


Rtcp: TypeAlias = (
    SenderReport | ReceiverReport | Goodbye | Nack | KeyFrameRequest | Remb | TransportFeedback
)


def read_rtcp(compound: bytes) -> list[Rtcp]:
    """Read the packets of a compound, or of one of reduced size (RFC 5506)."""
    found: list[Rtcp] = []
    place = 0
    while place + 8 <= len(compound):
        first, kind, words = struct.unpack_from("!BBH", compound, place)
        end = place + 4 + 4 * words
        if first >> 6 != 2 or end > len(compound):
            break
        body = compound[place + 4 : end]
        if first & 0x20:
            if not 0 < body[-1] <= len(body):
                break
            body = body[: -body[-1]]
        try:
            found += _read(kind, first & 0x1F, body)
        except (struct.error, ValueError):
            break
        place = end
    return found


def _read(kind: int, count: int, body: bytes) -> Iterator[Rtcp]:
    if kind == _SENDER_REPORT:
        ssrc, ntp, timestamp, packets, octets = struct.unpack_from("!IQIII", body)
        yield SenderReport(ssrc, ntp, timestamp, packets, octets, _blocks(body, 24, count))
    elif kind == _RECEIVER_REPORT:
        yield ReceiverReport(struct.unpack_from("!I", body)[0], _blocks(body, 4, count))
    elif kind == _GOODBYE:
        yield Goodbye(struct.unpack_from(f"!{count}I", body))
    elif kind in {_TRANSPORT_LAYER, _PAYLOAD_SPECIFIC}:
        sender_ssrc, ssrc = struct.unpack_from("!II", body)
        yield from _feedback(kind, count, sender_ssrc, ssrc, body[8:])


def _feedback(kind: int, form: int, sender_ssrc: int, ssrc: int, info: bytes) -> Iterator[Rtcp]:
    if kind == _TRANSPORT_LAYER and form == _NACK:
        missing = [
            number + place & 0xFFFF
            for number, following in struct.iter_unpack("!HH", info)
            for place in range(17)
            if place == 0 or following >> place - 1 & 1
        ]
        yield Nack(sender_ssrc, ssrc, missing)
    elif kind == _TRANSPORT_LAYER and form == _TRANSPORT_WIDE:
        yield TransportFeedback.read(sender_ssrc, ssrc, info)
    elif kind == _PAYLOAD_SPECIFIC and form == _PLI:
        yield KeyFrameRequest(sender_ssrc, ssrc)
    elif kind == _PAYLOAD_SPECIFIC and form == _FIR:
        for target, _ in struct.iter_unpack("!II", info):
            yield KeyFrameRequest(sender_ssrc, target, is_fir=True)
    elif kind == _PAYLOAD_SPECIFIC and form == _APPLICATION and info[:4] == _REMB:
        count, high, low = struct.unpack_from("!BBH", info, 4)
        estimate = (high << 16 & 0x30000 | low) << (high >> 2)
        yield Remb(sender_ssrc, estimate, struct.unpack_from(f"!{count}I", info, 8))


def _blocks(body: bytes, start: int, count: int) -> list[ReportBlock]:
    blocks = []
    for place in range(start, start + count * _BLOCK_BYTES, _BLOCK_BYTES):
        ssrc, lost, highest, jitter, last, delay = struct.unpack_from("!IIIIII", body, place)
        total = (lost + 0x800000 & 0xFFFFFF) - 0x800000
        blocks.append(ReportBlock(ssrc, lost >> 24, total, highest, jitter, last, delay))
    return blocks


def write_report(report: SenderReport | ReceiverReport) -> bytes:
    """Return a report with its blocks, 31 at most."""
    blocks = b"".join(map(_written, report.blocks))
    if isinstance(report, ReceiverReport):
        body = report.ssrc.to_bytes(4, "big") + blocks
        return _packet(_RECEIVER_REPORT, len(report.blocks), body)
    sent = report.timestamp & _MASK_32, report.packets & _MASK_32, report.octets & _MASK_32
    body = struct.pack("!IQIII", report.ssrc, report.ntp, *sent)
    return _packet(_SENDER_REPORT, len(report.blocks), body + blocks)


def write_cname(ssrc: int, cname: str) -> bytes:
    """Return the source description of a source: its CNAME (RFC 3550, section 6.5.1)."""
    text = cname.encode()
    chunk = ssrc.to_bytes(4, "big") + bytes([1, len(text)]) + text
    return _packet(_SOURCE_DESCRIPTION, 1, chunk + bytes(4 - len(chunk) % 4))


def write_goodbye(ssrcs: Sequence[int]) -> bytes:
    """Return the end of sources."""
    return _packet(_GOODBYE, len(ssrcs), struct.pack(f"!{len(ssrcs)}I", *ssrcs))


def write_nack(nack: Nack) -> bytes:
    """Return a request for packets; their numbers in rising order, across the last one too."""
    entries: list[list[int]] = []
    for number in nack.missing:
        ahead = number - entries[-1][0] & 0xFFFF if entries else 0
        if 0 < ahead <= 16:
            entries[-1][1] |= 1 << ahead - 1
        else:
            entries.append([number, 0])
    info = b"".join(struct.pack("!HH", *entry) for entry in entries)
    return _packet(_TRANSPORT_LAYER, _NACK, _sources(nack.sender_ssrc, nack.ssrc) + info)


def write_pli(sender_ssrc: int, ssrc: int) -> bytes:
    """Return a request for a key frame (RFC 4585, section 6.3.1)."""
    return _packet(_PAYLOAD_SPECIFIC, _PLI, _sources(sender_ssrc, ssrc))


def write_transport_feedback(feedback: TransportFeedback) -> bytes:
    """Return a transport-wide feedback message, padded as its draft has it."""
    info = feedback.written()
    body = _sources(feedback.sender_ssrc, feedback.ssrc) + info
    return _packet(_TRANSPORT_LAYER, _TRANSPORT_WIDE, body + bytes(-len(body) % 4))


def _sources(sender_ssrc: int, ssrc: int) -> bytes:
    return struct.pack("!II", sender_ssrc, ssrc)


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def _written(block: ReportBlock) -> bytes:
    lost = max(-0x800000, min(block.packets_lost, 0x7FFFFF)) & 0xFFFFFF
    return struct.pack(
        "!IIIIII",
        block.ssrc,
        block.fraction_lost << 24 | lost,
        block.highest_sequence_number & _MASK_32,
        min(block.jitter, _MASK_32),
        block.last_sender_report,
        min(block.delay, _MASK_32),
    )

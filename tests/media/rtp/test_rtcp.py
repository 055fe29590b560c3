"""RTCP, by bytes written out from the RFCs, and against aiortc's reader and writer."""

import struct
from typing import Any

import pytest
from aiortc import rtp as aiortc_rtp
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.media.rtp.rtcp import (
    Goodbye,
    KeyFrameRequest,
    Nack,
    ReceiverReport,
    Remb,
    ReportBlock,
    Rtcp,
    SenderReport,
    read_rtcp,
    write_cname,
    write_goodbye,
    write_nack,
    write_pli,
    write_report,
    write_transport_feedback,
)
from homecall_appliance.media.rtp.transport_feedback import MAX_STATUSES, TransportFeedback

BLOCK = ReportBlock(0xB, 51, 7, 0x10002, 90, 0x12345678, 0x8000)

PACKETS: list[tuple[str, Rtcp]] = [
    (
        "81c9 0007 0000000a 0000000b 33000007 00010002 0000005a 12345678 00008000",
        ReceiverReport(0xA, [BLOCK]),
    ),
    ("80c9 0001 0000000a", ReceiverReport(0xA, [])),
    (
        "80c8 0006 0000000a 0102030405060708 00000011 00000022 00000033",
        SenderReport(0xA, 0x0102030405060708, 0x11, 0x22, 0x33, []),
    ),
    ("82cb 0002 0000000a 0000000b", Goodbye((0xA, 0xB))),
    ("81cd 0003 0000000a 0000000b fffe 0005", Nack(0xA, 0xB, [0xFFFE, 0xFFFF, 1])),
    ("81ce 0002 0000000a 0000000b", KeyFrameRequest(0xA, 0xB)),
    (
        "84ce 0004 0000000a 00000000 0000000b 01000000",
        KeyFrameRequest(0xA, 0xB, is_fir=True),
    ),
    (
        "8fce 0005 0000000a 00000000 52454d42 010d0005 0000000b",
        Remb(0xA, 0x10005 << 3, (0xB,)),
    ),
]


@pytest.mark.parametrize(("written", "packet"), PACKETS)
def test_a_packet_is_read(written: str, packet: Rtcp) -> None:
    assert read_rtcp(bytes.fromhex(written)) == [packet]


def test_a_compound_is_read_in_its_order() -> None:
    compound = bytes.fromhex("".join(written for written, _ in PACKETS))
    assert read_rtcp(compound) == [packet for _, packet in PACKETS]


@pytest.mark.parametrize(
    "bad",
    [
        "40c9 0001 0000000a",  # version 1
        "81c9 0001 0000000a",  # fewer blocks than it says
        "80c9 0019 0000000a",  # longer than the compound
        "80c9",
        "84ce 0003 0000000a 00000000 0000000b",  # half an entry of a FIR
        "8fce 0003 0000000a 00000000 52454d42",  # a REMB without an estimate
        "8fcd 0002 0000000a 0000000b",  # feedback without statuses
        "a0c9 0001 00000009",  # more padding than there is
    ],
)
def test_what_is_malformed_ends_the_reading_and_what_was_before_it_counts(bad: str) -> None:
    first, packet = PACKETS[0]
    one = bytes.fromhex(first)
    assert read_rtcp(one + bytes.fromhex(bad) + one) == [packet]


def test_padding_and_types_of_no_use_are_passed_over() -> None:
    padded = bytes.fromhex("a0c9 0002 0000000a 00000004")
    unknown = bytes.fromhex("80cc 0002 0000000a 6e616d65")
    compound = padded + write_cname(0xA, "home") + unknown + padded
    assert read_rtcp(compound) == [ReceiverReport(0xA, [])] * 2


@pytest.mark.parametrize("report", [PACKETS[0][1], PACKETS[2][1]])
def test_reports_are_written(report: SenderReport | ReceiverReport) -> None:
    assert read_rtcp(write_report(report)) == [report]


def test_a_report_says_no_more_than_its_fields_can() -> None:
    block = ReportBlock(1, 255, 1 << 30, 1 << 40, 1 << 40, 0, 1 << 40)
    [read] = read_rtcp(write_report(ReceiverReport(2, [block])))
    assert isinstance(read, ReceiverReport)
    assert read.blocks == [ReportBlock(1, 255, 0x7FFFFF, 0, 0xFFFFFFFF, 0, 0xFFFFFFFF)]
    [read] = read_rtcp(write_report(ReceiverReport(2, [ReportBlock(1, 0, -3, 9, 9, 9, 9)])))
    assert isinstance(read, ReceiverReport)
    assert read.blocks[0].packets_lost == -3


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60, unique=True), st.integers(0, 0xFFFF))
def test_every_missing_packet_is_asked_for(ahead: list[int], first: int) -> None:
    missing = [first + each & 0xFFFF for each in sorted(ahead)]
    assert read_rtcp(write_nack(Nack(1, 2, missing))) == [Nack(1, 2, missing)]


def test_aiortc_reads_what_is_written() -> None:
    compound = (
        write_report(SenderReport(1, 2, 3, 4, 5, [BLOCK]))
        + write_cname(1, "home")
        + write_nack(Nack(1, 2, [7, 9]))
        + write_pli(1, 2)
        + write_goodbye([1])
    )
    read: list[Any] = [*aiortc_rtp.RtcpPacket.parse(compound)]
    sender, description, nack, pli, bye = read
    assert sender.reports[0].jitter == 90
    assert description.chunks[0].items == [(1, b"home")]
    assert nack.lost == [7, 9]
    assert (pli.fmt, pli.media_ssrc) == (1, 2)
    assert bye.sources == [1]


ARRIVALS = st.lists(st.none() | st.integers(-20_000, 20_000), min_size=1, max_size=200).filter(
    lambda arrivals: any(each is not None for each in arrivals)
)


@given(ARRIVALS, st.integers(0, 0xFFFF), st.integers(0, 255), st.integers(0, 0xFFFFFF))
def test_transport_wide_feedback_is_written_and_read(
    apart: list[int | None], base: int, count: int, base_time: int
) -> None:
    at, arrivals = 0, list[int | None]()
    for each in apart:
        at += each or 0
        arrivals.append(None if each is None else at)
    feedback = TransportFeedback(1, 2, base, count, base_time, tuple(arrivals))
    written = write_transport_feedback(feedback)
    assert len(written) % 4 == 0
    assert read_rtcp(written) == [feedback]


def test_transport_wide_feedback_as_chromium_writes_it() -> None:
    """A run of 3 that came, a vector of one bit each, a vector of two bits each."""
    info = bytes.fromhex("0100 0018 000203 072003a800d90001 02 03 04 05 06 0007 ff") + bytes(1)
    feedback = TransportFeedback.read(1, 2, info)
    assert (feedback.base, feedback.base_time, feedback.count) == (0x100, 0x203, 7)
    assert feedback.arrivals[:3] == (1, 3, 6)
    assert feedback.arrivals[3:17] == (10, None, 15, *[None] * 11)
    assert feedback.arrivals[17:19] == (21, 28)


@pytest.mark.parametrize(
    "info",
    [
        "",
        "0000 0001",
        "0000 0001 00000000",
        "0000 0001 00000000 2001",
        f"0000 {MAX_STATUSES + 1:04x} 00000000 1fff",
    ],
)
def test_feedback_that_is_cut_short_or_too_long_is_none(info: str) -> None:
    with pytest.raises((ValueError, struct.error)):
        TransportFeedback.read(1, 2, bytes.fromhex(info))


@given(st.binary(max_size=200), st.sampled_from([200, 201, 202, 203, 205, 206]), st.integers(0, 31))
def test_whatever_bytes_come_nothing_is_raised(data: bytes, kind: int, count: int) -> None:
    read_rtcp(data)
    body = data[: len(data) // 4 * 4]
    read_rtcp(bytes([0x80 | count, kind]) + (len(body) // 4).to_bytes(2, "big") + body)

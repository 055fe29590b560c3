"""Two sessions, one of which sends and the other of which receives, with a network between them."""

import random
from collections.abc import Callable, Sequence

import pytest
from aiortc import rtp as aiortc_rtp
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.media.rtp.extensions import (
    ABS_CAPTURE_TIME,
    ABS_SEND_TIME,
    MID,
    PLAYOUT_DELAY,
    TRANSPORT_SEQUENCE_NUMBER,
)
from homecall_appliance.media.rtp.outbound_packet import OutboundPacket
from homecall_appliance.media.rtp.packet import RtpPacket, read_rtp
from homecall_appliance.media.rtp.receiver import (
    MAX_SOURCES,
    ReceivedCodec,
    ReceiveParameters,
    RtpReceiver,
)
from homecall_appliance.media.rtp.results import PacketResult
from homecall_appliance.media.rtp.retransmission import BURST, HISTORY, SHARE, Rtx
from homecall_appliance.media.rtp.rtcp import (
    KeyFrameRequest,
    Nack,
    ReceiverReport,
    Remb,
    SenderReport,
    read_rtcp,
    write_nack,
    write_pli,
)
from homecall_appliance.media.rtp.sender import RtpSender, SendParameters
from homecall_appliance.media.rtp.session import RtpSession
from homecall_appliance.media.rtp.transport_feedback import TransportFeedback

EXTENSIONS = {
    MID: 1,
    ABS_SEND_TIME: 3,
    TRANSPORT_SEQUENCE_NUMBER: 4,
    ABS_CAPTURE_TIME: 5,
    PLAYOUT_DELAY: 14,
}
SOUND, PICTURE, AGAIN = 111, 222, 333
"""SSRCs."""

VIDEO = SendParameters("video", "1", PICTURE, 101, 90_000, Rtx(102, AGAIN), nack=True)
AUDIO = SendParameters("audio", "0", SOUND, 96, 48_000)


def ntp(now: float) -> int:
    return round((now + 1000) * (1 << 32))


class Listener:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.again: list[OutboundPacket] = []
        self.results: list[PacketResult] = []

    def keyframe_wanted(self) -> None:
        self.told.append("key frame")

    def bitrate_estimated(self, bits_per_second: int) -> None:
        self.told.append(bits_per_second)

    def path_reported(self, fraction: float, round_trip: float | None, jitter: float) -> None:
        self.told.append((fraction, round_trip, jitter))

    def retransmit(self, packets: Sequence[OutboundPacket]) -> None:
        self.again += packets

    def transport_feedback(self, results: Sequence[PacketResult], now: float) -> None:
        self.results += results


class World:
    """One who sends, and one who receives."""

    def __init__(self, *, reduced_size: bool = True) -> None:
        self.now = 50.0
        self.listener = Listener()
        self.here = RtpSession(EXTENSIONS, "home", self.listener, ntp, random.Random(1))
        self.there = RtpSession(
            EXTENSIONS,
            "phone",
            Listener(),
            ntp,
            random.Random(2),
            reduced_size=reduced_size,
        )
        self.video: RtpSender = self.here.add_sender(VIDEO, self.listener)
        self.audio: RtpSender = self.here.add_sender(AUDIO, self.listener)
        self.got: list[RtpPacket] = []
        self.receiver: RtpReceiver = self.there.add_receiver(
            ReceiveParameters(
                "video",
                "1",
                {101: ReceivedCodec(90_000), 102: ReceivedCodec(90_000, rtx_of=101)},
                nack=True,
                pli=True,
            ),
            lambda packet, _: self.got.append(packet),
        )
        self.there.add_receiver(
            ReceiveParameters("audio", "0", {96: ReceivedCodec(48_000)}),
            lambda packet, _: self.got.append(packet),
        )

    def frame(self, number: int, count: int = 3) -> list[OutboundPacket]:
        payloads = [bytes([number % 256, each]) * 300 for each in range(count)]
        return self.video.packetize(payloads, 3000 * number, self.now)

    def send(
        self, packets: Sequence[OutboundPacket], lose: Callable[[int], bool] = lambda _: False
    ) -> None:
        """Let packets leave, and arrive 20 ms later unless they are lost by their place."""
        for place, packet in enumerate(packets):
            data = self.here.write(packet, self.now)
            if not lose(place):
                self.there.receive_rtp(data, self.now + 0.02)

    def report(self) -> None:
        """Let both report what is due, one after the other, and hear of it 20 ms later."""
        for one, other in ((self.here, self.there), (self.there, self.here)):
            compounds = one.reports(self.now)
            self.now += 0.02
            for compound in compounds:
                other.receive_rtcp(compound, self.now)


def test_a_frame_arrives_with_all_that_a_receiver_needs() -> None:
    world = World()
    world.send(world.frame(0))
    world.send(world.frame(1, 1))
    first, second, third, fourth = world.got
    assert [each.marker for each in world.got] == [False, False, True, True]
    assert [each.payload_type for each in world.got] == [101] * 4
    assert {each.ssrc for each in world.got} == {PICTURE}
    assert [each.sequence_number - first.sequence_number for each in world.got] == [0, 1, 2, 3]
    assert fourth.timestamp - first.timestamp & 0xFFFFFFFF == 3000
    assert (first.timestamp, second.timestamp) == (third.timestamp, first.timestamp)
    assert first.sequence_number < 1 << 15
    assert first.payload == bytes([0, 0]) * 300


def test_packets_tell_their_section_when_they_left_and_their_number() -> None:
    world = World()
    world.send(world.frame(0) + world.frame(1))
    sent = (1050 * (1 << 18)) & 0xFFFFFF
    for number, packet in enumerate(world.got):
        assert packet.extensions[1] == b"1"
        assert int.from_bytes(packet.extensions[3], "big") == sent
        assert packet.extensions[4] == number.to_bytes(2, "big")
    told = [packet.extensions.get(5) for packet in world.got]
    assert told == [(1050 << 32).to_bytes(8, "big"), *[None] * 5], "once in a second"


def test_aiortc_reads_what_is_written() -> None:
    world = World()
    [packet] = world.video.packetize([b"abc"], 0, 50.0, playout_delay=b"\0\0\1")
    read = aiortc_rtp.RtpPacket.parse(world.here.write(packet, 50.0))
    assert (read.payload, read.marker, read.ssrc) == (b"abc", 1, PICTURE)
    found = read_rtp(world.here.write(packet, 50.0))
    assert found
    assert found.extensions[14] == b"\0\0\1"


def test_sound_has_its_marker_at_the_beginning_of_a_talkspurt() -> None:
    world = World()
    packets = [
        *world.audio.packetize([b"a"], 0, 50.0, begins_talkspurt=True),
        *world.audio.packetize([b"b"], 960, 50.02),
    ]
    world.send(packets)
    assert [(each.payload, each.marker) for each in world.got] == [(b"a", True), (b"b", False)]


def test_what_is_lost_is_asked_for_and_sent_again_in_a_stream_of_its_own() -> None:
    world = World()
    frame = world.frame(0, 5)
    world.send(frame, lambda place: place in (1, 2))
    world.report()
    assert [each.payload_type for each in world.listener.again] == [102, 102]
    assert {each.ssrc for each in world.listener.again} == {AGAIN}
    world.now += 0.02
    world.send(world.listener.again)
    assert [each.payload for each in world.got[-2:]] == [frame[1].payload, frame[2].payload]
    assert [each.sequence_number for each in world.got[-2:]] == [
        frame[1].sequence_number,
        frame[2].sequence_number,
    ]
    world.now += 0.5
    world.listener.again.clear()
    world.report()
    assert world.listener.again == []
    assert world.receiver.stats.nack_count == 1
    assert world.receiver.stats.retransmitted_packets_received == 2
    assert world.video.stats.retransmitted_packets_sent == 2


def test_without_a_stream_of_its_own_a_packet_is_sent_again_as_it_was() -> None:
    listener = Listener()
    here = RtpSession(EXTENSIONS, "home", listener, ntp, random.Random(1))
    sender = here.add_sender(
        SendParameters("video", "1", PICTURE, 101, 90_000, nack=True), listener
    )
    [packet] = sender.packetize([b"abc"], 0, 0.0)
    here.write(packet, 0.0)
    here.receive_rtcp(write_nack(Nack(9, PICTURE, [packet.sequence_number])), 0.1)
    [again] = listener.again
    assert (again.ssrc, again.sequence_number) == (PICTURE, packet.sequence_number)
    assert again.payload == b"abc"


def test_what_is_sent_again_is_a_share_of_what_was_sent() -> None:
    world = World()
    sent = [packet for number in range(60) for packet in world.frame(number)]
    world.send(sent)
    numbers = [packet.sequence_number for packet in sent]
    for _ in range(5):
        world.now += 0.1
        world.here.receive_rtcp(write_nack(Nack(9, PICTURE, numbers)), world.now)
    assert len(world.listener.again) == BURST
    assert "key frame" in world.listener.told
    world.listener.again.clear()
    world.send([packet for number in range(8) for packet in world.frame(number)])
    world.now += 0.1
    world.here.receive_rtcp(write_nack(Nack(9, PICTURE, numbers)), world.now)
    assert len(world.listener.again) == 24 // SHARE


def test_a_packet_of_long_ago_is_not_sent_again() -> None:
    world = World()
    frame = world.frame(0, 1)
    world.send(frame)
    for number in range(1, HISTORY + 1):
        world.send(world.frame(number, 1))
    world.here.receive_rtcp(write_nack(Nack(9, PICTURE, [frame[0].sequence_number])), world.now)
    assert world.listener.again == []


def test_what_never_comes_is_asked_for_now_and_then_and_given_up() -> None:
    world = World()
    world.send(world.frame(0, 3), lambda place: place == 1)
    asked = 0
    for _ in range(100):
        world.now += 0.01
        due = world.there.next_report(world.now)
        assert due <= world.now + 2
        for compound in world.there.reports(world.now):
            asked += sum(isinstance(each, Nack) for each in read_rtcp(compound))
    assert 5 < asked <= 10


def test_reports_tell_losses_jitter_and_the_round_trip() -> None:
    world = World()
    for number in range(30):
        world.send(world.frame(number, 4), lambda place: place == 2)
        world.now += 1 / 30
    world.report()
    world.now += 1.6
    world.report()
    fractions = [told for told in world.listener.told if isinstance(told, tuple)]
    assert fractions[0][0] == pytest.approx(0.25, abs=0.02)
    assert fractions[-1][1] == pytest.approx(0.04, abs=0.001)
    assert fractions[0][2] < 0.001


def test_both_timestamps_of_a_sender_report_are_of_one_moment() -> None:
    world = World()
    world.video.packetize([b"x"], 90_000, captured=world.now)
    world.send(world.frame(31, 1))
    assert world.video.retransmission
    world.send(world.video.retransmission.padding(1, 1))
    world.now += 0.5
    [report, *_] = [
        each
        for compound in world.here.reports(world.now)
        for each in read_rtcp(compound)
        if isinstance(each, SenderReport)
    ]
    assert report.ntp == ntp(world.now)
    assert (report.packets, report.octets) == (1, 600)
    last = world.got[0]
    assert report.timestamp - last.timestamp & 0xFFFFFFFF == 45_000


def test_who_sends_nothing_yet_reports_as_a_receiver() -> None:
    world = World()
    [compound] = world.there.reports(world.now)
    report, *_ = read_rtcp(compound)
    assert isinstance(report, ReceiverReport)


@pytest.mark.parametrize("reduced_size", [True, False])
def test_every_packet_of_a_transport_is_told_of_once(reduced_size: bool) -> None:
    world = World(reduced_size=reduced_size)
    for number in range(30):
        world.send(world.frame(number), lambda place: number == 7 and place == 1)  # noqa: B023
        world.now += 1 / 30
        world.report()
    world.now += 0.2
    world.report()
    results = world.listener.results
    assert sorted(each.number for each in results) == [*range(90)]
    assert [each.number for each in results if each.arrived is None] == [22]
    for each in results:
        if each.arrived is not None:
            assert each.arrived - each.sent == pytest.approx(0.02, abs=0.001)
        assert each.size > 600


def test_feedback_alone_has_a_report_before_it_unless_that_was_agreed() -> None:
    for reduced_size, kinds in ((True, 1), (False, 2)):
        world = World(reduced_size=reduced_size)
        world.there.reports(world.now)
        world.send(world.frame(0))
        world.now += 0.15
        [compound] = world.there.reports(world.now)
        read = read_rtcp(compound)
        assert len(read) == kinds
        assert isinstance(read[-1], TransportFeedback)


def test_no_compound_is_too_long_for_a_datagram() -> None:
    world = World(reduced_size=False)
    for number in range(256):
        world.send(world.frame(number, 20), lambda place: place == 10)
    world.now += 0.15
    lengths = [len(compound) for compound in world.there.reports(world.now)]
    assert len(lengths) > 1
    assert max(lengths) < 1400


def test_a_key_frame_is_asked_for_twice_a_second_at_most() -> None:
    world = World()
    world.receiver.request_keyframe()
    assert not world.receiver.is_keyframe_due(world.now), "nothing has come yet"
    world.send(world.frame(0))
    asked = 0
    for _ in range(100):
        world.receiver.request_keyframe()
        for compound in world.there.reports(world.now):
            asked += sum(isinstance(each, KeyFrameRequest) for each in read_rtcp(compound))
            world.here.receive_rtcp(compound, world.now)
        world.now += 0.01
    assert asked == 2
    assert world.listener.told.count("key frame") == world.video.stats.pli_count == 2


def test_what_concerns_another_source_is_not_heard() -> None:
    world = World()
    world.send(world.frame(0))
    for compound in (
        write_pli(9, 7),
        write_nack(Nack(9, 7, [1])),
        bytes.fromhex("8fce 0005 0000000a 00000000 52454d42 010d0005 0000000b"),
    ):
        world.here.receive_rtcp(compound, world.now)
    assert (world.listener.told, world.listener.again) == ([], [])
    own = bytes.fromhex("8fce 0005 0000000a 00000000 52454d42 010d0005 000000de")
    world.here.receive_rtcp(own, world.now)
    [remb] = read_rtcp(own)
    assert isinstance(remb, Remb)
    assert world.listener.told == [remb.bits_per_second]


def packet(ssrc: int, payload_type: int, number: int = 7, mid: bytes = b"") -> bytes:
    extension = b"\xbe\xde\0\1\x10" + mid + b"\0\0" if mid else b""
    head = bytes([0x90 if mid else 0x80, payload_type]) + number.to_bytes(2, "big")
    return head + bytes(4) + ssrc.to_bytes(4, "big") + extension + b"payload"


def test_a_source_is_known_by_its_mid_or_by_its_payload_type() -> None:
    world = World()
    for data in (
        packet(1, 96),
        packet(2, 101),
        packet(3, 101, mid=b"1"),
        packet(4, 101, mid=b"0"),
        packet(5, 35),
    ):
        world.there.receive_rtp(data, world.now)
    assert [each.ssrc for each in world.got] == [1, 2, 3]


def test_ever_new_sources_do_not_fill_the_memory() -> None:
    world = World()
    for ssrc in range(1000):
        world.there.receive_rtp(packet(ssrc, 101), world.now)
        world.there.reports(world.now)
        world.now += 0.01
    assert len(world.receiver.sources) <= MAX_SOURCES
    assert len(world.got) <= MAX_SOURCES


def test_padding_in_the_stream_of_retransmissions_is_no_packet() -> None:
    world = World()
    world.send(world.frame(0, 1))
    for payload in (b"", b"\0", b"\0\1"):
        data = packet(AGAIN, 102)[:-7] + payload
        world.there.receive_rtp(data, world.now)
    assert [each.payload for each in world.got[1:]] == [b""]


def test_a_probe_is_made_of_the_last_packets() -> None:
    world = World()
    sent = world.frame(0, 6)
    world.send(sent)
    assert world.video.retransmission
    assert len(world.video.retransmission.padding(1, 5)) == 5
    probe = world.video.retransmission.padding(1500, 1)
    assert [each.payload[2:] for each in probe] == [each.payload for each in sent[:2:-1]]
    world.send(probe)
    assert world.video.stats.packets_sent == 9


def test_the_end_is_told() -> None:
    world = World()
    assert PICTURE in [
        ssrc for each in read_rtcp(world.here.goodbye()) for ssrc in getattr(each, "ssrcs", ())
    ]


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=60)), max_size=30), st.randoms())
def test_whatever_bytes_come_nothing_is_raised_and_reports_go_on(
    story: list[tuple[bool, bytes]], rng: random.Random
) -> None:
    world = World()
    world.send(world.frame(0))
    for is_rtcp, data in story:
        world.now += rng.random()
        if is_rtcp:
            world.here.receive_rtcp(data, world.now)
        else:
            world.there.receive_rtp(b"\x90\x65" + data, world.now)
        for session in (world.here, world.there):
            for compound in session.reports(world.now):
                assert read_rtcp(compound)
            assert session.next_report(world.now) >= world.now

"""The packets of MQTT 3.1.1: the examples of the standard, and whatever else a broker may send."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.events.mqtt import packets
from homecall_appliance.events.mqtt.packets import (
    ConnAck,
    Malformed,
    Message,
    Packet,
    PingResp,
    SubAck,
)

WILL = Message("a/b", b"gone", retain=True)


def test_connect() -> None:
    """Section 3.1."""
    packet = packets.connect("me", 20, "user", "pass", WILL)
    header = b"\x00\x04MQTT\x04" + bytes([0x80 | 0x40 | 0x20 | 0x04 | 0x02]) + b"\x00\x14"
    rest = b"\x00\x02me" + b"\x00\x03a/b" + b"\x00\x04gone" + b"\x00\x04user" + b"\x00\x04pass"
    assert packet == b"\x10" + bytes([len(header + rest)]) + header + rest


@pytest.mark.parametrize(
    ("username", "password", "flags"),
    [("", "", 0x26), ("", "pass", 0x26), ("user", "", 0xA6), ("user", "pass", 0xE6)],
)
def test_there_is_no_password_without_a_user(username: str, password: str, flags: int) -> None:
    """Section 3.1.2.9."""
    packet = packets.connect("me", 20, username, password, WILL)
    assert packet[9] == flags
    assert (b"pass" in packet) == (flags == 0xE6)


def test_subscribe() -> None:
    """Section 3.8; quality of service 0."""
    assert packets.subscribe(["a/b", "c"]) == b"\x82\x0c\x00\x01\x00\x03a/b\x00\x00\x01c\x00"


@pytest.mark.parametrize(
    ("length", "encoded"),
    [
        # Table 2.4.
        *[(0, "00"), (127, "7f"), (128, "8001"), (16_383, "ff7f"), (16_384, "808001")],
        *[(2_097_151, "ffff7f"), (2_097_152, "80808001"), (268_435_455, "ffffff7f")],
    ],
)
def test_remaining_lengths(length: int, encoded: str) -> None:
    read = bytes.fromhex(encoded)
    assert packets.remaining_length(read) == length
    for end in range(len(read)):
        assert packets.remaining_length(read[:end]) is None


def test_a_remaining_length_has_an_end() -> None:
    with pytest.raises(Malformed):
        packets.remaining_length(b"\x80\x80\x80\x80")


@pytest.mark.parametrize(
    ("first", "body", "packet"),
    [
        (0x20, b"\x00\x00", ConnAck(0)),
        (0x20, b"\x01\x05", ConnAck(5)),
        (0x90, b"\x00\x01\x00\x00", SubAck(refused=False)),
        (0x90, b"\x00\x01\x00\x80", SubAck(refused=True)),
        (0xD0, b"", PingResp()),
        (0x30, b"\x00\x03a/bhello", Message("a/b", b"hello")),
        (0x31, b"\x00\x03a/b", Message("a/b", b"", retain=True)),
    ],
)
def test_what_a_broker_sends(first: int, body: bytes, packet: Packet) -> None:
    assert packets.parse(first, body) == packet


@pytest.mark.parametrize(
    ("first", "body"),
    [
        (0x00, b""),
        (0x10, b"\x00\x04MQTT"),
        (0x20, b"\x00"),
        (0x21, b"\x00\x00"),
        (0x32, b"\x00\x03a/b\x00\x01hello"),  # of a quality that was not asked for
        (0x30, b""),
        (0x30, b"\x00"),
        (0x30, b"\x00\x00hello"),
        (0x30, b"\x00\x09a/b"),
        (0x30, b"\x00\x02\xff\xfehello"),
        (0x90, b"\x00\x01"),
        (0xD0, b"\x00"),
        (0xE0, b""),
        (0xF0, b""),
    ],
)
def test_what_no_broker_sends(first: int, body: bytes) -> None:
    with pytest.raises(Malformed):
        packets.parse(first, body)


@given(st.integers(0, 255), st.binary(max_size=64))
def test_whatever_comes_is_a_packet_or_malformed(first: int, body: bytes) -> None:
    with suppress(Malformed):
        assert isinstance(packets.parse(first, body), ConnAck | SubAck | PingResp | Message)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
    st.binary(),
    st.booleans(),
)
def test_a_message_is_read_as_it_was_sent(topic: str, payload: bytes, retain: bool) -> None:
    message = Message(topic, payload, retain)
    packet = packets.publish(message)
    end = next(n for n in range(2, 6) if packets.remaining_length(packet[1:n]) is not None)
    assert packets.remaining_length(packet[1:end]) == len(packet) - end
    assert packets.parse(packet[0], packet[end:]) == message

"""Which datagrams count: every kind, from every source."""

import pytest
from aioice.stun import Class, Message, Method

from homecall_appliance.media.webrtc.datagrams import (
    MAX_DATAGRAM,
    MAX_ROLE_CONFLICTS,
    MAX_SOURCES,
    MIN_DATAGRAM,
    RELAY_OVERHEAD,
    Drop,
    Heard,
    SocketFilter,
    TransportAddress,
    judge_relay,
)

USER, PASSWORD, THEIRS = "evtj", "VOkJxbRl1RmTxUk/WvJxBt", b"theirs, of 22 letters."
PHONE: TransportAddress = ("10.0.0.7", 40000)
STRANGER: TransportAddress = ("10.0.0.66", 666)
SERVER: TransportAddress = ("10.0.0.2", 3478)
PENDING = b"twelve bytes"

DTLS, RTP, RTCP = b"\x16\xfe\xfd" + bytes(200), b"\x80\x60" + bytes(160), b"\x80\xc9" + bytes(30)


def check(
    username: str = f"{USER}:h6vY",
    password: str = PASSWORD,
    kind: Class = Class.REQUEST,
    method: Method = Method.BINDING,
    **attributes: object,
) -> bytes:
    """Return a signed message, a check of the phone by default."""
    given = {"USERNAME": username, "PRIORITY": 1, **attributes}
    message = Message(method, kind, PENDING, {n: v for n, v in given.items() if v is not None})
    message.add_message_integrity(password.encode())
    return bytes(message)


def unsigned(
    kind: Class = Class.REQUEST, method: Method = Method.BINDING, **given: object
) -> bytes:
    return bytes(Message(method, kind, PENDING, given))


def response(key: bytes | None, kind: Class = Class.RESPONSE, **given: object) -> bytes:
    message = Message(Method.BINDING, kind, PENDING, given)
    if key:
        message.add_message_integrity(key)
    return bytes(message)


class World:
    """The filters of a connection's two sockets."""

    def __init__(self) -> None:
        self.named = {PHONE}
        self.heard = Heard()
        self.first, self.second = (
            SocketFilter(USER, PASSWORD, self.heard, self.named.__contains__) for _ in range(2)
        )


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("data", [DTLS, RTP, RTCP])
def test_media_count_from_where_a_check_has_come(world: World, data: bytes) -> None:
    assert world.first.judge(data, PHONE) is Drop.SOURCE
    assert world.first.judge(check(), PHONE) is None
    assert world.first.judge(data, PHONE) is None
    assert world.first.judge(data, (PHONE[0], PHONE[1] + 1)) is Drop.SOURCE
    assert world.first.judge(data, STRANGER) is Drop.SOURCE
    assert world.second.judge(data, PHONE) is Drop.SOURCE, "on this pair there was no check"


def test_media_count_from_where_our_check_was_answered(world: World) -> None:
    world.first.expect(PENDING, PHONE, THEIRS)
    assert world.first.judge(response(THEIRS), PHONE) is None
    assert world.first.judge(DTLS, PHONE) is None


@pytest.mark.parametrize("source", [PHONE, STRANGER])
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Drop.SIZE),
        (DTLS[: MIN_DATAGRAM - 1], Drop.SIZE),
        (check()[:11], Drop.SIZE),
        (RTP.ljust(MAX_DATAGRAM + 1, b"\0"), Drop.SIZE),
        (bytes(65507), Drop.SIZE),
        (b"\x04" + bytes(40), Drop.PROTOCOL),
        (b"\x10" + bytes(40), Drop.PROTOCOL),  # ZRTP
        (b"\x13" + bytes(40), Drop.PROTOCOL),
        (b"\x40\x00\x00\x24" + DTLS[:36], Drop.PROTOCOL),  # ChannelData
        (b"\x7f" + bytes(40), Drop.PROTOCOL),
        (b"\xc0" + bytes(40), Drop.PROTOCOL),  # QUIC
        (b"\xff" * 40, Drop.PROTOCOL),
        (bytes(40), Drop.MALFORMED),
        (
            bytes.fromhex("000300042112a442") + b"x" * 12 + bytes.fromhex("000c0000"),
            Drop.UNEXPECTED,
        ),
        (bytes.fromhex("000100042112a442") + b"x" * 12 + bytes.fromhex("000c0000"), Drop.MALFORMED),
        (check()[:-4], Drop.MALFORMED),
        (check(PRIORITY=None), Drop.MALFORMED),
        (unsigned(), Drop.UNAUTHENTICATED),
        (unsigned(USERNAME=f"{USER}:h6vY", PRIORITY=1), Drop.UNAUTHENTICATED),
        (unsigned(USERNAME=f"{USER}:" + "a" * 1400), Drop.UNAUTHENTICATED),
        (check(password=PASSWORD[:-1] + "!"), Drop.UNAUTHENTICATED),
        (check(username="other:h6vY"), Drop.UNAUTHENTICATED),
        (check(username=USER), Drop.UNAUTHENTICATED),
        (check(username=f"{USER}x:h6vY"), Drop.UNAUTHENTICATED),
        (check(username=f"h6vY:{USER}"), Drop.UNAUTHENTICATED),
        (check(USERNAME=None), Drop.UNAUTHENTICATED),
        (check(kind=Class.INDICATION), Drop.UNEXPECTED),
        (check(kind=Class.RESPONSE), Drop.UNEXPECTED),
        (check(kind=Class.ERROR), Drop.UNEXPECTED),
        (check(method=Method.ALLOCATE), Drop.UNEXPECTED),
        (check(method=Method.SEND, kind=Class.INDICATION), Drop.UNEXPECTED),
    ],
)
def test_what_counts_from_nowhere(
    world: World, data: bytes, reason: Drop, source: TransportAddress
) -> None:
    assert world.first.judge(data, source) is reason
    assert world.first.judge(DTLS, source) is Drop.SOURCE
    assert world.heard.sources == set()
    assert world.first.judge(check(), source) is None
    assert world.first.judge(data, source) is reason, "not even from the nominated pair"


@pytest.mark.parametrize("size", [MIN_DATAGRAM, MAX_DATAGRAM])
def test_the_shortest_and_the_longest_media(world: World, size: int) -> None:
    world.first.judge(check(), PHONE)
    assert world.first.judge(b"\x80".ljust(size, b"\0"), PHONE) is None


@pytest.mark.parametrize("first", range(256))
def test_each_first_byte(world: World, first: int) -> None:
    world.first.judge(check(), PHONE)
    counts = 20 <= first <= 63 or 128 <= first <= 191  # RFC 7983, section 7
    reason = Drop.MALFORMED if first <= 3 else Drop.PROTOCOL
    data = bytes([first]) * 100
    assert world.first.judge(data, PHONE) is (None if counts else reason)


@pytest.mark.parametrize(
    ("data", "source", "reason"),
    [
        (response(THEIRS), PHONE, None),
        (response(THEIRS, Class.ERROR, **{"ERROR-CODE": (487, "Role Conflict")}), PHONE, None),
        (response(THEIRS), STRANGER, None),  # aioice fails that check (RFC 8445, 7.2.5.2.1)
        (response(None), PHONE, Drop.UNAUTHENTICATED),
        (response(PASSWORD.encode()), PHONE, Drop.UNAUTHENTICATED),
        (response(None, Class.ERROR, **{"ERROR-CODE": (400, "")}), PHONE, Drop.UNAUTHENTICATED),
        (response(THEIRS)[:-4] + bytes(4), PHONE, Drop.MALFORMED),
    ],
)
def test_responses_of_the_phone(
    world: World, data: bytes, source: TransportAddress, reason: Drop | None
) -> None:
    world.first.expect(PENDING, PHONE, THEIRS)
    assert world.first.judge(data, source) is reason
    assert world.second.judge(data, source) is Drop.UNEXPECTED, "this socket has asked nothing"
    world.first.forget(PENDING)
    assert world.first.judge(data, source) is Drop.UNEXPECTED


def test_role_conflicts_without_end_do_not_count(world: World) -> None:
    """aioice repeats a check after each within the former, until the stack is full."""
    conflict = response(THEIRS, Class.ERROR, **{"ERROR-CODE": (487, "Role Conflict")})
    judged = []
    for number in range(MAX_ROLE_CONFLICTS + 3):
        socket = (world.first, world.second)[number % 2]
        socket.expect(PENDING, PHONE, THEIRS)
        judged.append(socket.judge(conflict, PHONE))
    assert judged == [None] * MAX_ROLE_CONFLICTS + [Drop.UNEXPECTED] * 3
    others = [response(THEIRS), response(THEIRS, Class.ERROR, **{"ERROR-CODE": (400, "Bad")})]
    assert [world.first.judge(each, PHONE) for each in others] == [None, None]


def test_the_response_of_a_stun_server_counts_by_its_source(world: World) -> None:
    world.first.expect(PENDING, SERVER, None)
    for data in (response(None), response(None, Class.ERROR), response(THEIRS)):
        assert world.first.judge(data, STRANGER) is Drop.SOURCE
        assert world.first.judge(data, (SERVER[0], 1)) is Drop.SOURCE
        assert world.first.judge(data, SERVER) is None
    assert world.first.judge(DTLS, SERVER) is Drop.SOURCE, "a server sends no media"


def test_repeated_checks_of_ever_new_addresses_are_bounded(world: World) -> None:
    """Whoever hears a check can repeat it: the signature does not cover the address."""
    heard = check()
    new = [("10.0.1.1", port) for port in range(1024, 1024 + 2 * MAX_SOURCES)]
    judged = [world.first.judge(heard, source) for source in new]
    assert judged == [None] * MAX_SOURCES + [Drop.CANDIDATES] * MAX_SOURCES
    assert world.first.judge(heard, new[0]) is None, "it is known"
    assert world.first.judge(heard, PHONE) is None, "the phone has named this one itself"
    assert world.second.judge(heard, new[-1]) is Drop.CANDIDATES, "all sockets count together"
    assert world.first.judge(RTP, new[-1]) is Drop.SOURCE
    assert len(world.heard.sources) == MAX_SOURCES


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Drop.SIZE),
        (b"\x40\x00\x00", Drop.SIZE),
        (bytes(65507), Drop.SIZE),
        (b"\x40" + bytes(MAX_DATAGRAM + RELAY_OVERHEAD), Drop.SIZE),
        (b"\x40\x00\x00\xa2" + RTP, None),
        (b"\x4f\xff\x00\xa2" + RTP, None),
        (RTP, Drop.PROTOCOL),
        (DTLS, Drop.PROTOCOL),
        (bytes(40), Drop.MALFORMED),
        (response(None), None),
        (unsigned(Class.RESPONSE, Method.ALLOCATE, LIFETIME=600), None),
        (unsigned(Class.ERROR, Method.CHANNEL_BIND), None),
        (bytes.fromhex("010300042112a442") + PENDING + bytes.fromhex("000c0000"), Drop.MALFORMED),
        (bytes.fromhex("010300002112a442") + b"another one.", Drop.UNEXPECTED),
        (unsigned(), Drop.UNEXPECTED),
        (unsigned(Class.INDICATION), Drop.UNEXPECTED),
        (bytes.fromhex("001700082112a442") + PENDING + b"\0\x13\0\4" + RTP[:4], None),
    ],
)
def test_what_a_relay_sends(data: bytes, reason: Drop | None) -> None:
    assert judge_relay(data, {PENDING}) is reason

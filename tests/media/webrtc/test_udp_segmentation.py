"""Datagrams that leave by one system call where that can be."""

import errno
import os
import socket
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.media.webrtc.udp_segmentation import SEGMENTS, bursts, send, send_burst


def test_datagrams_arrive_one_by_one_however_they_leave() -> None:
    sent = [bytes([number]) * size for number, size in enumerate([900] * (SEGMENTS + 3) + [20, 30])]
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here,
    ):
        there.bind(("127.0.0.1", 0))
        there.settimeout(5)
        assert send(here, sent, there.getsockname())
        assert [there.recv(2000) for _ in sent] == sent


class Socket(socket.socket):
    """One whose system does not want what it is given."""

    def __init__(self, refused: int, *, together_only: bool) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_DGRAM)
        self.sent: list[bytes] = []
        self._refused, self._together_only = refused, together_only

    def sendmsg(self, buffers, ancillary=(), flags=0, address=None, /):  # type: ignore[no-untyped-def]
        if ancillary or not self._together_only:
            raise OSError(self._refused, os.strerror(self._refused))
        self.sent += buffers


@pytest.mark.parametrize("error", [errno.EIO, errno.EINVAL, errno.EMSGSIZE, errno.ENOPROTOOPT])
def test_where_packets_cannot_go_together_they_go_one_by_one(error: int) -> None:
    with Socket(error, together_only=True) as way:
        assert send_burst(way, [b"ab", b"cd", b"e"], ("192.0.2.1", 9))
        assert way.sent == [b"ab", b"cd", b"e"]


@pytest.mark.parametrize(
    ("error", "room"),
    [(errno.EAGAIN, False), (errno.ENOBUFS, False), (errno.ENETUNREACH, True), (errno.EPERM, True)],
)
def test_no_room_is_told_and_a_network_that_is_gone_is_not(error: int, room: bool) -> None:
    with Socket(error, together_only=False) as way:
        assert send_burst(way, [b"ab", b"cd"], ("192.0.2.1", 9)) == room


@given(st.lists(st.integers(1, 4)), st.integers(1, 5))
def test_a_burst_has_one_size_but_for_its_end(sizes: list[int], most: int) -> None:
    packets = [bytes(size) for size in sizes]
    grouped = [*bursts(packets, most)]
    assert [each for burst in grouped for each in burst] == packets
    for burst in grouped:
        assert 1 <= len(burst) <= most
        assert {len(each) for each in burst[:-1]} <= {len(burst[0])}
        assert len(burst[-1]) <= len(burst[0])
    for burst, following in pairwise(grouped):
        last, first = burst[-1], following[0]
        assert len(burst) == most or len(last) < len(burst[0]) or len(first) > len(burst[0])

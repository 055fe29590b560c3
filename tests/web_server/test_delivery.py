"""What a TCP connection has delivered, as the kernel knows it."""

import socket
import time
from collections.abc import Iterator

import pytest

from homecall_appliance.signaling.messages import Candidate, IceCandidate
from homecall_appliance.signaling.session import Letter
from homecall_appliance.web.delivery import Delivery

ID = "0b9c1f6a-3a53-4a8e-9e0a-0d7d1f6f2c11"


def letter(number: int) -> Letter:
    return Candidate(ID, IceCandidate(f"candidate:{number}")), 10


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a connection: ours, and a phone's with a small window."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        phone = socket.socket()
        phone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        phone.connect(server.getsockname())
        ours, _ = server.accept()
    with ours, phone:
        yield ours, phone


def until_acknowledged(delivery: Delivery, missing: int) -> None:
    deadline = time.monotonic() + 5
    while len(delivery.missing()) > missing:
        assert time.monotonic() < deadline, f"{len(delivery.missing())} letters are missing."
        time.sleep(0.005)


def test_what_is_acknowledged_has_arrived(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = pair
    delivery = Delivery(ours)
    for number in range(3):
        ours.send(b"x" * 100)
        delivery.written(letter(number))
    until_acknowledged(delivery, missing=0)


def test_what_the_phone_did_not_take_is_missing(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, phone = pair
    delivery = Delivery(ours)
    for number in range(3):
        ours.send(b"x" * (100 if number == 0 else 100_000))
        delivery.written(letter(number))
    until_acknowledged(delivery, missing=2)
    assert delivery.missing() == [letter(1), letter(2)]
    while len(delivery.missing()) == 2:
        phone.recv(1 << 16)
    assert delivery.missing() == [letter(2)]


def test_where_the_connection_is_closed_nothing_more_counts_as_arrived(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, _ = pair
    delivery = Delivery(ours)
    ours.send(b"x" * 100)
    delivery.written(letter(0))
    ours.close()
    assert delivery.missing() == [letter(0)]

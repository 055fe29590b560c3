"""protocol.md, section 10: datagrams of strangers, at the ports that an offer names."""

import asyncio
import logging
import socket
from pathlib import Path

import pytest
from aioice.stun import Class, Message, Method, parse_message

from tests.protocol.appliance_world import Phone, appliance
from tests.protocol.wire import until

DTLS = b"\x16\xfe\xfd" + bytes(100)


def lines(phone: Phone, start: str) -> list[str]:
    found = [line for line in phone.offer["sdp"].splitlines() if line.startswith(start)]
    return [line.removeprefix(start) for line in found]


def place(phone: Phone) -> tuple[str, int]:
    """The first address and port of the offer that an IPv4 socket can send to."""
    parts = [line.split() for line in lines(phone, "a=candidate:")]
    return next((part[4], int(part[5])) for part in parts if ":" not in part[4])


def check(user: str, password: str) -> bytes:
    message = Message(Method.BINDING, Class.REQUEST, bytes(12))
    message.attributes |= {"USERNAME": f"{user}:phone", "PRIORITY": 1}
    message.add_message_integrity(password.encode())
    return bytes(message)


async def answers(asker: socket.socket) -> int:
    """Count what has come back within a moment."""
    await asyncio.sleep(0.2)
    count = 0
    while True:
        try:
            parse_message(asker.recv(2000))
        except BlockingIOError:
            return count
        count += 1


@pytest.mark.protocol(
    10,
    "A datagram counts only where it comes from the nominated pair",
    "all else is dropped without a word, a task or memory",
)
async def test_a_datagram_without_a_valid_message_integrity_is_dropped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with appliance(tmp_path) as home:
        phone = await home.take_link()
        (user, *_), (password, *_) = lines(phone, "a=ice-ufrag:"), lines(phone, "a=ice-pwd:")
        await until(lambda: "offer" not in {task.get_name() for task in asyncio.all_tasks()})
        tasks = len(asyncio.all_tasks())
        with (
            caplog.at_level(logging.WARNING),
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
        ):
            stranger.setblocking(False)
            for data in (
                *[b"", bytes(65507), b"\x80" * 200, DTLS, check(user, "guessed"), bytes(40)],
                *[check("other", password), check(user, password)[:-8], b"\x7f" * 40],
                bytes.fromhex("000100042112a442" + "78" * 12 + "000c0000"),
            ):
                stranger.sendto(data, place(phone))
            assert await answers(stranger) == 0
            stranger.sendto(check(user, password), place(phone))
            assert await answers(stranger) == 1, "this one is of somebody who knows the offer"
        assert len(asyncio.all_tasks()) <= tasks
        assert caplog.records == []
        async with phone.answered():
            await until(lambda: any(call.connected for call in home.reception.calls))

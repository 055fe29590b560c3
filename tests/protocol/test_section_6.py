"""protocol.md, section 6: error codes. Each is provoked in every way that the table names."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest
from aiohttp import ClientWebSocketResponse

from homecall_appliance.signaling.hub import HubLimits
from homecall_appliance.web.guard import GuardLimits
from tests.protocol.appliance_world import appliance
from tests.protocol.wire import answer, candidate, hangup, new_id, offer, read, text, until
from tests.support.limits import guard_limits, hub_limits, session_limits
from tests.support.ports_world import Ports, open_ports

Attach: TypeAlias = Callable[..., Awaitable[ClientWebSocketResponse]]
Provoke: TypeAlias = Callable[[Attach, str], Awaitable[ClientWebSocketResponse]]
"""Leads to an error that is the next message of the socket; the string is the session."""

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Way:
    """A way to an error, and the limits that it takes."""

    provoke: Provoke
    hub: HubLimits = hub_limits()  # noqa: RUF009 - it cannot change
    guard: GuardLimits = guard_limits()  # noqa: RUF009


async def spent(attach: Attach, session_id: str) -> ClientWebSocketResponse:
    await (await attach(f"?sessionId={session_id}")).close()
    return await attach(f"?sessionId={session_id}")


async def ended_by_the_other(attach: Attach, session_id: str) -> ClientWebSocketResponse:
    ann = await attach(f"?sessionId={session_id}")
    await (await attach(f"?sessionId={session_id}")).close()
    return ann


async def no_offer_in_time(attach: Attach, session_id: str) -> ClientWebSocketResponse:
    return await attach(f"?sessionId={session_id}")


async def third(attach: Attach, session_id: str) -> ClientWebSocketResponse:
    return [await attach(f"?sessionId={session_id}") for _ in range(3)][2]


async def second_session(attach: Attach, session_id: str) -> ClientWebSocketResponse:
    await attach(f"?sessionId={new_id()}")
    return await attach(f"?sessionId={session_id}")


async def second_socket(attach: Attach, session_id: str) -> ClientWebSocketResponse:
    await attach(f"?sessionId={session_id}")
    return await attach(f"?sessionId={session_id}")


def says(*frames: Callable[[str], str]) -> Provoke:
    """Attach, and send these; each is made from the session."""

    async def provoke(attach: Attach, session_id: str) -> ClientWebSocketResponse:
        socket = await attach(f"?sessionId={session_id}")
        for frame in frames:
            await socket.send_str(frame(session_id))
        return socket

    return provoke


def untyped(session_id: str) -> str:
    return text("join", session_id)


def without_sdp(session_id: str) -> str:
    return text("offer", session_id)


def with_wrong_sdp(session_id: str) -> str:
    return text("offer", session_id, sdp=["v=0"])


def no_uuid(_: str) -> str:
    return text("offer", "living room", sdp="v=0")


def foreign(_: str) -> str:
    return offer(new_id())


def malformed(session_id: str) -> str:
    return offer(session_id)[:-1]


EVERY_CODE = [
    pytest.param(
        "session_ended",
        {"ru": "Сессия завершена", "en": "The session has ended"},
        [Way(spent), Way(ended_by_the_other)],
        marks=pytest.mark.protocol(
            6, "`session_ended` | Сессия завершена | The session has ended | the id is spent, or"
        ),
    ),
    pytest.param(
        "signal_not_found",
        {"ru": "Сигнал не найден", "en": "No signal found"},
        [Way(no_offer_in_time, hub_limits(session_limits(signal_timeout=0.05))), Way(says(answer))],
        marks=pytest.mark.protocol(
            6, "`signal_not_found` | Сигнал не найден | No signal found | nothing to receive"
        ),
    ),
    pytest.param(
        "session_full",
        {"ru": "Сессия уже занята", "en": "The session is already in use"},
        [Way(third)],
        marks=pytest.mark.protocol(
            6, "`session_full` | Сессия уже занята | The session is already in use | a third"
        ),
    ),
    pytest.param(
        "session_mismatch",
        {
            "ru": "Сообщение относится к другой сессии",
            "en": "The message belongs to another session",
        },
        [Way(says(foreign))],
        marks=pytest.mark.protocol(
            6, "`session_mismatch` | Сообщение относится к другой сессии | The message belongs to"
        ),
    ),
    pytest.param(
        "bad_session",
        {"ru": "Неверный идентификатор сессии", "en": "Invalid session identifier"},
        [Way(says(no_uuid))],
        marks=pytest.mark.protocol(
            6, "`bad_session` | Неверный идентификатор сессии | Invalid session identifier | not a"
        ),
    ),
    pytest.param(
        "bad_message",
        {"ru": "Сообщение не распознано", "en": "The message could not be understood"},
        [Way(says(frame)) for frame in (malformed, untyped, without_sdp, with_wrong_sdp)],
        marks=pytest.mark.protocol(
            6, "`bad_message` | Сообщение не распознано | The message could not be understood | mal"
        ),
    ),
    pytest.param(
        "queue_full",
        {"ru": "Слишком много сообщений в ожидании", "en": "Too many messages are waiting"},
        [Way(says(offer, candidate), hub_limits(session_limits(queue_messages=1)))],
        marks=pytest.mark.protocol(
            6, "`queue_full` | Слишком много сообщений в ожидании | Too many messages are waiting"
        ),
    ),
    pytest.param(
        "rate_limited",
        {
            "ru": "Слишком много запросов, попробуйте позже",
            "en": "Too many requests, try again later",
        },
        [
            Way(says(offer, offer, offer), guard=guard_limits(messages_per_second=0.2)),
            Way(second_socket, guard=guard_limits(sockets_per_address=1)),
            Way(second_socket, guard=guard_limits(handshakes_per_second=0.1)),
            Way(second_session, hub_limits(sessions_per_source=1)),
        ],
        marks=pytest.mark.protocol(
            6, "`rate_limited` | Слишком много запросов, попробуйте позже | Too many requests, try"
        ),
    ),
    pytest.param(
        "busy",
        {"ru": "Устройство занято", "en": "The appliance is busy"},
        [Way(second_session, hub_limits(max_sessions=1))],
        marks=pytest.mark.protocol(6, "`busy` | Устройство занято | The appliance is busy | no"),
    ),
]


@pytest.mark.protocol(
    6,
    "Messages go out in the language of the handshake's `Accept-Language` (Russian or English",
    "`message` never carries internals: no paths, no exception texts, no other session's id",
    "no internal detail leaves the server",
)
@pytest.mark.parametrize(("code", "sentences", "ways"), EVERY_CODE)
@pytest.mark.parametrize("language", ["ru", "en"])
async def test_every_code_has_its_sentence_and_nothing_more(
    tmp_path: Path, language: str, code: str, sentences: dict[str, str], ways: list[Way]
) -> None:
    for number, way in enumerate(ways):
        async with open_ports(tmp_path / str(number), hub=way.hub, guard=way.guard) as ports:
            session_id = new_id()
            attach = partial(ports.attach, **{"Accept-Language": language})
            error = await read(await way.provoke(attach, session_id))
            assert error.pop("sessionId") in {session_id, None}
            assert error == {"type": "error", "code": code, "message": sentences[language]}


@pytest.mark.protocol(6, "no room for another session or call")
@pytest.mark.parametrize(
    ("language", "sentence"), [("ru", "Устройство занято"), ("en", "The appliance is busy")]
)
async def test_a_call_too_many_finds_the_appliance_busy(
    tmp_path: Path, language: str, sentence: str
) -> None:
    async with appliance(tmp_path, max_calls=1) as home:
        first = await home.take_link()
        async with first.answered():
            await until(lambda: any(call.connected for call in home.reception.calls))
            second = await home.take_link("second", **{"Accept-Language": language})
            assert (second.offer["code"], second.offer["message"]) == ("busy", sentence)
            await first.socket.send_str(hangup(first.session_id))
            await until(lambda: not home.reception.calls)


@pytest.mark.protocol(
    6,
    "`internal` | Внутренняя ошибка | Internal error | anything else",
    "no internal detail leaves the server",
)
@pytest.mark.parametrize(
    ("language", "sentence"), [("ru", "Внутренняя ошибка"), ("en", "Internal error")]
)
async def test_what_fails_inside_is_told_without_its_reason(
    tmp_path: Path, language: str, sentence: str
) -> None:
    async with appliance(tmp_path) as home:
        phone = await home.take_link(**{"Accept-Language": language})
        async with phone.answered():
            await until(lambda: home.open_devices == [True, True])
            [call] = home.reception.calls
            assert call.peer is not None
            call.peer._start(fail("a secret"))
            assert await read(phone.socket) == {
                "type": "error",
                "sessionId": phone.session_id,
                "code": "internal",
                "message": sentence,
            }


async def fail(reason: str) -> None:
    raise LookupError(reason)


@pytest.mark.protocol(
    6,
    "Messages go out in the language of the handshake's `Accept-Language`",
    "English where only other languages are asked for, Russian where none is",
)
@pytest.mark.parametrize(
    ("accept", "english"),
    [
        (None, False),
        ("", False),
        ("de", True),
        ("*", False),
        ("de-DE,fr;q=0.9", True),
        ("ru-RU,ru;q=0.9,en;q=0.8", False),
        ("de,ru;q=0.5,en;q=0.4", False),
        ("en-GB,en;q=0.9,ru;q=0.5", True),
        ("de,en;q=0.5,ru;q=0.4", True),
    ],
)
async def test_the_language_is_that_of_the_handshake(
    ports: Ports, accept: str | None, english: bool
) -> None:
    ann = await ports.attach(**({} if accept is None else {"Accept-Language": accept}))
    await ann.send_str(hangup("?"))
    sentence = "Invalid session identifier" if english else "Неверный идентификатор сессии"
    assert (await read(ann))["message"] == sentence

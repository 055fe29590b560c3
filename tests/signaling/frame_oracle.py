"""What protocol.md says that a text frame is answered with, written down from its sections.

It shares nothing with the code under test, not even the JSON reader: rfc8259.py stands beside it.
"""

import re
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, NoReturn, TypeAlias

from tests.signaling.rfc8259 import Json, NotJson, read_json

Language: TypeAlias = Literal["ru", "en"]

CODES = {
    "session_ended": ("Сессия завершена", "The session has ended"),
    "signal_not_found": ("Сигнал не найден", "No signal found"),
    "session_full": ("Сессия уже занята", "The session is already in use"),
    "session_mismatch": (
        "Сообщение относится к другой сессии",
        "The message belongs to another session",
    ),
    "bad_session": ("Неверный идентификатор сессии", "Invalid session identifier"),
    "bad_message": ("Сообщение не распознано", "The message could not be understood"),
    "queue_full": ("Слишком много сообщений в ожидании", "Too many messages are waiting"),
}
"""Section 6: the codes that a frame can lead to where no limit of an address is hit."""

CLOSES = {"session_ended": 4001, "session_full": 4003}
"""Sections 2 and 5: the codes after which the socket is closed."""

QUEUE_MESSAGES, QUEUE_BYTES = 2, 1 << 20
"""Section 4: bounds that a conversation reaches. The hub under test is given the same."""

_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class Ids(NamedTuple):
    """Sessions: one with both participants, one where one waits, a spent one, one to be."""

    full: str
    waiting: str
    spent: str
    empty: str


class Wrong(Exception):
    """A frame is answered with an error; the argument is its code."""


@dataclass
class Oracle:
    """What is due to the sender of frames, and to the other participant of its session.

    Where there is no other, `to_other` is the queue of section 4.
    """

    ids: Ids
    home: str | None
    """The session that the sender is attached to."""

    offered: bool
    """Whether an offer of the other one stands."""

    language: Language
    to_sender: list[Json] = field(default_factory=list)
    to_other: list[Json] = field(default_factory=list)
    closed: int | None = None
    over: bool = False
    """Whether the session has ended, for both."""

    alone: bool = False
    """Whether the sender is attached where nobody else is yet."""

    label: Json = None
    """What the sender calls itself: the first label that it has borne (section 4)."""

    _answered: bool = False
    """Whether that offer was: only then an offer of the sender replaces it (section 7)."""

    _sizes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.home is not None:
            self._enter(self.home)

    def hear(self, text: str) -> str:
        """Take a frame, and return what becomes of it: an error code, or its type."""
        known = self.home
        try:
            body = _object_of(text)
            named = _uuid_of(body.get("sessionId"))
            known = known or named
            if self.home not in (None, named):
                _wrong("session_mismatch")
            if named == self.ids.spent:
                _wrong("session_ended")
            message = _relayed_of(body, named)
            self._attach(named)
            return self._relay(message, len(text.encode(errors="surrogatepass")))
        except Wrong as wrong:
            code = str(wrong)
            self.to_sender.append(error(code, known, self.language))
            self.closed = CLOSES.get(code)
            return code

    def _attach(self, session_id: str) -> None:
        """Section 2: a socket attaches by its first valid message; a third one is refused."""
        if self.home is None:
            if session_id == self.ids.full:
                _wrong("session_full")
            self._enter(session_id)
            if self.offered and not self.alone:
                self.to_sender.append(offer(session_id))

    def _enter(self, session_id: str) -> None:
        self.home = session_id
        self.alone = session_id not in (self.ids.full, self.ids.waiting)

    def _relay(self, message: dict[str, Json], size: int) -> str:
        kind = str(message["type"])
        if kind == "answer" and (self.alone or not self.offered):
            _wrong("signal_not_found")
        if self.alone and kind != "hangup":
            self._queue(message, size)
            self.label = self.label or message.get("from")
            return f"{kind} queued"
        self.to_other.append(message)
        self.label = self.label or message.get("from")
        self._answered = self._answered or kind == "answer"
        if kind == "offer" and self._answered:
            self.offered = False
        self.over = kind == "hangup"
        self.closed = 4001 if self.over else None
        return kind

    def _queue(self, message: dict[str, Json], size: int) -> None:
        """Section 4: the queue is bounded; a new offer replaces the negotiation before it."""
        fresh = message["type"] == "offer"
        letters = [] if fresh else self.to_other
        sizes = [] if fresh else self._sizes
        if len(letters) >= QUEUE_MESSAGES or sum(sizes) + size > QUEUE_BYTES:
            _wrong("queue_full")
        self.to_other, self._sizes = [*letters, message], [*sizes, size]


def error(code: str, session_id: str | None, language: Language) -> Json:
    russian, english = CODES[code]
    sentence = english if language == "en" else russian
    return {"type": "error", "sessionId": session_id, "code": code, "message": sentence}


def offer(session_id: str, sdp: str = "v=0") -> dict[str, Json]:
    """Return an offer; the plain one is what the other participant has sent."""
    return {"type": "offer", "sessionId": session_id, "sdp": sdp}


def _wrong(code: str) -> NoReturn:
    raise Wrong(code)


def _object_of(text: str) -> dict[str, Json]:
    """Section 1: one JSON object."""
    try:
        value = read_json(text)
    except NotJson:
        _wrong("bad_message")
    return value if isinstance(value, dict) else _wrong("bad_message")


def _uuid_of(value: Json) -> str:
    """Section 1: a session is a UUID, in which case does not matter (RFC 9562, section 4)."""
    if isinstance(value, str) and _UUID.fullmatch(value):
        return value.lower()
    _wrong("bad_session")


def _relayed_of(body: dict[str, Json], session_id: str) -> dict[str, Json]:
    """Section 3: the fields of the table, and nothing else, go to the other participant."""
    relayed: dict[str, Json] = {"type": body.get("type"), "sessionId": session_id}
    match body.get("type"):
        case "offer" | "answer":
            relayed["sdp"] = _text(body, "sdp") or _wrong("bad_message")
        case "candidate":
            relayed["candidate"] = _candidate_of(body)
        case "hangup":
            relayed |= _present(reason=_text(body, "reason", longest=128))
        case _:
            _wrong("bad_message")
    label = _text(body, "from") or None
    if label and len(label) > 64:
        _wrong("bad_message")
    return relayed | _present(**{"from": label})


def _candidate_of(body: dict[str, Json]) -> Json:
    """W3C WebRTC, section 4.8.1: RTCIceCandidateInit, in which null is the default of the last."""
    ice = body.get("candidate", "missing")
    if ice is None:
        return None
    if not isinstance(ice, dict) or not isinstance(ice.get("candidate"), str):
        _wrong("bad_message")
    line = ice.get("sdpMLineIndex")
    if line is not None and not (type(line) is int and line in range(1 << 16)):
        _wrong("bad_message")
    return {"candidate": ice["candidate"]} | _present(
        sdpMid=_dom_string(ice, "sdpMid"),
        sdpMLineIndex=line,
        usernameFragment=_dom_string(ice, "usernameFragment"),
    )


def _dom_string(body: dict[str, Json], name: str) -> str | None:
    """Web IDL, section 3.2.10: a number becomes the text of it; here a whole one does."""
    value = body.get(name)
    return str(value) if type(value) is int else _text(body, name)


def _text(body: dict[str, Json], name: str, longest: int | None = None) -> str | None:
    value = body.get(name)
    if value is None or isinstance(value, str):
        return value if value is None else value[:longest]
    _wrong("bad_message")


def _present(**fields: Json) -> dict[str, Json]:
    return {name: value for name, value in fields.items() if value is not None}

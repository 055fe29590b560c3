"""The wire messages of protocol.md, section 3, and the error codes of section 6."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, NoReturn, TypeAlias

Language = Literal["ru", "en"]

MAX_LABEL = 64
"""Characters of a `from` label."""

MAX_REASON = 128
"""Characters of a hangup's reason that are relayed; the rest is cut off."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Code(StrEnum):
    """The error codes of protocol.md, section 6."""

    SESSION_ENDED = "session_ended"
    SIGNAL_NOT_FOUND = "signal_not_found"
    SESSION_FULL = "session_full"
    SESSION_MISMATCH = "session_mismatch"
    BAD_SESSION = "bad_session"
    BAD_MESSAGE = "bad_message"
    QUEUE_FULL = "queue_full"
    RATE_LIMITED = "rate_limited"
    BUSY = "busy"
    INTERNAL = "internal"


_SENTENCES: Mapping[Code, Mapping[Language, str]] = {
    Code.SESSION_ENDED: {"ru": "Сессия завершена", "en": "The session has ended"},
    Code.SIGNAL_NOT_FOUND: {"ru": "Сигнал не найден", "en": "No signal found"},
    Code.SESSION_FULL: {"ru": "Сессия уже занята", "en": "The session is already in use"},
    Code.SESSION_MISMATCH: {
        "ru": "Сообщение относится к другой сессии",
        "en": "The message belongs to another session",
    },
    Code.BAD_SESSION: {
        "ru": "Неверный идентификатор сессии",
        "en": "Invalid session identifier",
    },
    Code.BAD_MESSAGE: {
        "ru": "Сообщение не распознано",
        "en": "The message could not be understood",
    },
    Code.QUEUE_FULL: {
        "ru": "Слишком много сообщений в ожидании",
        "en": "Too many messages are waiting",
    },
    Code.RATE_LIMITED: {
        "ru": "Слишком много запросов, попробуйте позже",
        "en": "Too many requests, try again later",
    },
    Code.BUSY: {"ru": "Устройство занято", "en": "The appliance is busy"},
    Code.INTERNAL: {"ru": "Внутренняя ошибка", "en": "Internal error"},
}


class Refused(Exception):
    """What a client asked for is refused; the code is what it is told."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True)
class IceCandidate:
    """RTCIceCandidateInit (W3C WebRTC 1.0, section 4.8.1)."""

    candidate: str
    sdp_mid: str | None = None
    sdp_m_line_index: int | None = None
    username_fragment: str | None = None


@dataclass(frozen=True)
class Offer:
    """The initiator's session description."""

    session_id: str
    sdp: str
    label: str | None = None


@dataclass(frozen=True)
class Answer:
    """The recipient's session description."""

    session_id: str
    sdp: str
    label: str | None = None


@dataclass(frozen=True)
class Candidate:
    """One ICE candidate of the sender; None is the end of candidates."""

    session_id: str
    candidate: IceCandidate | None
    label: str | None = None


@dataclass(frozen=True)
class Hangup:
    """Ends the session for both participants."""

    session_id: str
    reason: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class Error:
    """The server's answer to what it refused; `session_id` is None where it is unknown."""

    session_id: str | None
    code: Code


Relayed: TypeAlias = Offer | Answer | Candidate | Hangup
Message: TypeAlias = Relayed | Error

_KINDS: Mapping[type[Message], str] = {
    Offer: "offer",
    Answer: "answer",
    Candidate: "candidate",
    Hangup: "hangup",
    Error: "error",
}


@dataclass(frozen=True)
class Envelope:
    """A JSON object with a valid session id, the rest of it unread."""

    session_id: str
    body: Mapping[str, Any]


def session_id_of(value: object) -> str:
    """Return the canonical form of a session id (RFC 9562, section 4: case does not matter).

    Raises Refused with BAD_SESSION for anything but a UUID in its 36-character form.
    """
    if isinstance(value, str) and len(value) == 36 and _UUID.fullmatch(value.lower()):
        return value.lower()
    raise Refused(Code.BAD_SESSION)


def label_of(value: object) -> str | None:
    """Return a `from` label; raises Refused with BAD_MESSAGE for what cannot be one."""
    if value is None or (isinstance(value, str) and len(value) <= MAX_LABEL):
        return value or None
    raise Refused(Code.BAD_MESSAGE)


def open_envelope(text: str) -> Envelope:
    """Read a frame as far as its session id, which is checked before anything else in it.

    Raises Refused with BAD_MESSAGE for what is not a JSON object, and with BAD_SESSION.
    """
    try:
        body = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise Refused(Code.BAD_MESSAGE) from None
    if not isinstance(body, dict):
        raise Refused(Code.BAD_MESSAGE)
    return Envelope(session_id_of(body.get("sessionId")), body)


def parse(envelope: Envelope) -> Relayed:
    """Read the message in an envelope; raises Refused with BAD_MESSAGE."""
    body, session_id = envelope.body, envelope.session_id
    label = label_of(body.get("from"))
    match body.get("type"):
        case "offer":
            return Offer(session_id, _text(body, "sdp"), label)
        case "answer":
            return Answer(session_id, _text(body, "sdp"), label)
        case "candidate":
            return Candidate(session_id, _candidate(body), label)
        case "hangup":
            reason = _optional_text(body, "reason")
            return Hangup(session_id, reason and reason[:MAX_REASON], label)
        case _:
            raise Refused(Code.BAD_MESSAGE)


def dump(message: Message, language: Language) -> str:
    """Write a message as the JSON text of one frame; `language` is that of error sentences."""
    body: dict[str, object] = {"type": kind(message), "sessionId": message.session_id}
    match message:
        case Offer() | Answer():
            body["sdp"] = message.sdp
        case Candidate(candidate=None):
            body["candidate"] = None
        case Candidate(candidate=IceCandidate() as candidate):
            init: dict[str, object] = {"candidate": candidate.candidate}
            body["candidate"] = init
            _add(init, "sdpMid", candidate.sdp_mid)
            _add(init, "sdpMLineIndex", candidate.sdp_m_line_index)
            _add(init, "usernameFragment", candidate.username_fragment)
        case Hangup():
            _add(body, "reason", message.reason)
        case Error():
            body["message"] = _SENTENCES[message.code][language]
            body["code"] = message.code.value
    if not isinstance(message, Error):
        _add(body, "from", message.label)
    return _ENCODER.encode(body)


def size_of(message: Message) -> int:
    """Return the bytes that a message of our own takes on the wire."""
    return len(dump(message, "ru").encode())


def kind(message: Message) -> str:
    """Return the wire name of a message's type."""
    return _KINDS[type(message)]


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(Code.BAD_MESSAGE)
    return value


def _optional_text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise Refused(Code.BAD_MESSAGE)
    return value


def _dom_string(body: Mapping[str, Any], name: str) -> str | None:
    """Return a field that browsers would take a number for, too (Web IDL, section 3.2.10)."""
    value = body.get(name)
    return str(value) if type(value) is int else _optional_text(body, name)


def _candidate(body: Mapping[str, Any]) -> IceCandidate | None:
    if "candidate" not in body:
        raise Refused(Code.BAD_MESSAGE)
    value = body["candidate"]
    if value is None:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("candidate"), str):
        raise Refused(Code.BAD_MESSAGE)
    index = value.get("sdpMLineIndex")
    if index is not None and (type(index) is not int or not 0 <= index <= 0xFFFF):
        raise Refused(Code.BAD_MESSAGE)
    return IceCandidate(
        value["candidate"],
        _dom_string(value, "sdpMid"),
        index,
        _dom_string(value, "usernameFragment"),
    )


def _add(body: dict[str, object], name: str, value: object) -> None:
    if value is not None:
        body[name] = value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON (RFC 8259, section 6)")


def _object_of_unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    body = dict(pairs)
    if len(body) != len(pairs):
        raise ValueError("names within an object must be unique (RFC 8259, section 4)")
    return body


_DECODER = json.JSONDecoder(
    parse_constant=_refuse_constant, object_pairs_hook=_object_of_unique_names
)
_ENCODER = json.JSONEncoder(separators=(",", ":"))

"""Frames that a socket should not send, and the oddities that they are made of.

A message is a list of names and values, each of them a piece of JSON as it will stand in the frame:
so a name can come twice, and a value need not be one.
"""

import json
from collections.abc import Iterator
from typing import TypeAlias

from tests.signaling.frame_oracle import Ids

Value: TypeAlias = "str | Members"
Members: TypeAlias = list[tuple[str, Value]]

IDS = Ids(
    full="0b9c1f6a-3a53-4a8e-9e0a-0d7d1f6f2c11",
    waiting="1c8d2e7b-4b64-4b9f-8f1b-1e8e2a7a3d22",
    spent="2d7e3d8c-5c75-4cae-af2c-2f9f3b8b4e33",
    empty="3e6f4c9d-6d86-4dbd-bf3d-30a04c9c5f44",
)
NO_IDS = [
    *("", "a", "0" * 32, "g" * 36, "-" * 36, " " * 36, "\0" * 36, IDS.full[:-1], IDS.full + "0"),
    *("{" + IDS.full + "}", "urn:uuid:" + IDS.full, IDS.full.replace("-", ""), IDS.full + "\n"),
    *(IDS.full.replace("-", "_"), IDS.full[1:] + "-", IDS.full.replace("0", "٠")),
]
TYPES = ["offer", "answer", "candidate", "hangup"]
NO_TYPES = ["join", "error", "Offer", "offer ", "", "OFFER", "hangup\0", "offer\ud800"]
NAMES = ["type", "sessionId", "sdp", "from", "candidate", "reason", "sdpMid", "sdpMLineIndex"]
INDICES = [*("null", "0", "-0", "1", "65535") * 2, "65536", "-1", "true", "1.0", "1e0", '"0"']
TOKENS = [
    *("null", "true", "false", "nul", "True", "NaN", "Infinity", "-Infinity", "undefined", ""),
    *("-1", "0", "0.5", "1e999", "-1e999", "1" * 5000 + "e-5000", "9" * 4000, "9" * 5000),
    *("01", "+1", ".5", "1.", "1e", "--1", "0x1", "1_0", "٣"),
    *('"\0"', '"\n"', '"\x7f"', '"\\x41"', '"\\u12"', '"\\u٠٠٠٠"', '"\\U0041"', '"\\"', '"', "'a'"),
    *('"\\u0000"', '"\\ud800"', '"\\udfff\\ud800"', '"\\ud83d\\ud83d\\udcde"', '"\\/\\b\\f\\r\\t"'),
    *("{}", "[]", "[null]", '{"a":1,}', "{,}", "[1,]", "[,]", "{1:1}", "{null}", "/**/1", "[1}"),
    *('{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '[{"":{"b":1,"b":[]}}]', '{"candidate":""}'),
    *("[" * 50 + "]" * 50, '{"a":' * 50 + "1" + "}" * 50),
]
HUGE_STRINGS = [
    *('"' + "x" * (1 << 20) + '"', '"' + "ж" * (1 << 19) + '"', '"' + "\\ud83d" * 150_000 + '"'),
    *('"' + "x" * 60_000 + '"', '"' + "x" * 600_000 + '"', '"' + " " * (1 << 20)),
]
HUGE_TOKENS = [
    *("[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000, "9" * (1 << 20)),
    *('{"a":' * 100_000 + "1" + "}" * 100_000, " " * (1 << 20), "-" * 100_000),
]
PIECES = ["", " \t\r\n", "\ufeff", "\0", "\v", "\xa0", "\ud800", "null", "\\u0041", *'{}[]",:\\0-']

COMMON: Members = [('"sessionId"', f'"{IDS.full}"'), ('"from"', '"a"'), ('"extra"', "1")]
WHOLE: list[Members] = [
    [('"type"', '"offer"'), ('"sdp"', '"v=0"'), *COMMON],
    [('"type"', '"hangup"'), ('"reason"', '"bye"'), *COMMON],
    [
        ('"type"', '"candidate"'),
        (
            '"candidate"',
            [
                ('"candidate"', '"candidate:1"'),
                ('"sdpMid"', '"0"'),
                ('"sdpMLineIndex"', "0"),
                ('"usernameFragment"', '"u"'),
                ('"foundation"', '"1"'),
            ],
        ),
        *COMMON,
    ],
]
"""Messages with every field that they can have, and one that they cannot."""

ODDITIES = [
    *(*TOKENS, *HUGE_TOKENS, HUGE_STRINGS[0], *INDICES),
    *(f'"{text}"' for text in [*NO_IDS, *NO_TYPES, "x" * 64, "x" * 65, *IDS]),
]


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def escaped(text: str) -> str:
    """Spell every character as an escape (RFC 8259, section 7)."""
    units = text.encode("utf-16-be", "surrogatepass").hex()
    return '"' + "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4)) + '"'


def written(value: Value) -> str:
    if isinstance(value, str):
        return value
    return "{" + ",".join(f"{name}:{written(inner)}" for name, inner in value) + "}"


def odd_frames() -> Iterator[str]:
    """Yield oddities; whole messages with each in each place; their beginnings, and more."""
    yield from ODDITIES
    for message in WHOLE:
        yield from map(written, _odd(message))
        text = written(message)
        yield from (text[:end] for end in range(len(text)))
        yield from (piece + text for piece in PIECES)
        yield from (text + piece for piece in [*PIECES, text])


def _odd(message: Members) -> Iterator[Members]:
    for at, (name, value) in enumerate(message):
        before, after = message[:at], message[at + 1 :]
        yield [*before, *after]
        yield [*message, (name, value)]
        others: list[Value] = [*ODDITIES]
        if isinstance(value, list):
            others += _odd(value)
        yield from ([*before, (name, other), *after] for other in others)

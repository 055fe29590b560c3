"""Conversations for hypothesis to draw: frames that a socket may send, from perfect to absurd."""

import json
from typing import NamedTuple

from hypothesis import strategies as st

from tests.signaling.frame_oracle import Language
from tests.signaling.odd_frames import (
    HUGE_STRINGS,
    HUGE_TOKENS,
    IDS,
    INDICES,
    NAMES,
    NO_IDS,
    NO_TYPES,
    PIECES,
    TOKENS,
    TYPES,
    Members,
    escaped,
    quoted,
    written,
)

LANGUAGES: list[Language] = ["ru", "en"]


class Conversation(NamedTuple):
    """Who speaks, where, and what; the first three are the oracle's."""

    home: str | None
    offered: bool
    language: Language
    frames: list[str]


def spelled(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    spellings = st.sampled_from([quoted, quoted, json.dumps, escaped])
    return st.builds(lambda spell, text: spell(text), spellings, texts)


def one_in(number: int) -> st.SearchStrategy[bool]:
    return st.sampled_from([False] * (number - 1) + [True])


repeated = st.builds(
    str.__mul__,
    st.sampled_from(["x", "x", "ж", "\U0001f4de", "\ud800"]),
    st.sampled_from([1, 64, 65, 128, 129, 4000, 0]),
)
texts = spelled(
    st.sampled_from(["v=0", "\0", "\ufeff", "\u2028", "\udfff\ud800"])
    | st.text(min_size=1, max_size=4)
    | repeated
)
labels = spelled(st.sampled_from(["a", "", "\0"]) | repeated.filter(lambda text: len(text) < 66))
ids = spelled(st.sampled_from([*IDS, *map(str.upper, IDS), *NO_IDS]))
values = st.sampled_from(TOKENS) | texts | ids
huge_strings, huge_values = st.sampled_from(HUGE_STRINGS), st.sampled_from(HUGE_TOKENS)
names = spelled(st.sampled_from(NAMES)) | values
kinds = st.sampled_from(TYPES * 9 + TYPES[:3] * 9 + NO_TYPES)
indices = st.sampled_from(INDICES)
pieces = st.sampled_from(PIECES) | st.characters()
garbage = values | huge_values | st.text()
rarely, seldom, often = one_in(30), one_in(10), one_in(2)
changes, amounts_of_change = st.integers(0, 6), st.sampled_from([0, 0, 0, 0, 1, 1, 2])
homes = st.sampled_from([IDS.full, IDS.empty, None])
offers, languages = st.sampled_from([True, True, False]), st.sampled_from(LANGUAGES)
amounts = st.integers(1, 8)


def message(draw: st.DrawFn, session_id: str) -> Members:
    """Draw a message of section 3, at least in the main."""
    kind = draw(kinds)
    members: Members = [
        ('"type"', quoted(kind)),
        ('"sessionId"', draw(ids) if draw(seldom) else quoted(session_id)),
    ]
    body = draw(huge_strings if draw(rarely) else texts)
    if kind == "candidate":
        ice: Members = [('"candidate"', body), ('"sdpMLineIndex"', draw(indices))]
        if draw(often):
            ice += [('"sdpMid"', draw(texts)), ('"usernameFragment"', draw(texts))]
        members.append(('"candidate"', "null" if draw(seldom) else ice))
    else:
        members.append(('"reason"' if kind == "hangup" else '"sdp"', body))
    if draw(often):
        members.append(('"from"', draw(labels)))
    return members


def change(draw: st.DrawFn, message: Members) -> None:
    """Draw one change of a message, on one of its levels."""
    levels = [message, *(value for _, value in message if isinstance(value, list))]
    members = levels[-1] if draw(often) else message
    at = draw(st.integers(0, len(members) - 1))
    name, value = members[at]
    other = draw(huge_values if draw(rarely) else values)
    match draw(changes):
        case 0:
            members[at] = name, other
        case 1:
            members[at] = draw(names), value
        case 2:
            members[at] = name, [('"a"', value)]
        case 3:
            members.insert(at, (draw(names), other))
        case 4:
            members.append((name, value))
        case 5:
            members.append((name, other))
        case 6 if len(members) > 1:
            del members[at]


def torn(draw: st.DrawFn, text: str) -> str:
    """Draw a text of which a span, which may be empty, is replaced by a piece, or by itself."""
    places = st.sampled_from([0, len(text), len(text) // 2]) | st.integers(0, len(text))
    start = draw(places)
    end = start if draw(often) else max(start, draw(places))
    return text[:start] + (text if draw(seldom) else draw(pieces)) + text[end:]


def frame(draw: st.DrawFn, session_id: str) -> str:
    if draw(rarely):
        return draw(garbage)
    members = message(draw, session_id)
    for _ in range(draw(amounts_of_change)):
        change(draw, members)
    text = written(members)
    return torn(draw, text) if draw(seldom) else text


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    home = draw(homes)
    session_id = home or draw(st.sampled_from(IDS))
    frames = [frame(draw, session_id) for _ in range(draw(amounts))]
    return Conversation(home, draw(offers), draw(languages), frames)

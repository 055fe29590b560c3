"""A line of the doctor's. PURE."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

Name = Literal[
    "configuration",
    "ports",
    "certificate",
    "camera",
    "microphone",
    "speaker",
    "display",
    "keys",
    "door",
    "network",
    "webrtc",
    "outside",
    "stun",
    "turn",
    "ipv6",
]


class State(StrEnum):
    """How it stands."""

    FINE = "fine"
    BAD = "bad"
    UNCHECKED = "unchecked"
    """It could not be looked at; another line says why, and what to do."""


@dataclass(frozen=True)
class Finding:
    """What was found out about one thing; `sentence` says what to do where the state is bad."""

    name: Name
    state: State
    sentence: str


def fine(name: Name, sentence: str) -> Finding:
    """Nothing to do."""
    return Finding(name, State.FINE, sentence)


def bad(name: Name, sentence: str) -> Finding:
    """Something to do."""
    return Finding(name, State.BAD, sentence)


def unchecked(name: Name, sentence: str) -> Finding:
    """Nothing is known."""
    return Finding(name, State.UNCHECKED, sentence)


def all_fine(findings: Sequence[Finding]) -> bool:
    """Whether there is nothing to do."""
    return all(each.state is State.FINE for each in findings)


def lines(findings: Sequence[Finding], *, encoding: str) -> list[str]:
    """The findings for people, a line each, with signs that the terminal can show."""
    signs = {State.FINE: "✓", State.BAD: "✗", State.UNCHECKED: "–"}
    try:
        "".join(signs.values()).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        signs = {State.FINE: "+", State.BAD: "!", State.UNCHECKED: "-"}
    return [
        f"{signs[each.state]} {each.name:13} {' '.join(each.sentence.split())}" for each in findings
    ]


def as_json(findings: Sequence[Finding], *, version: str, running: bool) -> dict[str, Any]:
    """The findings for programs. This shape stays: `{"version", "ok", "running", "findings":
    [{"name", "state": "fine" | "bad" | "unchecked", "sentence"}]}`; a name may come twice."""
    return {
        "version": version,
        "ok": all_fine(findings),
        "running": running,
        "findings": [
            {"name": each.name, "state": each.state.value, "sentence": each.sentence}
            for each in findings
        ],
    }

"""What is wrong with a configuration, in sentences that name the key."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from homecall_appliance.config.model import Config

Location = tuple[str | int, ...]
"""Where a value stands: ("ice", "turn", 0, "urls")."""

_LONGEST_SHOWN = 40

_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),  # before int, of which it is a kind
    (str, "a string"),
    (int, "an integer"),
    (float, "a number"),
    (list, "an array"),
    (dict, "a table"),
)


@dataclass(frozen=True)
class Problem:
    """One thing to put right; printed as `key.path: sentence`."""

    path: str
    """The key's path, or the name of the file or of the environment variable."""

    sentence: str

    def __str__(self) -> str:
        # Names and values from the environment may hold bytes that no terminal can print.
        return f"{self.path}: {self.sentence}".encode("utf-8", "backslashreplace").decode()


@dataclass(frozen=True)
class Contradiction:
    """Values that are good by themselves and not together."""

    keys: tuple[str, ...]
    """Paths of the keys; the first is the one to put right."""

    sentence: str


class ConfigError(Exception):
    """The configuration cannot be used; `problems` has everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem], remaining: Config) -> None:
        """`remaining` has the defaults in place of what is wrong: good for a diagnosis only."""
        self.problems = tuple(problems)
        self.remaining = remaining
        super().__init__("\n".join(map(str, self.problems)))


def path_of(location: Location) -> str:
    """The location as TOML and its readers write it: `ice.turn[0].urls`."""
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            bare = step.isascii() and step.replace("-", "_").isidentifier()
            path += ("." if path else "") + (step if bare else _quoted(step))
    return path


def shown(value: object) -> str:
    """The value as the owner wrote it, where that is short; else what kind of value it is."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() if len(value) <= _LONGEST_SHOWN:
            return _quoted(value)
        case float():
            return repr(value)
        case int() if abs(value) < 1 << 64:
            return str(value)
        case _:
            return kind_of(value)


def kind_of(value: object) -> str:
    """What kind of TOML value it is; tells nothing of a secret."""
    return next((words for kind, words in _KINDS if isinstance(value, kind)), "a date or time")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)

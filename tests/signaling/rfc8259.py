"""JSON, read to the letter of RFC 8259: the library's reader takes more than that, and less.

The bounds, which section 9 leaves to the reader, are those of texts that the server must read; it
must refuse the texts of the fuzz that are beyond them, for they are far beyond.
"""

import re
from typing import NoReturn, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

DEPTH = 200
"""Levels of nesting."""

DIGITS = 4300
"""Digits of an integer, as Python's `sys.set_int_max_str_digits` documents."""

_SPACE = re.compile(r"[ \t\n\r]*+")
_WORD = re.compile(r"true|false|null")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(?P<real>(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)")
_STRING = re.compile(r'"((?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*+)"')
_ESCAPE = re.compile(r"((?:\\u[0-9A-Fa-f]{4})++)|\\(.)")

_WORDS = {"true": True, "false": False, "null": None}
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class NotJson(Exception):
    """The text is not JSON, or is beyond the bounds, or a name in it is not unique."""


def read_json(text: str) -> Json:
    """Return the value that a text stands for; raises NotJson."""
    reader = _Reader(text)
    value = reader.value(DEPTH)
    if reader.at < len(text):
        reader.fail()
    return value


class _Reader:
    def __init__(self, text: str) -> None:
        self.at = 0
        self._text = text
        self._skip_space()

    def value(self, depth: int) -> Json:
        """Read a value and the space after it (section 3)."""
        if not depth:
            self.fail()
        if self._take("{"):
            return self._object(depth)
        if self._take("["):
            return self._array(depth)
        if string := self._match(_STRING):
            return _ESCAPE.sub(_unescaped, string[1])
        if word := self._match(_WORD):
            return _WORDS[word[0]]
        if number := self._match(_NUMBER):
            return self._number(number)
        raise NotJson(self.at)

    def fail(self) -> NoReturn:
        raise NotJson(self.at)

    def _object(self, depth: int) -> Json:
        """Section 4: names are strings, and unique."""
        members: dict[str, Json] = {}
        while not self._take("}"):
            if members:
                self._need(",")
            name = self._match(_STRING) or self.fail()
            key = _ESCAPE.sub(_unescaped, name[1])
            self._need(":")
            if key in members:
                self.fail()
            members[key] = self.value(depth - 1)
        return members

    def _array(self, depth: int) -> Json:
        items: list[Json] = []
        while not self._take("]"):
            if items:
                self._need(",")
            items.append(self.value(depth - 1))
        return items

    def _number(self, number: re.Match[str]) -> Json:
        """Section 6: a number with a fraction or an exponent is not an index of anything."""
        if number["real"]:
            return float(number[0])
        if len(number[0].lstrip("-")) > DIGITS:
            self.fail()
        return int(number[0])

    def _need(self, token: str) -> None:
        if not self._take(token):
            self.fail()

    def _take(self, token: str) -> bool:
        taken = self._text.startswith(token, self.at)
        if taken:
            self.at += len(token)
            self._skip_space()
        return taken

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self.at)
        if match:
            self.at = match.end()
            self._skip_space()
        return match

    def _skip_space(self) -> None:
        space = _SPACE.match(self._text, self.at)
        self.at = space.end() if space else self.at


def _unescaped(escape: re.Match[str]) -> str:
    """Section 7: a pair of surrogates stands for one character, a lone one for itself."""
    if escape[1]:
        units = bytes.fromhex(escape[1].replace("\\u", ""))
        return units.decode("utf-16-be", "surrogatepass")
    return _ESCAPED.get(escape[2], escape[2])

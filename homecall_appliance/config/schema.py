"""What the model says about its keys: their names, their types in words, which are secret."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from annotated_types import Interval, MinLen

from homecall_appliance.config.model import Config
from homecall_appliance.config.problems import Location, shown


@dataclass(frozen=True)
class Key:
    """A key of a table, or one value of an array."""

    hint: Any
    """Its type, without `Annotated`."""

    limits: tuple[object, ...]
    """The metadata of `Annotated`."""

    secret: bool
    """Whether the value is never to be shown: in the model, a field with `repr=False`."""

    @property
    def table(self) -> type | None:
        """The dataclass, if the value is a table."""
        return self.hint if isinstance(self.hint, type) and is_dataclass(self.hint) else None

    @property
    def item(self) -> "Key | None":
        """The values of an array, if it is one."""
        if get_origin(self.hint) is not tuple:
            return None
        return _key(get_args(self.hint)[0], secret=self.secret)

    @property
    def value(self) -> "Key | None":
        """The values of a table whose keys are the owner's own, if it is one."""
        if get_origin(self.hint) is not dict:
            return None
        return _key(get_args(self.hint)[1], secret=self.secret)

    @property
    def is_text(self) -> bool:
        """Whether every value is a string."""
        choices = get_args(self.hint)
        literal = get_origin(self.hint) is Literal
        return self.hint is str or (literal and all(isinstance(each, str) for each in choices))

    @property
    def is_scalar(self) -> bool:
        """Whether it is neither a table nor an array."""
        return self.table is None and self.item is None and self.value is None

    @property
    def limit(self) -> str:
        """The range of a number in words; empty where there is none."""
        for limit in self.limits:
            if isinstance(limit, Interval) and limit.gt is not None:
                return f"above {limit.gt} and up to {limit.le}"
            if isinstance(limit, Interval):
                return f"from {limit.ge} to {limit.le}"
        return ""

    @property
    def words(self) -> str:
        """What the value must be: "an integer from 160 to 3840"."""
        if get_origin(self.hint) is Literal:
            return alternatives(get_args(self.hint))
        if self.table is not None or self.value is not None:
            return "a table" if self.table else "a table of strings"
        needed = any(isinstance(limit, MinLen) for limit in self.limits)
        if self.item is not None:
            items = "tables" if self.item.table else "strings"
            return f"an array of {items}" + (" with at least one of them" if needed else "")
        if self.hint is str:
            return "a string that is not empty" if needed else "a string"
        if self.hint is bool:
            return "true or false"
        return f"{'an integer' if self.hint is int else 'a number'} {self.limit}".rstrip()


def _key(hint: Any, *, secret: bool) -> Key:
    if get_origin(hint) is Annotated:
        hint, *limits = get_args(hint)
        return Key(hint, tuple(limits), secret)
    return Key(hint, (), secret)


@cache
def keys(table: type) -> Mapping[str, Key]:
    """The keys of a table, by name, in the order of the model."""
    hints = get_type_hints(table, include_extras=True)
    return {each.name: _key(hints[each.name], secret=not each.repr) for each in fields(table)}


ROOT = Key(Config, (), secret=False)
"""The whole configuration: a table of tables."""


def find(location: Location) -> Key:
    """The key at a location that exists in the model; KeyError elsewhere."""
    key = ROOT
    for step in location:
        inner = key.item if isinstance(step, int) else key.value or _inner(key).get(step)
        if inner is None:
            raise KeyError(location)
        key = inner
    return key


def _inner(key: Key) -> Mapping[str, Key]:
    return keys(key.table) if key.table else {}


def leaves(table: type, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Key]]:
    """Yield the keys of a table and of the tables in it that are no tables, with their paths."""
    for name, key in keys(table).items():
        if key.table:
            yield from leaves(key.table, (*path, name))
        else:
            yield (*path, name), key


def alternatives(values: Iterable[object]) -> str:
    """`"a", "b" or "c"`."""
    *others, last = map(shown, values)
    return f"{', '.join(others)} or {last}" if others else last

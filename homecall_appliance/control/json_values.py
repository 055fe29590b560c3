"""Frozen dataclasses as JSON values, and back. PURE.

A field's key is its name in camel case. What is read may come from another version of the
appliance: a key that is unknown is passed over, and a field whose key is missing, or null, has its
default. A value of another type than the field's is an error that names its place.
"""

import dataclasses
from collections.abc import Callable, Mapping
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

OMIT_NONE: Mapping[str, bool] = {"omit none": True}
"""Metadata of a field that is left out of the JSON values while it is None; others are null."""

T = TypeVar("T")


class WrongTypeError(ValueError):
    """A value is of another type than its field; `str()` says where, and what was expected."""

    def __init__(self, place: str, expected: str) -> None:
        super().__init__(f"{place or 'The whole'} is not {expected}.")


def to_values(value: Any) -> Any:
    """Return the JSON values of a dataclass: objects, lists, texts, numbers, truth
    values, null.

    A moment is a text as of ISO 8601.
    """
    if dataclasses.is_dataclass(value):
        named = [(field, getattr(value, field.name)) for field in dataclasses.fields(value)]
        return {
            _key(field.name): to_values(each)
            for field, each in named
            if each is not None or not field.metadata.get("omit none")
        }
    if isinstance(value, tuple):
        return [to_values(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value


def from_values(kind: type[T], values: object, place: str = "") -> T:
    """Return the dataclass of this kind that the JSON values are of; raises WrongTypeError.

    `place` is where the values lie in those that were read, such as "calls[0].sent".
    """
    if not isinstance(values, Mapping):
        raise WrongTypeError(place, "an object")
    hints = get_type_hints(kind)
    named: dict[str, Any] = {}
    for name in hints:
        key = _key(name)
        if values.get(key) is not None:
            named[name] = _read(hints[name], values[key], f"{place}.{key}".lstrip("."))
    return kind(**named)


def _read(kind: Any, value: Any, place: str) -> Any:
    if get_origin(kind) is UnionType:  # a value, or None
        (kind,) = (each for each in get_args(kind) if each is not NoneType)
    if get_origin(kind) is tuple:
        return _read_list(get_args(kind), value, place)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return from_values(kind, value, place)
    expected, types, convert = _SCALARS[kind]
    if type(value) not in types:  # True is an int as well
        raise WrongTypeError(place, expected)
    try:
        return convert(value)
    except ValueError as error:
        raise WrongTypeError(place, expected) from error


def _read_list(kinds: tuple[Any, ...], value: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise WrongTypeError(place, "a list")
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    if len(kinds) != len(value):
        raise WrongTypeError(place, f"a list of {len(kinds)} values")
    return tuple(
        _read(kind, each, f"{place}[{index}]")
        for index, (kind, each) in enumerate(zip(kinds, value, strict=True))
    )


_SCALARS: Mapping[type, tuple[str, tuple[type, ...], Callable[[Any], Any]]] = {
    str: ("a text", (str,), str),
    bool: ("true or false", (bool,), bool),
    int: ("a whole number", (int,), int),
    float: ("a number", (int, float), float),
    datetime: ("a moment (ISO 8601)", (str,), datetime.fromisoformat),
}
"""What each type is called, the types of JSON values that it is read from, and how."""


def _key(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(each.capitalize() for each in others)

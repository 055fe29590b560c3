"""Loads the configuration: a TOML file, with the environment above it, checked as a whole."""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from homecall_appliance.config import environment, rules
from homecall_appliance.config.model import Config
from homecall_appliance.config.problems import (
    ConfigError,
    Location,
    Problem,
    kind_of,
    path_of,
    shown,
)
from homecall_appliance.config.schema import ROOT, Key, find, keys

__all__ = ["ConfigError", "Problem", "load"]

_CONFIG = TypeAdapter(Config)


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """The configuration in the file at `path` (none: nothing but defaults), with the overrides
    HOMECALL_<TABLE>__<KEY> of `environ`.

    Raises ConfigError with every problem of the file and of the environment at once. A value in
    the file must be good even where the environment overrides it.
    """
    written, problems = _read(path) if path else ({}, [])
    readable = not problems
    variables = environment.read(environ)
    overriding: dict[str, Any] = variables.tables
    problems += _checked(written, {})
    problems += variables.problems
    problems += _checked(overriding, variables.names)

    config = _CONFIG.validate_python(_merged(written, overriding, ROOT))
    if readable:
        failed = [problem.path for problem in problems]
        problems += [
            Problem(each.keys[0], each.sentence)
            for each in rules.contradictions(config)
            if not any(_related(key, other) for key in each.keys for other in failed)
        ]
    if problems:
        raise ConfigError(problems, config)
    return config


def _merged(written: dict[str, Any], overriding: dict[str, Any], table: Key) -> dict[str, Any]:
    """What the environment has in the place of what the file has, key by key."""
    inner = keys(table.hint)
    return {
        name: _merged(written.get(name, {}), overriding.get(name, {}), inner[name])
        if inner[name].table
        else overriding.get(name, written.get(name))
        for name in written | overriding
    }


def _read(path: Path) -> tuple[dict[str, Any], list[Problem]]:
    """The tables of the file; or none, and why."""
    place, line = str(path), 0
    try:
        # Editors on Windows begin UTF-8 files with a byte order mark.
        return tomllib.loads(path.read_bytes().decode("utf-8-sig")), []
    except FileNotFoundError:
        sentence = "there is no such file; name another one with --config."
    except PermissionError:
        sentence = "is not for you to read: it may hold passwords. Try it with sudo."
    except OSError as error:
        sentence = f"cannot be read: {error.strerror or error}."
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        sentence = f"line {line} is not UTF-8 text; save the file as UTF-8."
    except tomllib.TOMLDecodeError as error:
        sentence = f"is not valid TOML: {error}."
    except (ValueError, RecursionError):
        sentence = "is not valid TOML: a number is too long, or arrays are nested too deeply."
    return {}, [Problem(place, sentence)]


def _checked(tables: dict[str, Any], names: Mapping[str, str]) -> list[Problem]:
    """What is wrong with the values in `tables`, which is taken out of it, so that the rest can
    be judged. `names` has the environment variables that the values come from."""
    try:
        _CONFIG.validate_python(tables)
    except ValidationError as error:
        found = {each["loc"]: each for each in error.errors(include_url=False)}
    else:
        return []
    # Where an item of an array is wrong, pydantic also misses it in the array.
    parents = {location[:end] for location in found for end in range(1, len(location))}
    wrong = {location: each for location, each in found.items() if location not in parents}
    for location in wrong:
        _take_out(tables, location)
    return [Problem(path_of(each), _sentence(wrong[each], names)) for each in wrong]


def _take_out(tables: dict[str, Any], location: Location) -> None:
    """Remove the innermost key on the way to `location`."""
    node: Any = tables
    owner, name = tables, location[0]
    for step in location:
        if isinstance(node, dict):
            if step not in node:
                return
            owner, name = node, step
        node = node[step]
    del owner[str(name)]


def _sentence(error: ErrorDetails, names: Mapping[str, str]) -> str:
    location = error["loc"]
    if error["type"] == "unexpected_keyword_argument":
        return _unknown(location)
    prefixes = (path_of(location[:end]) for end in range(1, len(location) + 1))
    variable = next((names[each] for each in prefixes if each in names), None)
    source = f" ({variable})" if variable else ""
    if error["type"] == "value_error":
        return f"{error['ctx']['error']}".removesuffix(".") + f"{source}."
    key, value = find(location), error["input"]
    given = kind_of(value) if key.secret or not key.is_scalar else shown(value)
    return f"must be {key.words}, not {given}{source}."


def _unknown(location: Location) -> str:
    *parents, name = location
    parent = find(tuple(parents))
    known = list(keys(parent.hint))
    if near := get_close_matches(str(name), known, n=1):
        return f"unknown key; did you mean {path_of((*parents, near[0]))}?"
    elsewhere = [table for table, key in keys(ROOT.hint).items() if name in keys(key.hint)]
    if elsewhere:
        return f"unknown key; did you mean {path_of((elsewhere[0], name))}?"
    return f"unknown key; there is {', '.join(known[:-1])} and {known[-1]}."


def _related(one: str, other: str) -> bool:
    """Whether the paths are one, or one leads to the other."""
    outer, inner = sorted((one, other), key=len)
    return inner == outer or inner.startswith((f"{outer}.", f"{outer}["))

"""Configuration from environment variables: HOMECALL_CAMERA__BACKEND=test-pattern."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from homecall_appliance.config.problems import Problem
from homecall_appliance.config.schema import ROOT, Key, leaves

_PREFIX = "HOMECALL_"


@dataclass(frozen=True)
class Variables:
    """What the environment says."""

    tables: dict[str, Any] = field(default_factory=dict)
    """As a TOML file would say it; the values are not checked yet."""

    names: dict[str, str] = field(default_factory=dict)
    """The variable of each key's path: {"camera.width": "HOMECALL_CAMERA__WIDTH"}."""

    problems: list[Problem] = field(default_factory=list)
    """Variables that are no keys."""


def variable(*path: str) -> str:
    """The environment variable that overrides a key."""
    return _PREFIX + "__".join(path).upper()


def read(environ: Mapping[str, str]) -> Variables:
    """The overrides in `environ`, sorted by name. HOMECALL_* without `__` belongs to others,
    such as HOMECALL_CONFIG, unless it is a key with one underscore lost."""
    known = {variable(*path): (path, key) for path, key in leaves(ROOT.hint)}
    misspelt = {each.replace("__", "_") for each in known}
    found = Variables()
    for each in sorted(environ):
        if each in known:
            (*parents, name), key = known[each]
            table = found.tables
            for parent in parents:
                table = table.setdefault(parent, {})
            table[name] = _value(key, environ[each])
            found.names[".".join((*parents, name))] = each
        elif each in misspelt or (each.startswith(_PREFIX) and "__" in each):
            found.problems.append(Problem(each, _unknown(each, known)))
    return found


def _value(key: Key, text: str) -> object:
    """Strings as they are, anything else as TOML; what is no TOML stays a string, and is refused
    for its type later."""
    if key.is_text:
        return text
    try:
        document = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return document["value"] if document.keys() == {"value"} else text


def _unknown(name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name.upper(), known, n=1, cutoff=0.8)
    advice = f"did you mean {near[0]}?" if near else "see the keys in homecall.toml, or unset it."
    return f"no key of the configuration has this variable; {advice}"

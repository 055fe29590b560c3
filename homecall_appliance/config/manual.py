"""The configuration as text: the shipped file, which is its manual, and the effective values.

`python -m homecall_appliance.config.manual >config/homecall.toml` writes the shipped file.
"""

import ast
import inspect
import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from itertools import pairwise
from typing import Any

import tomli_w

from homecall_appliance.config import model
from homecall_appliance.config.schema import Key, keys

_WIDTH = 79

_HEADER = """\
HomeCall Appliance: the configuration.

Every key stands here with its default, commented out. To change one, copy it with the line of \
its table, such as [camera], to /etc/homecall-appliance/homecall.toml, without the "#" that stands \
directly before it. Durations are seconds and sizes are bytes, unless a key says otherwise.

"homecall-appliance check-config" says what is wrong, "homecall-appliance show-config --changed" \
what differs from the defaults. A change is in force after \
"systemctl restart homecall-appliance".

docs/reach.md, or /usr/share/doc/homecall-appliance/reach.md, leads step by step to calls without \
a warning, and to those from outside the home.

Each key can also be set by an environment variable, which wins over the file: \
HOMECALL_CAMERA__BACKEND=test-pattern."""

_HIDDEN = "********"
_HIDDEN_NOTE = f'# Secrets are shown as "{_HIDDEN}": put them back before you use this file.\n\n'


def manual() -> str:
    """The text of config/homecall.toml: every key, its documentation and its default.

    Every key is commented out, so that the file loads to the defaults, and an owner's file keeps
    to the defaults of a later version where the owner changed nothing.
    """
    return "\n".join(_manual())


def dump(config: model.Config, changed_only: bool = False) -> str:
    """The configuration as TOML that loads again; with `changed_only`, only what is no default.

    Secrets are written as asterisks: the text is for people, who may send it to others.
    """
    tables = _plain_table(config)
    if changed_only:
        tables = _changed(tables, _plain_table(model.Config()), model.Config)
    text = tomli_w.dumps({name: table for name, table in tables.items() if table})
    return _HIDDEN_NOTE + text if _HIDDEN in text else text


def _changed(table: dict[str, Any], default: dict[str, Any], hint: type) -> dict[str, Any]:
    """What of a table is no default, with the tables in it that have something."""
    found: dict[str, Any] = {}
    for name, key in keys(hint).items():
        value, usual = table[name], default[name]
        if key.table:
            value, usual = _changed(value, usual, key.table), {}
        if value != usual:
            found[name] = value
    return found


def _plain_table(table: Any) -> dict[str, Any]:
    return {
        each.name: _plain(getattr(table, each.name), hidden=not each.repr) for each in fields(table)
    }


def _plain(value: Any, *, hidden: bool = False) -> Any:
    """The value as TOML has it, with whole seconds as integers, as people write them."""
    if isinstance(value, dict):
        return {key: _plain(each, hidden=hidden) for key, each in value.items()}
    if hidden and value:
        return _HIDDEN
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, str | bool | int | float) else _plain_table(value)


def _manual() -> Iterator[str]:
    yield from _comment(_HEADER)
    for name, table in keys(model.Config).items():
        yield ""
        yield ""
        yield from _comment(inspect.cleandoc(table.hint.__doc__ or ""))
        yield f"[{name}]"
        yield from _table(name, table.hint)
    yield ""


def _table(path: str, table: type) -> Iterator[str]:
    texts = documentation(table)
    for name, key in keys(table).items():
        yield ""
        if key.table:  # the last one: what follows its line belongs to it
            yield ""
        yield from _comment(texts[name])
        if key.table:
            yield f"[{path}.{name}]"
            yield from _table(f"{path}.{name}", key.table)
        elif key.item and key.item.table:
            yield f"#[[{path}.{name}]]"
            yield from _table(f"{path}.{name}", key.item.table)
        else:
            yield "#" + default(table, name)


def default(table: type, name: str) -> str:
    """The line of TOML that sets a key to its default."""
    key = next(each for each in fields(table) if each.name == name)
    value = key.default if key.default_factory is MISSING else key.default_factory()
    if value == {}:
        return f"{name} = {{}}"
    if isinstance(value, tuple):
        return f"{name} = {json.dumps(value)}"  # tomli_w takes a line for each value
    return tomli_w.dumps({name: _plain(value)}).rstrip("\n")


def _comment(text: str) -> Iterator[str]:
    for index, paragraph in enumerate(text.split("\n\n")):
        if index:
            yield "#"
        yield from textwrap.wrap(
            " ".join(paragraph.split()),
            _WIDTH,
            initial_indent="# ",
            subsequent_indent="# ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def documentation(table: type) -> Mapping[str, str]:
    """What each key of a table is for, with its range: the docstrings under the fields of the
    dataclass, of which Python itself keeps none.
    """
    (definition,) = ast.parse(inspect.getsource(table)).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    return {
        field.target.id: inspect.cleandoc(doc.value.value) + _range(keys(table)[field.target.id])
        for field, doc in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(doc, ast.Expr)
        and isinstance(doc.value, ast.Constant)
        and isinstance(doc.value.value, str)
    }


def _range(key: Key) -> str:
    return f" {key.limit.capitalize()}." if key.limit else ""


if __name__ == "__main__":
    sys.stdout.write(manual())

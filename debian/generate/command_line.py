"""What the parser of the command line says: its commands and their options."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from homecall_appliance.cli import parser


@dataclass(frozen=True)
class Option:
    """One option."""

    names: tuple[str, ...]
    """Such as ("-h", "--help")."""

    value: str
    """What stands for its value, such as "FILE"; empty: it has none."""

    text: str
    """What it does."""


@dataclass(frozen=True)
class Command:
    """The program itself, or one of its commands."""

    name: str
    text: str
    options: tuple[Option, ...]


def program() -> Command:
    """The program, with the options that may stand before a command."""
    root = parser()
    return Command(root.prog, root.description or "", tuple(_options(root)))


def commands() -> tuple[Command, ...]:
    """The commands, in the order of `--help`."""
    known = {each.names: each.text for each in program().options}
    return tuple(
        Command(name, each.description or "", tuple(_options(each, known)))
        for name, each in _choices(parser()).items()
    )


def _choices(root: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (choices,) = (
        action.choices for action in root._actions if isinstance(action, argparse._SubParsersAction)
    )
    return dict(choices)


def _options(
    of: argparse.ArgumentParser, known: dict[tuple[str, ...], str] | None = None
) -> Iterator[Option]:
    """The options `of` a parser; one without a text has that of the program's own option."""
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            continue
        names = tuple(action.option_strings)
        if not names or action.choices or action.nargs not in (None, 0):
            raise NotImplementedError(f"Nobody has needed an argument like this yet: {action}")
        value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
        yield Option(names, value, action.help or (known or {})[names])

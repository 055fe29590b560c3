"""A manual page in the macros of man(7)."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

_WORD_OF_A_PROGRAM = re.compile(r"`([^`]+)`")
"""As in docstrings: `show-config`."""

DOCUMENTS = "/usr/share/doc/homecall-appliance"
"""Where the package has its guides."""


def escaped(text: str) -> str:
    """The text as it is to be printed: nothing in it is a request or an escape of troff."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha")
    return re.sub(r"^\.", r"\\&.", text, flags=re.MULTILINE)


def bold(text: str) -> str:
    """A word that is typed as it stands."""
    return f"\\fB{escaped(text)}\\fP"


def italic(text: str) -> str:
    """A word that stands for another."""
    return f"\\fI{escaped(text)}\\fP"


def prose(text: str) -> str:
    """Paragraphs of a docstring."""
    paragraphs = (" ".join(each.split()) for each in text.split("\n\n"))
    return "\n.PP\n".join(
        _WORD_OF_A_PROGRAM.sub(r"\\fB\1\\fP", escaped(each)) for each in paragraphs
    )


def title(name: str, section: int, version: str, epoch: int) -> str:
    """The first line; `epoch` is the date, in seconds since 1970."""
    day = datetime.fromtimestamp(epoch, UTC).date()
    return f'.TH {escaped(name.upper())} {section} {day} "{escaped(version)}"'


def section(name: str, *lines: str) -> str:
    """A section with its heading."""
    return "\n".join((f".SH {name}", *lines))


def guides(*names: str) -> str:
    """A paragraph that names guides of the package, a line each."""
    return ".PP\n" + "\n.br\n".join(escaped(f"{DOCUMENTS}/{name}") for name in names)


def subsection(name: str, *lines: str) -> str:
    """A part of a section with its heading."""
    return "\n".join((f".SS {name}", *lines))


def entries(items: Iterable[tuple[str, str]]) -> str:
    """Terms (marked up already) and what they mean (likewise)."""
    return "\n".join(f".TP\n{term}\n{meaning}" for term, meaning in items)

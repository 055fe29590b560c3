"""homecall.toml(5), to standard output: the configuration, from its model."""

import inspect
import os
import sys

from troff import bold, entries, escaped, guides, prose, section, subsection, title

from homecall_appliance import __version__
from homecall_appliance.cli import DEFAULT_CONFIG
from homecall_appliance.config.manual import default, documentation
from homecall_appliance.config.model import Config
from homecall_appliance.config.schema import keys

_DESCRIPTION = f"""\
The appliance reads its settings from `{DEFAULT_CONFIG}`, a file in TOML. Every key has a default, \
which is shown here: an empty file is a working appliance. A key that does not exist and a value \
that cannot be are errors; `homecall-appliance check-config` reports all of them at once.

A change is in force after `systemctl restart homecall-appliance`. What differs from the defaults \
is shown by `homecall-appliance show-config --changed`.

Each key can also be set by an environment variable, which wins over the file: \
`HOMECALL_CAMERA__BACKEND=test-pattern`.

Durations are seconds and sizes are bytes, unless a key says otherwise."""


def page(epoch: int) -> str:
    """The manual page; `epoch` is its date, in seconds since 1970."""
    return "\n".join(
        (
            title("homecall.toml", 5, f"homecall-appliance {__version__}", epoch),
            section("NAME", "homecall.toml \\- configuration of the HomeCall Appliance"),
            section("SYNOPSIS", escaped(str(DEFAULT_CONFIG))),
            section("DESCRIPTION", prose(_DESCRIPTION)),
            section("TABLES", *(_table(name, key.hint) for name, key in keys(Config).items())),
            section(
                "SEE ALSO",
                ".BR homecall\\-appliance (8)",
                guides("reach.md", "certificates.md", "door.md", "events.md"),
            ),
            "",
        )
    )


def _table(path: str, table: type) -> str:
    """One table with its keys, and after them the tables in it."""
    texts = documentation(table)
    lists = {name: key.item.table for name, key in keys(table).items() if key.item}
    inner = {name: key.table for name, key in keys(table).items() if key.table}
    return "\n".join(
        (
            subsection(f"[{escaped(path)}]", prose(inspect.cleandoc(table.__doc__ or ""))),
            entries(
                (bold(name if lists.get(name) else default(table, name)), prose(texts[name]))
                for name in keys(table)
                if name not in inner
            ),
            *(_table(f"[{path}.{name}]", each) for name, each in lists.items() if each),
            *(_table(f"{path}.{name}", each) for name, each in inner.items()),
        )
    )


if __name__ == "__main__":
    sys.stdout.write(page(int(os.environ["SOURCE_DATE_EPOCH"])))

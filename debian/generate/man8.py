"""homecall-appliance(8), to standard output: the commands, from their parser."""

import os
import sys
from collections.abc import Iterator

from command_line import Command, Option, commands, program
from troff import (
    DOCUMENTS,
    bold,
    entries,
    escaped,
    guides,
    italic,
    prose,
    section,
    subsection,
    title,
)

from homecall_appliance import __version__, cli

_EXIT_CODES = (
    (cli.OK, "Done; for `run`: ended by SIGTERM, SIGINT or SIGHUP."),
    (
        cli.FAILED,
        "It did not work, and the reason is on standard error. Of `doctor`, `reach` and "
        "`audio-test`: something is to be done, and their output says what.",
    ),
    (cli.BAD_CONFIG, "The configuration has errors, or the command line has."),
    (cli.NOT_RUNNING, "The appliance is not running, or does not answer."),
)
_ENVIRONMENT = (
    ("HOMECALL_CONFIG", "The configuration, where there is no `--config`."),
    (
        "HOMECALL_TABLE__KEY",
        "A key of the configuration, as in `HOMECALL_CAMERA__ROTATION=180`; wins over the file.",
    ),
)
_FILES = (
    (str(cli.DEFAULT_CONFIG), "The configuration."),
    (
        "/etc/homecall-appliance/lego.env",
        "With it `homecall-appliance-lego.service` gets a certificate: see certificates.md.",
    ),
    (
        "/var/lib/homecall-appliance",
        "The appliance's keys, and nothing else. A phone that trusts it keeps to them.",
    ),
    ("/run/homecall-appliance/control.sock", "Where the running appliance answers."),
    (
        f"{DOCUMENTS}/reach.md",
        "The guide to calls at home, by a name of its own, and from outside.",
    ),
    (f"{DOCUMENTS}/certificates.md", "The guide to a certificate that every phone trusts."),
    (f"{DOCUMENTS}/door.md", "The guide to what opens the door, and how to wire it."),
    (f"{DOCUMENTS}/events.md", "The guide to telling programs what happens at the door."),
    (f"{DOCUMENTS}/logs.md", "The guide to following a call in the logs, here and elsewhere."),
)


def page(epoch: int) -> str:
    """The manual page; `epoch` is its date, in seconds since 1970."""
    name = program().name
    return "\n".join(
        (
            title(name, 8, f"{name} {__version__}", epoch),
            section("NAME", f"{name} \\- plug\\-in home intercom"),
            section("SYNOPSIS", *_synopsis()),
            section("DESCRIPTION", prose(_DESCRIPTION)),
            section("OPTIONS", _options(program().options)),
            section("COMMANDS", *map(_command, commands())),
            section("EXIT STATUS", _table((str(code), text) for code, text in _EXIT_CODES)),
            section("ENVIRONMENT", _table(_ENVIRONMENT)),
            section("FILES", _table(_FILES)),
            section(
                "SEE ALSO",
                ".BR homecall.toml (5),\n.BR systemctl (1),\n.BR journalctl (1)",
                guides(
                    *("README.md", "reach.md", "certificates.md", "door.md", "events.md"),
                    *("logs.md", "SECURITY.md"),
                ),
            ),
            "",
        )
    )


_DESCRIPTION = """\
A machine with a camera, a microphone, a loudspeaker and a small screen shows a QR code. A phone \
scans it, a page opens, and both are in a call. A link serves one call; the screen shows the next.

The service `homecall-appliance` starts at boot and runs the appliance. The course of each call is \
in its journal: `journalctl -u homecall-appliance`. The other commands ask the running appliance, \
or look at the machine; where that needs more rights than you have, use sudo."""


def _synopsis() -> Iterator[str]:
    name = program().name
    yield f"{bold(name)} {_usage(program().options)}"
    for command in commands():
        yield f".br\n{bold(name)} {bold(command.name)} {_usage(command.options)}"


def _usage(options: tuple[Option, ...]) -> str:
    return " ".join(
        f"[{bold(option.names[-1])}{' ' + italic(option.value) if option.value else ''}]"
        for option in options
        if "--help" not in option.names
    )


def _command(command: Command) -> str:
    return subsection(
        escaped(command.name),
        prose(command.text),
        _options(option for option in command.options if "--help" not in option.names),
    )


def _options(options: Iterator[Option] | tuple[Option, ...]) -> str:
    return entries((_names(option), _sentence(option.text)) for option in options)


def _names(option: Option) -> str:
    names = ", ".join(map(bold, option.names))
    return f"{names} {italic(option.value)}" if option.value else names


def _sentence(text: str) -> str:
    return prose(text[0].upper() + text[1:].removesuffix(".") + ".")


def _table(items: Iterator[tuple[str, str]] | tuple[tuple[str, str], ...]) -> str:
    return entries((bold(term), prose(text)) for term, text in items)


if __name__ == "__main__":
    sys.stdout.write(page(int(os.environ["SOURCE_DATE_EPOCH"])))

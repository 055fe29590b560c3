"""The manual pages and the shells' completion are what the program itself says."""

import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache

import pytest

from homecall_appliance import __version__
from homecall_appliance.config.manual import default, documentation, manual
from homecall_appliance.config.model import Config
from homecall_appliance.config.schema import keys
from tests.support.rigs.packages import DEBIAN, REPOSITORY, print_run


@cache
def generated(*command: str) -> str:
    program, *arguments = command
    return print_run(
        sys.executable,
        str(DEBIAN / "generate" / program),
        *arguments,
        environment={"SOURCE_DATE_EPOCH": "1700000000", "PYTHONPATH": str(REPOSITORY)},
    )


def plain(page: str) -> str:
    """A manual page without its mark-up."""
    page = page.replace("\\e", "\\").replace("\\-", "-").replace("\\(aq", "'").replace("\\(ha", "^")
    return re.sub(r"\\f[BIP]|\\&", "", page)


@cache
def helped(*command: str) -> str:
    """What --help says."""
    done = subprocess.run(
        [sys.executable, "-m", "homecall_appliance", *command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "500", "NO_COLOR": "1"},
    )
    return done.stdout


def named_commands() -> dict[str, str]:
    """The commands and what they do, as --help prints them."""
    _, found, listing = helped().partition("\npositional arguments:\n")
    assert found
    return dict(re.findall(r"^    ([a-z-]+)\s+(\S.*)$", listing, re.MULTILINE))


def named_options(*command: str) -> set[str]:
    """The options of a command, as --help prints them."""
    _, found, listing = helped(*command).partition("\noptions:\n")
    assert found
    starts = re.findall(r"^  (-\S.*?)(?:   *|$)", listing, re.MULTILINE)
    return {each.split()[0] for start in starts for each in start.split(", ")}


def test_the_manual_has_every_command_and_option() -> None:
    page = plain(generated("man8.py"))
    assert page.startswith(
        f'.TH HOMECALL-APPLIANCE 8 2023-11-14 "homecall-appliance {__version__}"'
    )
    parts = {part.split("\n")[0]: part for part in page.split("\n.SS ")[1:]}
    assert parts.keys() == named_commands().keys()
    for name, text in named_commands().items():
        assert text in parts[name]
        for option in named_options(name) - {"-h", "--help"}:
            assert re.search(rf"^{option}( |,|$)", parts[name], re.MULTILINE), (name, option)


def test_the_manual_has_every_key() -> None:
    page = plain(generated("man5.py"))
    parts = {part.split("\n")[0]: part for part in page.split("\n.SS ")[1:]}
    tables = {f"[{name}]": key.hint for name, key in keys(Config).items()}
    relays = keys(tables["[ice]"])["turn"].item
    assert relays
    tables["[[ice.turn]]"] = relays.table
    tables["[tls.acme]"] = keys(tables["[tls]"])["acme"].hint
    assert parts.keys() == tables.keys()
    for name, table in tables.items():
        lines = parts[name].split("\n")
        for key, text in documentation(table).items():
            if (name, key) == ("[tls]", "acme"):
                continue  # a table of its own
            term = "turn" if (name, key) == ("[ice]", "turn") else default(table, key)
            assert term in lines
            described = " ".join(text.replace("`", "").split())
            assert described == lines[lines.index(term) + 1].removeprefix("\\&")


def told_documents() -> set[str]:
    """The files in /usr/share/doc that the manual pages, the units and the settings name."""
    texts = [plain(generated("man8.py")), plain(generated("man5.py")), manual()]
    texts += [each.read_text() for each in (REPOSITORY / "systemd").iterdir()]
    return {name for each in texts for name in re.findall(r"/usr/share/doc/[\w./-]+\w", each)}


def test_the_guides_that_are_told_are_in_the_package() -> None:
    shipped = (DEBIAN / "homecall-appliance.docs").read_text().split()
    assert all((REPOSITORY / each).is_file() for each in shipped)
    folder = "/usr/share/doc/homecall-appliance"
    told = told_documents()
    assert {f"{folder}/{each}.md" for each in ("reach", "certificates", "events")} <= told
    assert told <= {f"{folder}/{each.rpartition('/')[2]}" for each in shipped}
    for page in ("man8.py", "man5.py"):
        _, _, see_also = plain(generated(page)).partition(".SH SEE ALSO")
        assert f"{folder}/reach.md" in see_also


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (("",), lambda: {*named_commands(), *named_options()}),
        (("--debug", "show"), lambda: {"show-config"}),
        (("link", ""), lambda: named_options("link")),
        (("show-config", "--ch"), lambda: {"--changed"}),
        (("--debug", "run", "--c"), lambda: {"--config"}),
        (("run", "--config", "pyproj"), lambda: {"pyproject.toml"}),
    ],
)
def test_bash_completes(typed: tuple[str, ...], offered: Callable[[], set[str]]) -> None:
    words = ["homecall-appliance", *typed]
    program = f"""
{generated("completion.py", "bash")}
compopt() {{ :; }}  # it works only while bash completes
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_homecall_appliance "$1" "${{@: -1}}" "${{@: -2:1}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    answer = print_run("bash", "--norc", "-c", f"cd {REPOSITORY}\n{program}", "bash", *words)
    assert set(answer.split()) == offered()


@pytest.mark.parametrize("name", named_commands())
def test_every_command_is_completed(name: str) -> None:
    zsh = generated("completion.py", "zsh")
    assert f"\n    '{name}:" in zsh
    (arguments,) = re.findall(rf"^ +{name}\) _arguments (.*) ;;$", zsh, re.MULTILINE)
    assert set(re.findall(r"'(-[a-z-]+)\[", arguments)) == named_options(name)
    bash = generated("completion.py", "bash")
    (words,) = re.findall(rf'^ +{name}\) words="(.*)" ;;$', bash, re.MULTILINE)
    assert set(words.split()) == named_options(name)

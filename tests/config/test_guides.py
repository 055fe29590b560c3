"""The guides of docs/ that an owner follows step by step: how many steps there are, and that the
commands, keys and examples in them are the product's."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from homecall_appliance.calls.negotiation import CallState
from homecall_appliance.cli import parser
from homecall_appliance.config.loader import load
from homecall_appliance.config.model import Config
from homecall_appliance.service.log_lines import FIELDS
from homecall_appliance.signaling.session import Outcome

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = ("reach.md", "certificates.md", "door.md", "events.md", "logs.md")

MOST = 5
"""Steps of a way (issue 19, item 11)."""

STEPS = {
    "1. Only at home": 2,
    "2. At home, and no stranger sees a warning: a free name and a token": 5,
    "3. From everywhere": 5,
    "From lego": 5,
    "From certbot": 4,
    "From Tailscale": 4,
    "On the machine that collects": 3,
    "On the appliance": 3,
    "A program": 2,
    "Home Assistant, by MQTT": 3,
}


def text(guide: str) -> str:
    return (DOCS / guide).read_text()


def ways() -> Iterator[tuple[str, list[int]]]:
    """Each chapter that has steps, and their numbers."""
    for guide in GUIDES:
        prose = re.sub(r"^ *```.*?^ *```$", "", text(guide), flags=re.DOTALL | re.MULTILINE)
        for chapter in re.split(r"^##+ ", prose, flags=re.MULTILINE)[1:]:
            title, _, rest = chapter.partition("\n")
            if numbers := [int(each) for each in re.findall(r"^(\d+)\. ", rest, re.MULTILINE)]:
                yield title, numbers


def test_an_owners_steps_are_counted() -> None:
    found = dict(ways())
    assert {title: len(numbers) for title, numbers in found.items()} == STEPS
    assert max(STEPS.values()) <= MOST
    for title, numbers in found.items():
        assert numbers == list(range(1, len(numbers) + 1)), title


def keys(table: type = Config, before: str = "") -> Iterator[str]:
    """The dotted path of every table and key."""
    hints = get_type_hints(table)
    for each in fields(table):
        path = f"{before}{each.name}"
        yield path
        for kind in (hints[each.name], *get_args(hints[each.name])):
            if isinstance(kind, type) and is_dataclass(kind):
                yield from keys(kind, f"{path}.")


@pytest.mark.parametrize("guide", GUIDES)
def test_the_keys_are_those_of_the_configuration(guide: str) -> None:
    known = set(keys())
    tables = {each for each in known if "." not in each}
    named = re.findall(r"`\[*([a-z]+(?:\.[a-z_]+)+)\b(?!\.)", text(guide))
    # "door" is a table, and the name of many a door.
    named = [each for each in named if not each.endswith(".example.org")]
    assert [each for each in named if each.partition(".")[0] in tables]
    assert {each for each in named if each.partition(".")[0] in tables} <= known


@pytest.mark.parametrize("guide", GUIDES)
def test_the_examples_are_taken(guide: str, tmp_path: Path) -> None:
    examples = re.findall(r"^( *)```toml\n(.*?)^ *```$", text(guide), re.DOTALL | re.MULTILINE)
    assert examples
    for indent, example in examples:
        file = tmp_path / "homecall.toml"
        file.write_text(re.sub(f"^{indent}", "", example, flags=re.MULTILINE))
        assert load(file, {}) != Config()
        assert tomllib.loads(file.read_text())


@pytest.mark.parametrize("guide", GUIDES)
def test_the_commands_are_there(guide: str) -> None:
    said = text(guide)
    named = set(re.findall(r"`(?:sudo )?homecall-appliance ([a-z-]+)", said))
    assert named
    for each in named:
        assert parser().parse_args([each]), each


def test_the_fields_of_the_log_are_told_and_sent() -> None:
    said = text("logs.md")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*) \|$", said, re.MULTILINE))
    assert tuple(rows) == FIELDS
    for each in CallState:
        assert f"`{each}`" in rows["CALL_STATE"]
    for outcome in Outcome:
        assert f"`{outcome}`" in rows["SIGNAL_OUTCOME"]
    sent = re.findall(r'outname="([A-Z_]+)" name="\$!([A-Z_]+)"', said)
    assert sent == [(each, each) for each in FIELDS]

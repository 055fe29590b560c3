"""Every sentence of docs/protocol.md is held by a test of this folder that quotes it."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROTOCOL = HERE.parents[1] / "docs" / "protocol.md"

SECTIONS = range(1, 11)

EXPLAINED = {
    3: ["| type | from → to | fields | meaning |"],  # the head of a table
    6: ["| code | message (ru) | message (en) | when |"],  # the head of a table
}
"""Sentences that demand nothing, and why."""


def protocol() -> str:
    return PROTOCOL.read_text()


def sentences(section: int) -> list[str]:
    """Split a section into sentences, parts at semicolons, and rows of tables."""
    body = re.split(r"^## \d+\. .*$", protocol(), flags=re.MULTILINE)[section]
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:- |\d+\. |\|))", body)
    plain = [re.sub(r"^(- |\d+\. )", "", " ".join(block.split())) for block in blocks]
    return [
        sentence
        for block in plain
        if not re.fullmatch(r"[|\s-]*", block)
        for sentence in re.split(r"(?<=[.;])\s+", block)
    ]


def quotations() -> dict[int, set[str]]:
    """Return what the tests quote of each section: the arguments of their protocol marks."""
    quoted: dict[int, set[str]] = defaultdict(set)
    for path in HERE.glob("test_section_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.protocol":
                section, *fragments = (ast.literal_eval(argument) for argument in node.args)
                assert path.stem.startswith(f"test_section_{section}"), ast.unparse(node)
                quoted[section].update(fragments)
    return quoted


def test_the_protocol_has_the_sections_that_are_tested() -> None:
    heads = re.findall(r"^## (\d+)\. ", protocol(), flags=re.MULTILINE)
    assert [int(head) for head in heads] == list(SECTIONS)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_sentence_is_tested(section: int) -> None:
    known = [*quotations()[section], *EXPLAINED.get(section, [])]
    untested = [
        sentence
        for sentence in sentences(section)
        if not any(fragment in sentence for fragment in known)
    ]
    assert untested == []


@pytest.mark.parametrize("section", SECTIONS)
def test_every_quotation_stands_in_the_protocol(section: int) -> None:
    whole = sentences(section)
    quoted = [*quotations()[section], *EXPLAINED.get(section, [])]
    assert [each for each in quoted if not any(each in sentence for sentence in whole)] == []

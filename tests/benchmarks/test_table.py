"""The table of README.md has a row for each benchmark that can be run."""

import re
from pathlib import Path

HERE = Path(__file__).parent


def test_each_benchmark_has_its_row() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (HERE / "README.md").read_text("utf-8"), re.MULTILINE)
    programs = [
        each.stem
        for each in HERE.glob("*.py")
        if re.search(r"^if __name__ ==", each.read_text("utf-8"), re.MULTILINE)
    ]
    packages = [each.parent.name for each in HERE.glob("*/__main__.py")]
    assert sorted(rows) == sorted([*programs, *packages])

"""When a path is worse than before."""

import json
from pathlib import Path
from typing import Any

from tests.reach.compare import Measured, read, row, worse


def measured(**members: Any) -> Measured:
    return {
        "path": "lan",
        "expect": ["call"],
        "outcomes": {"call": 3},
        "first": 0.7,
        "losses": {},
        "told_after": None,
        **members,
    }


def test_what_is_as_before_is_not_worse() -> None:
    assert worse(measured(), measured(first=1.6)) == []
    assert row(measured(), measured()) == "| lan | 3 × call | 0.7 | – | – |  |"


def test_fewer_calls_are_worse_and_more_are_not() -> None:
    none = measured(outcomes={"nothing": 1}, first=None)
    assert worse(measured(), none) == ["fewer calls are right"]
    assert worse(none, measured(first=40.0)) == []


def test_a_second_longer_is_worse() -> None:
    assert worse(measured(), measured(first=1.8)) == ["a later picture"]
    lost = [measured(losses={"picture": 0.0, "sound": each}) for each in (3.0, 4.1)]
    assert worse(*lost) == ["a longer loss"]
    assert worse(measured(told_after=16.0), measured(told_after=18.0)) == ["told later"]


def test_both_stand_beside_each_other() -> None:
    after = measured(outcomes={"call": 2, "nothing": 1}, first=5.9, losses={"picture": 3.6})
    cells = row(measured(), after)
    assert "3 × call → 2 × call, 1 × nothing | 0.7 → 5.9 | – → 3.6 | – |" in cells
    assert cells.endswith("| fewer calls are right; a later picture |")


def test_of_a_path_the_last_measurement_counts(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    lines = [json.dumps(measured(first=each)) for each in (5.0, 0.7)]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    assert read(file)["lan"]["first"] == 0.7

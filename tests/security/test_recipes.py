"""What strangers can try is held: each recipe against the daemon of this working tree.

They run as a command does, each in a network namespace of its own, three at a time: most of a
recipe is waiting. Needs root and iproute2.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.security import recipes

AT_A_TIME = 3

FOR_EACH_CHANGE = {"D1", "A1", "M2", "S6"}
"""One of each kind; the others are as long."""

OF_EACH_ROW = [
    pytest.param(row, marks=() if row in FOR_EACH_CHANGE else pytest.mark.long)
    for row in recipes.ROWS
]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

Shown = Mapping[str, Any]


@pytest.fixture(scope="module")
def shown(request: pytest.FixtureRequest) -> Iterator[Mapping[str, "Future[Shown]"]]:
    """What each chosen recipe shows, in the order in which the tests ask for it."""
    tests = [each for each in request.session.items if isinstance(each, pytest.Function)]
    rows = [str(each.callspec.params["row"]) for each in tests if each.module is request.module]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        running = {row: pool.submit(_run, row) for row in rows}
        yield running
        for each in running.values():
            each.cancel()


@pytest.mark.parametrize("row", OF_EACH_ROW)
def test_a_strangers_bytes_end_at_most_his_own_call(
    shown: Mapping[str, "Future[Shown]"], row: str
) -> None:
    result = shown[row].result()
    assert result["verdict"] == "held", json.dumps(result, indent=2)


def _run(row: str) -> Shown:
    command = [sys.executable, "-m", recipes.__name__, row, "--json", "--python", sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout, done.stderr
    result: Shown = json.loads(done.stdout)
    return result

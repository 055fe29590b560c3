"""The line of these tests."""

from pathlib import Path

import pytest

from tests.door.line_world import Record


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """One that nobody has held."""
    return Record(tmp_path)

"""A test that hangs must fail, whichever part of it hangs: nobody is there to end it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CONFTEST = Path(__file__).with_name("conftest.py")

HANGING = """
import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio


@pytest_asyncio.fixture
async def never_closed() -> AsyncIterator[None]:
    yield
    await asyncio.sleep(30)


async def test_that_hangs() -> None:
    await asyncio.sleep(30)


async def test_whose_fixture_hangs(never_closed: None) -> None:
    pass
"""


def test_a_hanging_coroutine_fails_at_its_timeout(tmp_path: Path) -> None:
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_hanging.py").write_text(HANGING, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\ntimeout = 1\n", "utf-8")
    pytest = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(tmp_path)]
    run = subprocess.run(pytest, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 failed, 1 passed, 1 error" in run.stdout, run.stdout + run.stderr
    assert "Timeout (>1.0s) from pytest-timeout" in run.stdout

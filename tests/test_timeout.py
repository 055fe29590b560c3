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


async def test_that_leaves_a_socket_open() -> None:
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("127.0.0.1", 0))
"""

SETTINGS = """[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
filterwarnings = error
timeout = 1
"""


def test_what_hangs_fails(tmp_path: Path) -> None:
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_hanging.py").write_text(HANGING, "utf-8")
    (tmp_path / "pytest.ini").write_text(SETTINGS, "utf-8")
    pytest = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(tmp_path)]
    run = subprocess.run(pytest, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 failed, 2 passed, 2 errors" in run.stdout, run.stdout + run.stderr
    assert "Timeout (>1.0s) from pytest-timeout" in run.stdout
    assert "ResourceWarning: unclosed resource <UDPTransport" in run.stdout

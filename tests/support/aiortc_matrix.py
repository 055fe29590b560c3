"""The tests of calls with each minor version of aiortc that may be installed: `make aiortc-matrix`.

Each row of requirements/aiortc-matrix.txt gets a virtual environment in build/, with what is pinned
for `make run`, the test tools of `make debian-test`, and the row's versions in place of the pinned
ones. `python -m tests.support.aiortc_matrix 1.12 1.13` is for these two alone.
"""

import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
TABLE = REPOSITORY / "requirements" / "aiortc-matrix.txt"
PINNED = [REPOSITORY / "requirements" / f"{name}.txt" for name in ("run", "debian-test")]

TESTS = ("tests/media/webrtc", "tests/calls", "tests/app/test_appliance.py")

ROWS = [line for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
"""Requirements, the first of them aiortc: `aiortc==1.11.0 aioice==0.10.1 …`."""

_SUMMARY = re.compile(r"^(?:=+ )?(\d+ (?:passed|failed|error).* in [\d.]+s).*$", re.MULTILINE)


def minor(row: str) -> str:
    """Return the minor version of aiortc in a row: "1.11"."""
    match = re.match(r"aiortc==(\d+\.\d+)\.\d+ ", row)
    assert match, row
    return match[1]


def python(row: str) -> Path:
    """Return the interpreter of a row's environment, which is made where it is not up to date."""
    home = REPOSITORY / "build" / f"aiortc-{minor(row)}"
    interpreter, stamp = home / "bin" / "python", home / ".installed"
    wanted = hashlib.sha256(row.encode() + b"".join(map(Path.read_bytes, PINNED))).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        for requirements in [*(["--requirement", str(each)] for each in PINNED), row.split()]:
            _install(interpreter, requirements)
        stamp.write_text(wanted)
    return interpreter


def _install(interpreter: Path, requirements: Collection[str]) -> None:
    pip = [str(interpreter), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    subprocess.run([*pip, "--no-deps", "--only-binary=:all:", *requirements], check=True)


def run(row: str) -> tuple[bool, str]:
    """Run the tests in a row's environment; whether they passed, and pytest's summary."""
    done = subprocess.run(
        [python(row), "-m", "pytest", "-p", "no:cacheprovider", *TESTS],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    summaries = _SUMMARY.findall(done.stdout)
    if done.returncode:
        print(done.stdout)
    return done.returncode == 0, summaries[-1] if summaries else "no test has run"


def results(rows: Collection[str]) -> Iterator[bool]:
    """Run row after row, and print a line for each."""
    for row in rows:
        started = time.monotonic()
        passed, summary = run(row)
        seconds = time.monotonic() - started
        print(f"{'✓' if passed else '✗'} {row}: {summary} ({seconds:.0f} s in all)", flush=True)
        yield passed


if __name__ == "__main__":
    chosen = [row for row in ROWS if minor(row) in sys.argv[1:] or not sys.argv[1:]]
    sys.exit(not all([*results(chosen)]))

"""A plugin of pytest for tests of what ships: every library at run time is Debian's own.

The run starts with the version of each. It does not start where one is another's, or not as the
package's dependencies ask for it (debian/py3dist-overrides).
"""

import re
import subprocess
from importlib.metadata import distribution
from pathlib import Path

import pytest

DEBIANS = Path("/usr/lib/python3/dist-packages")
OVERRIDES = Path(__file__).parents[3] / "debian" / "py3dist-overrides"
BOUND = re.compile(r"(python3-[a-z0-9.-]+) \((>=|<<) ([^)]+)\)")

OF_DEBIANS_VERSIONS = (
    # aiortc 1.11 hands its certificate to pyOpenSSL 25 in a way that pyOpenSSL is about to give up.
    "ignore:Passing pyOpenSSL (X509|PKey) objects is deprecated:DeprecationWarning",
)
"""Warnings that tell of Debian's versions of two libraries, and not of this program."""

TOLD = pytest.StashKey[list[str]]()


class NotDebiansError(Exception):
    """A library is not the one that the package runs with; `str()` says which, and why."""


def debians(overrides: str) -> list[str]:
    """Tell each library of a py3dist-overrides, with its version; raises NotDebiansError."""
    told = []
    for line in overrides.splitlines():
        name, bounds = line.split()[0], BOUND.findall(line)
        if not bounds:  # Debian has none: it is bundled, or a part of another
            continue
        where = Path(str(distribution(name).locate_file(""))).resolve()
        if where != DEBIANS:
            raise NotDebiansError(f"{name} is that of {where}, not of {DEBIANS}.")
        package = bounds[0][0]
        version = _installed(package)
        for _, relation, bound in bounds:
            if not _is(version, relation, bound):
                raise NotDebiansError(f"{package} {version} is not {relation} {bound}.")
        told.append(f"{package} {version}")
    return told


def _installed(package: str) -> str:
    query = ("dpkg-query", "--show", "--showformat=${Version}", package)
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotDebiansError(done.stderr.strip())
    return done.stdout


def _is(version: str, relation: str, bound: str) -> bool:
    compare = ("dpkg", "--compare-versions", version, relation, bound)
    return subprocess.run(compare, check=False).returncode == 0


def pytest_configure(config: pytest.Config) -> None:
    """Look at the libraries before a test does; ends the run where one is not Debian's."""
    for warning in OF_DEBIANS_VERSIONS:
        config.addinivalue_line("filterwarnings", warning)
    try:
        config.stash[TOLD] = debians(OVERRIDES.read_text())
    except NotDebiansError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_report_header(config: pytest.Config) -> str:
    """Tell them."""
    told = config.stash[TOLD]
    return f"libraries: {', '.join(told)}"

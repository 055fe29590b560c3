"""Servers and other programs of Debian that tests need: as this machine has them, or out of
build/servers, where nothing of them starts by itself."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.support.rigs.packages import REPOSITORY

ROOT = REPOSITORY / "build" / "servers"
MISSING = "There is no {what}. Type: make build/servers/.extracted"


def program(name: str) -> Sequence[str]:
    """The command of a program such as "turnserver", "knotd" or "pebble", without its arguments.
    Raises AssertionError with what to type where there is none."""
    if found := shutil.which(name, path=os.pathsep.join([*os.get_exec_path(), "/usr/sbin"])):
        return (found,)
    folders = [ROOT / "usr" / "bin", ROOT / "usr" / "sbin"]
    found = shutil.which(name, path=os.pathsep.join(map(str, folders)))
    assert found, MISSING.format(what=name)
    libraries = os.pathsep.join(map(str, _library_folders(ROOT)))
    return ("env", f"LD_LIBRARY_PATH={libraries}", found)


def other_clock(offset: str) -> Mapping[str, str]:
    """The environment in which a program's clock is off, such as by "-2d" (libfaketime); the time
    that it measures spans with is right. For a program in Python, see other_clock/."""
    places = [each / "faketime" for root in (ROOT, Path("/")) for each in _library_folders(root)]
    libraries = [each / "libfaketime.so.1" for each in places]
    found = next(filter(Path.exists, libraries), None)
    assert found, MISSING.format(what="libfaketime")
    own = Path(__file__).with_name("other_clock")
    paths = [str(own), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "LD_PRELOAD": str(found),
        "PYTHONPATH": os.pathsep.join(paths),
        "FAKETIME": offset,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


def _library_folders(root: Path) -> Iterator[Path]:
    for folder in (root / "usr" / "lib", root / "lib"):
        yield from folder.glob("*-linux-gnu*")

"""The packages as this working tree makes them, and the tools that make and check them."""

import os
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

REPOSITORY = Path(__file__).parents[3]
DEBIAN = REPOSITORY / "debian"
BUILDER = DEBIAN / "builder"

PROGRAM = "homecall-appliance"
ECHO = "homecall-appliance-echo"


@cache
def built(scratch: Path) -> Path:
    """A folder with the source package and the binary packages, made once for a test run."""
    folder = Path(mkdtemp(dir=scratch))
    print_run(str(BUILDER / "build.sh"), str(folder))
    return folder


def under_test(scratch: Path) -> Path:
    """The program's package: the one that $HOMECALL_DEB names, else that of this working tree."""
    named = os.environ.get("HOMECALL_DEB")
    return Path(named) if named else package(built(scratch), PROGRAM, "all")


def package(folder: Path, name: str, architecture: str) -> Path:
    """The one package of that name."""
    (found,) = folder.glob(f"{name}_*_{architecture}.deb")
    return found


def in_builder(folder: Path, *command: str) -> str:
    """What a command prints in the Debian 13 root of `make deb`, where the folder is /mnt."""
    return print_run(str(BUILDER / "run.sh"), str(folder), *command)


def print_run(*command: str, environment: Mapping[str, str] | None = None) -> str:
    """What a command prints; AssertionError with it where it fails."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **(environment or {})},
        check=False,
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def field(deb: Path, name: str) -> str:
    """A field of a package's description."""
    return print_run("dpkg-deb", "--field", str(deb), name).strip()

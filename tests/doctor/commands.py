"""The commands as a person runs them: processes of their own."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from tests.support.appliance import configuration

COMMAND = (sys.executable, "-m", "homecall_appliance")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    output: str
    errors: str

    def line(self, name: str) -> str:
        """The doctor's line of that name; raises ValueError where there is not exactly one."""
        (line,) = (line for line in self.output.splitlines() if line[2:].startswith(f"{name} "))
        return line


def run(
    *words: str,
    environment: Mapping[str, str] | None = None,
    prefix: Sequence[str] = (),
) -> Done:
    """Run `homecall-appliance` with these words; asserts that no traceback is shown to a person."""
    inherited = {key: value for key, value in os.environ.items() if "HOMECALL_" not in key}
    done = subprocess.run(
        [*prefix, *COMMAND, *words],
        env={**inherited, "PYTHONUTF8": "1", **(environment or {})},
        capture_output=True,
        check=False,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=50,
    )
    if "--debug" not in words:
        assert "Traceback" not in done.stdout + done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


def written(directory: Path, overrides: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """A configuration file as the tests' daemons have it."""
    file = directory / "homecall.toml"
    file.write_text(tomli_w.dumps(configuration(directory, overrides or {})), "utf-8")
    return str(file)

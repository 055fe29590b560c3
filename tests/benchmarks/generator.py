"""The generator of the load, load.mjs, as a process of its own."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LOAD = Path(__file__).with_name("load.mjs")

Figures = Mapping[str, Any]
"""The JSON of load.mjs."""


def load(url: str, ca: Path, pid: int, *flags: str, **parameters: float) -> Figures:
    """Load a server and return the figures; `parameters` are the options of load.mjs."""
    where = {"url": url, "ca": ca, "pid": pid}
    arguments = [f"--{name}={value}" for name, value in {**where, **parameters}.items()]
    output = subprocess.run(
        ["node", str(LOAD), *arguments, *flags], check=True, stdout=subprocess.PIPE
    ).stdout
    figures: Figures = json.loads(output)
    return figures


def faults(figures: Figures) -> Figures:
    """Return which messages were not relayed as they should be; empty where all were."""
    names = ("lost", "doubled", "outOfOrder", "faults")
    return {name: figures[name] for name in names if figures[name]}

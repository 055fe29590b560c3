"""Processes of our own, each of which runs one of our modules."""

import os
import sys


def command(module: str) -> tuple[str, ...]:
    """The command line that runs a module as a process."""
    return (sys.executable, "-P", "-m", module)


def environment() -> dict[str, str]:
    """The environment in which its imports are found where ours were."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

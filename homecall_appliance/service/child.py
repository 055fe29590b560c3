"""Processes of our own, each of which runs one of our modules."""

import os
import sys


def command(module: str) -> tuple[str, ...]:
    """The command line that runs a module as a process."""
    return (sys.executable, "-P", "-m", module)


def environment() -> dict[str, str]:
    """The environment in which its imports are found where ours were."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def bare_environment() -> dict[str, str]:
    """The same without what is not needed for the imports: it may have keys of the configuration.
    The process has one thread, as long as it makes no other itself."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    path = environment()["PYTHONPATH"]
    return {**kept, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

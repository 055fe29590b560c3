"""Looks at a library or a device in a process of its own, which may hang or crash."""

import contextlib
import json
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from homecall_appliance.doctor.facts import Looked
from homecall_appliance.service import child

TIMEOUT = 20.0
"""Seconds: a Raspberry Pi 3 takes five to import picamera2, and a camera three to be lost."""

REAP_TIMEOUT = 1.0
"""Seconds that a killed process may take to end."""

CHILD = child.command("homecall_appliance.doctor.child")

Look = Callable[[str, Mapping[str, Any]], Looked]


def look(
    task: str,
    settings: Mapping[str, Any],
    *,
    timeout: float = TIMEOUT,
    command: Sequence[str] = CHILD,
    debug: bool = False,
) -> Looked:
    """Give a task of doctor/child.py to a process; with `debug`, what it says goes to stderr."""
    try:
        process = subprocess.Popen(  # noqa: S603 - it is ourselves
            [*command, task],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if debug else subprocess.DEVNULL,
            env=child.environment(),
        )
    except OSError as error:
        return Looked("crashed", reason=f"{error.filename}: {error.strerror}")
    try:
        output, _ = process.communicate(json.dumps(settings).encode(), timeout)
    except subprocess.TimeoutExpired:
        return Looked("hung")
    finally:
        _end(process)
    try:
        return Looked(values=json.loads(output))
    except ValueError:
        return Looked("crashed", reason=_reason(process.returncode))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it. One that hangs in a driver does not end: it is left."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(REAP_TIMEOUT)


def _reason(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"it ended with {code}"

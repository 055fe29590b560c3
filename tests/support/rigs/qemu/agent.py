"""Runs commands inside the computer, as a port of virtio-serial asks: see computer.py.

A line of JSON is a command: `command`, its words, and `input`, its standard input. The answer is
a line: `code`, what it ended with, and `output`, what it wrote. One after the other.
"""

import json
import os
import subprocess
import sys
from typing import Any


def run(command: list[str], stdin: str) -> dict[str, Any]:
    """The answer to a command."""
    try:
        done = subprocess.run(
            command,
            input=stdin.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        return {"code": 127, "output": str(error)}
    return {"code": done.returncode, "output": done.stdout.decode(errors="replace")}


port = os.open(sys.argv[1], os.O_RDWR)
with os.fdopen(port, "rb", closefd=False) as orders, os.fdopen(port, "wb") as answers:
    for line in orders:
        order = json.loads(line)
        answers.write(json.dumps(run(order["command"], order["input"])).encode() + b"\n")
        answers.flush()

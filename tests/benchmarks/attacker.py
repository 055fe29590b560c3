"""The attacker, attack.mjs, as a process of its own."""

import json
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

ATTACK = Path(__file__).with_name("attack.mjs")

Counts: TypeAlias = Mapping[str, Mapping[str, int]]
"""For each attack: how many were `tried`, `letIn` (handshake done), and `ended` by the daemon."""


class Attacker:
    """An attack under way."""

    def __init__(self, url: str, **parameters: float | str) -> None:
        """Begin; `parameters` are the options of attack.mjs."""
        target = urlsplit(url)
        where = {"host": target.hostname, "port": target.port}
        arguments = [f"--{name}={value}" for name, value in {**where, **parameters}.items()]
        self._process = subprocess.Popen(
            ["node", str(ATTACK), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )

    def stop(self) -> Counts:
        """End it: what was tried, and what became of it."""
        self._process.send_signal(signal.SIGTERM)
        output, _ = self._process.communicate()
        counts: Counts = json.loads(output)
        return counts

    def kill(self) -> None:
        """End it where something failed."""
        self._process.kill()
        self._process.wait()


@contextmanager
def attack(url: str, **parameters: float | str) -> Iterator[Attacker]:
    """Attack a server until left."""
    attacker = Attacker(url, **parameters)
    try:
        yield attacker
    finally:
        attacker.kill()

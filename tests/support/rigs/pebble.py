"""Pebble, an ACME server for tests (RFC 8555), as Debian has it."""

import json
import os
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.support.address import free_ports
from tests.support.owner_world import PEM, Owner

START_SECONDS = 30.0


@contextmanager
def pebble(folder: Path, days: int) -> Iterator[tuple[str, Path]]:
    """The address of its directory, and the root that its HTTPS is trusted by.

    It issues certificates for so many days, and takes every challenge as met.
    """
    owner, root = Owner(), folder / "api-root.pem"
    root.write_bytes(owner.root.public_bytes(PEM))
    api = owner.pair(names=("localhost",))
    (folder / "api.pem").write_bytes(api.chain)
    (folder / "api.key").write_bytes(api.key)
    port, management = free_ports(2)
    settings = {
        "listenAddress": f"127.0.0.1:{port}",
        "managementListenAddress": f"127.0.0.1:{management}",
        "certificate": str(folder / "api.pem"),
        "privateKey": str(folder / "api.key"),
        "httpPort": 5002,
        "tlsPort": 5001,
        "certificateValidityPeriod": days * 86_400,
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": settings}))
    command = ["pebble", "-config", str(folder / "pebble.json")]
    environment = {**os.environ, "PEBBLE_VA_ALWAYS_VALID": "1", "PEBBLE_VA_NOSLEEP": "1"}
    directory = f"https://localhost:{port}/dir"
    with (folder / "pebble.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(directory, root)
        yield directory, root
    finally:
        process.terminate()
        process.wait()


def _wait_for(directory: str, root: Path) -> None:
    trust, end = ssl.create_default_context(cafile=str(root)), time.monotonic() + START_SECONDS
    while True:
        try:
            urlopen(directory, context=trust, timeout=5).close()  # noqa: S310 - it is ours
        except URLError:
            assert time.monotonic() < end, "Pebble does not answer."
            time.sleep(0.1)
        else:
            return

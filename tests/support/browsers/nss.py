"""Trust in a certificate authority, in the NSS store that Chromium and Firefox read."""

import subprocess
from pathlib import Path


def trust(store: Path, authority: Path) -> None:
    """Make an NSS store with the authority of the PEM file, in the new directory `store`.

    Needs Debian's libnss3-tools. Raises CalledProcessError where certutil refuses.
    """
    store.mkdir(parents=True)
    for command in (
        ["-N", "--empty-password"],
        ["-A", "-t", "C,,", "-n", "homecall", "-i", str(authority)],
    ):
        subprocess.run(["certutil", "-d", f"sql:{store}", *command], check=True)

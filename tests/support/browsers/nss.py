"""Trust in certificate authorities, in the NSS store that Chromium and Firefox read."""

import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding


def trust(store: Path, authorities: Path) -> None:
    """Make an NSS store with each authority of the PEM file, in the new directory `store`.

    Needs Debian's libnss3-tools. Raises CalledProcessError where certutil refuses.
    """
    store.mkdir(parents=True)
    _certutil(store, "-N", "--empty-password")
    certificates = x509.load_pem_x509_certificates(authorities.read_bytes())
    for number, each in enumerate(certificates):
        # Of a file with several, certutil takes the first.
        alone = each.public_bytes(Encoding.PEM)
        _certutil(store, "-A", "-a", "-t", "C,,", "-n", f"homecall {number}", given=alone)


def _certutil(store: Path, *command: str, given: bytes = b"") -> None:
    subprocess.run(["certutil", "-d", f"sql:{store}", *command], input=given, check=True)

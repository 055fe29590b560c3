"""Where what an authority has issued is kept: light, for the doctor, too."""

import hashlib
from pathlib import Path
from urllib.parse import urlsplit


def directory_of(state_directory: Path, authority: str) -> Path:
    """Return the directory for one authority, so that nothing of a test authority is taken for the
    real one's; `authority` is the URL of its ACME directory."""
    mark = hashlib.sha256(authority.encode()).hexdigest()[:8]
    return state_directory / "acme" / f"{urlsplit(authority).hostname}-{mark}"


def certificate_file(state_directory: Path, authority: str, domain: str) -> Path:
    """Return the path of the private key, the certificate and its chain (PEM): one file, so that
    they change in one step."""
    return directory_of(state_directory, authority) / f"{domain}.pem"

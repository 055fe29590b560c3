"""What the harness needs to know of a .deb, and to change in it."""

import re
import subprocess
from pathlib import Path


def dependencies(deb: Path) -> list[str]:
    """The names of the packages that it depends on; of alternatives, the first."""
    command = ["dpkg-deb", "--field", str(deb), "Depends"]
    relations = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    names = (re.search(r"[a-z0-9.+-]+", each) for each in relations.split(","))
    return sorted({name[0] for name in names if name})


def newer(deb: Path, directory: Path) -> Path:
    """The same package by a higher version, in the empty directory `directory`."""
    content = directory / "content"
    subprocess.run(["dpkg-deb", "--raw-extract", str(deb), str(content)], check=True)
    control = content / "DEBIAN" / "control"
    text = control.read_text("utf-8")
    control.write_text(re.sub(r"(?m)^(Version: .*)$", r"\1+newer", text), "utf-8")
    target = directory / "newer.deb"
    command = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(content), str(target)]
    subprocess.run(command, check=True, capture_output=True)
    return target

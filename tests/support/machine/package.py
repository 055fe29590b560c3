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
    content = _unpacked(deb, directory, "+newer")
    return _packed(content, directory / "newer.deb")


def with_conffile(deb: Path, directory: Path, path: str, text: str) -> Path:
    """The same package by a lower version, in which a file of the owner's is a conffile, and no
    script looks after it."""
    content = _unpacked(deb, directory, "~former")
    file = content / path.removeprefix("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    (content / "DEBIAN" / "conffiles").write_text(f"{path}\n", "utf-8")
    (content / "DEBIAN" / "postinst").unlink()
    return _packed(content, directory / "former.deb")


def _unpacked(deb: Path, directory: Path, suffix: str) -> Path:
    """What is in the package, with a version that ends so."""
    content = directory / "content"
    subprocess.run(["dpkg-deb", "--raw-extract", str(deb), str(content)], check=True)
    control = content / "DEBIAN" / "control"
    text = control.read_text("utf-8")
    control.write_text(re.sub(r"(?m)^(Version: .*)$", rf"\1{suffix}", text), "utf-8")
    return content


def _packed(content: Path, target: Path) -> Path:
    command = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(content), str(target)]
    subprocess.run(command, check=True, capture_output=True)
    return target

"""What purging takes away: the script of the package, in a folder in place of the system."""

import subprocess
from pathlib import Path

import pytest

from tests.support.rigs.packages import DEBIAN

OWN = ("homecall.toml", "homecall.toml.dpkg-new")


def left(root: Path, *names: str, by: str = "purge") -> list[str]:
    """The files beside the settings that are left of these."""
    folder = root / "etc" / "homecall-appliance"
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).touch()
    script = (DEBIAN / "homecall-appliance.postrm").read_text()
    for place in ("/etc/", "/var/lib/"):
        script = script.replace(f" {place}", f" {root}{place}")
    subprocess.run(["sh", "-c", script, "postrm", by], check=True)
    return sorted(each.name for each in folder.glob("*")) if folder.exists() else []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (OWN, []),
        ((*OWN, "lego.env", "door.pem", "door.pem.new"), []),
        ((*OWN, "lego.env", "mine.pem"), ["mine.pem"]),
        ((*OWN, "door.pem"), ["door.pem"]),
    ],
)
def test_what_the_owner_has_put_there_stays(
    tmp_path: Path, names: tuple[str, ...], expected: list[str]
) -> None:
    assert left(tmp_path, *names) == expected


def test_removing_takes_nothing_of_it(tmp_path: Path) -> None:
    assert left(tmp_path, *OWN, "lego.env", by="remove") == sorted([*OWN, "lego.env"])

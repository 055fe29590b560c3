"""What debian/ says, and the rest of the tree says too, is the same."""

import re
import tomllib

import pytest

from homecall_appliance import __version__
from tests.support.rigs.packages import DEBIAN, REPOSITORY

BUNDLED = DEBIAN / "bundled"
REQUIREMENTS = REPOSITORY / "requirements"
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
OVERRIDE = re.compile(r"python3-\S+ \((>=|<<) (?:\d:)?([^)]+)\)")


def bounds(requirement: str) -> tuple[str, dict[str, str]]:
    """The name, and the version of each relation."""
    match = re.fullmatch(r"([a-z-]+)((?:,?(?:>=|<)[\d.]+)+)", requirement)
    assert match, requirement
    return match[1], dict(re.findall(r"(>=|<)([\d.]+)", match[2]))


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((REQUIREMENTS / f"{name}.txt").read_text()))


def test_the_version_is_the_changelogs() -> None:
    first = (DEBIAN / "changelog").read_text().split("\n")[0]
    assert first.startswith(f"homecall-appliance ({__version__}) ")


def test_debians_libraries_are_those_of_the_project_in_the_same_versions() -> None:
    """Debian's may carry its security fixes besides: `-1+deb13u1`."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    wanted = dict(map(bounds, project["dependencies"]))
    debian: dict[str, dict[str, str]] = {}
    for line in (DEBIAN / "py3dist-overrides").read_text().splitlines():
        name, _, relations = line.partition(" ")
        found = {
            relation.replace("<<", "<"): re.sub(r"-\d+(\+deb13u\d+)?$", "", version)
            for relation, version in OVERRIDE.findall(relations)
        }
        if found:
            debian[name.replace("_", "-")] = found
    del wanted["sounddevice"]
    assert debian == wanted


@pytest.mark.parametrize("name", ["run", "test", "debian-test", "audit"])
def test_every_package_is_pinned_with_its_sums(name: str) -> None:
    text = (REQUIREMENTS / f"{name}.txt").read_text()
    requirements = [
        each for each in re.split(r"\n(?! )", text) if each and not each.startswith("#")
    ]
    assert requirements
    for each in requirements:
        assert re.match(r"\S+==\S+( ; .*)? \\\n( +--hash=sha256:[0-9a-f]{64}( \\\n)?)+$", each), (
            each
        )
    assert "://" not in text, "where a package comes from is a matter of the machine"


def test_what_runs_is_what_is_tested() -> None:
    assert pins("run").items() <= pins("test").items()
    assert pins("debian-test").items() <= pins("test").items()


def test_what_is_bundled_is_pinned_and_recorded() -> None:
    bundled = {
        name: version
        for file in BUNDLED.glob("requirements*.txt")
        for name, version in PIN.findall(file.read_text())
    }
    assert bundled.keys() == {"sounddevice", "pywebrtc-audio"}
    text = (BUNDLED / "LIBRARIES.md").read_text()
    table = re.findall(r"^\| ([a-z-]+) \| ([\d.]+) \|", text, re.MULTILINE)
    assert dict(table) == bundled
    assert bundled.items() <= pins("test").items()
    copyrights = (DEBIAN / "copyright").read_text()
    for name in bundled:
        assert f"\nFiles: debian/bundled/wheels/{name.replace('-', '_')}-*.whl\n" in copyrights

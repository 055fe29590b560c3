"""What debian/ says, and the rest of the tree says too, is the same."""

import re
import tomllib

from rigs.packages import DEBIAN, REPOSITORY

from homecall_appliance import __version__

BUNDLED = DEBIAN / "bundled"
PIN = re.compile(r"^([a-z-]+)==(\S+)", re.MULTILINE)
DEPENDENCY = re.compile(r"^([a-z-]+)>=([\d.]+)", re.MULTILINE)
OVERRIDE = re.compile(r"^([a-z_]+) \S+ \(>= (?:\d:)?([\d.]+)\)$", re.MULTILINE)


def test_the_version_is_the_changelogs() -> None:
    first = (DEBIAN / "changelog").read_text().split("\n")[0]
    assert first.startswith(f"homecall-appliance ({__version__}) ")


def test_debians_libraries_are_those_of_the_project_in_the_same_versions() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    wanted = dict(DEPENDENCY.findall("\n".join(project["dependencies"])))
    debian = OVERRIDE.findall((DEBIAN / "py3dist-overrides").read_text())
    assert {name.replace("_", "-"): version for name, version in debian} == {
        name: version for name, version in wanted.items() if name != "sounddevice"
    }


def test_what_is_bundled_is_pinned_and_recorded() -> None:
    pins = {
        name: version
        for file in BUNDLED.glob("requirements*.txt")
        for name, version in PIN.findall(file.read_text())
    }
    assert pins.keys() == {"sounddevice", "pywebrtc-audio"}
    text = (BUNDLED / "README.md").read_text()
    table = re.findall(r"^\| ([a-z-]+) \| ([\d.]+) \|", text, re.MULTILINE)
    assert dict(table) == pins
    constraints = dict(PIN.findall((REPOSITORY / "constraints.txt").read_text()))
    assert {name: constraints[name] for name in pins} == pins
    copyrights = (DEBIAN / "copyright").read_text()
    for name in pins:
        assert f"\nFiles: debian/bundled/wheels/{name.replace('-', '_')}-*.whl\n" in copyrights

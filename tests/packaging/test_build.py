"""The packages: built twice alike, and without a complaint of lintian's."""

import re
from pathlib import Path

import pytest

from tests.packaging.test_generated import told_documents
from tests.support.rigs.packages import (
    DEBIAN,
    ECHO,
    PROGRAM,
    built,
    field,
    in_builder,
    package,
    print_run,
)

# The Debian root is built the first time: two minutes.
pytestmark = pytest.mark.timeout(600)

OTHERWISE = """
mkdir -p somewhere/else
cd somewhere/else
dpkg-source --extract ../../*.dsc
cd homecall-appliance-*/
umask 077
export TZ=Pacific/Kiritimati LC_ALL=C FAKETIME=+400d
LD_PRELOAD=$(echo /usr/lib/*/faketime/libfaketime.so.1) year=$(date +%Y)
export LD_PRELOAD
[ "$(date +%Y)" -gt "$year" ]
dpkg-buildpackage --no-sign
dpkg-buildpackage --no-sign --no-check-builddeps --build=any --host-arch="$1"
"""
"""A build from the source package, elsewhere, in another year, time zone, language and umask."""


@pytest.fixture(scope="module")
def debs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.getbasetemp())


@pytest.mark.long
def test_the_same_source_gives_the_same_bits(debs: Path, tmp_path: Path) -> None:
    for file in (*debs.glob("*.dsc"), *debs.glob("*.tar.xz")):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    native = print_run("dpkg", "--print-architecture").strip()
    other = "arm64" if native == "amd64" else "amd64"
    in_builder(tmp_path, "sh", "-euc", OTHERWISE, "sh", other)
    again = tmp_path / "somewhere" / "else"
    names = sorted(file.name for file in debs.glob("*.*"))
    assert len([name for name in names if name.endswith(".deb")]) == 3
    differing = [
        name for name in names if (debs / name).read_bytes() != (again / name).read_bytes()
    ]
    for name in differing:
        (again / f"first-{name}").write_bytes((debs / name).read_bytes())
        print(in_builder(again, "sh", "-c", f"diffoscope first-{name} {name} | head -n 200"))
    assert differing == []


def test_lintian_is_content(debs: Path) -> None:
    files = sorted(file.name for kind in ("*.dsc", "*.deb") for file in debs.glob(kind))
    found = in_builder(debs, "lintian", "--allow-root", "--fail-on=error,warning", *files)
    assert not re.search(r"^[EW]:", found, re.MULTILINE), found
    overrides = [*DEBIAN.rglob("*lintian-overrides*")]
    assert overrides == [], "each one needs its reason beside it, and a test of it here"


def test_the_manual_pages_are_well_formed(debs: Path) -> None:
    deb = package(debs, PROGRAM, "all").name
    for page in ("man8/homecall-appliance.8", "man5/homecall.toml.5"):
        script = f"""
dpkg-deb --fsys-tarfile {deb} | tar --extract --to-stdout ./usr/share/man/{page}.gz |
  gunzip | man --warnings --local-file - 2>&1 >/dev/null"""
        assert in_builder(debs, "sh", "-c", script) == "", page


def test_the_guides_are_there_by_the_names_that_are_told(debs: Path) -> None:
    listing = print_run("dpkg-deb", "--contents", str(package(debs, PROGRAM, "all")))
    names = {line.split()[-1].removeprefix(".") for line in listing.splitlines()}
    assert told_documents() <= names


def test_zsh_understands_its_completion(debs: Path) -> None:
    deb = package(debs, PROGRAM, "all").name
    place = "./usr/share/zsh/vendor-completions/_homecall-appliance"
    script = f"dpkg-deb --fsys-tarfile {deb} | tar --extract --to-stdout {place} | zsh -n"
    assert in_builder(debs, "sh", "-c", script) == ""


def test_the_packages_say_what_they_are(debs: Path) -> None:
    program = package(debs, PROGRAM, "all")
    print(program.name, program.stat().st_size, "bytes,", field(program, "Installed-Size"), "KiB")
    assert field(program, "Recommends") == "avahi-daemon, avahi-utils, python3-picamera2"
    assert field(program, "Suggests") == (
        "homecall-appliance-echo, lego, python3-libgpiod, python3-luma.lcd, python3-luma.oled"
    )
    for library in ("libopus0", "libportaudio2", "libseccomp2", "libspeexdsp1"):
        assert library in field(program, "Depends")
    assert not re.search(r"sounddevice|picamera2|systemd-python", field(program, "Depends"))
    for architecture, library in (
        ("amd64", "/usr/lib/homecall-appliance/pywebrtc_audio/_webrtc_audio.cpython-313-x86_64-"),
        ("arm64", "/usr/lib/homecall-appliance/pywebrtc_audio/_webrtc_audio.cpython-313-aarch64-"),
    ):
        echo = package(debs, ECHO, architecture)
        assert library in print_run("dpkg-deb", "--contents", str(echo))
        assert "python3 (<< 3.14), python3 (>= 3.13~)" in field(echo, "Depends")


def test_the_echo_canceller_links_to_what_it_depends_on(debs: Path) -> None:
    """For both architectures, though only one of them is this machine's."""
    known = {
        "libc.so.6": "libc6",
        "libm.so.6": "libc6",
        "ld-linux-x86-64.so.2": "libc6",
        "ld-linux-aarch64.so.1": "libc6",
        "libgcc_s.so.1": "libgcc-s1",
        "libstdc++.so.6": "libstdc++6",
    }
    for architecture in ("amd64", "arm64"):
        echo = package(debs, ECHO, architecture)
        script = f"""
dpkg-deb -x {echo.name} /tmp/x
readelf --dynamic --version-info /tmp/x/usr/lib/*/*/*.so"""
        told = in_builder(debs, "sh", "-ec", script)
        needed = {known[each] for each in re.findall(r"\(NEEDED\).*\[(.*)\]", told)}
        depends = field(echo, "Depends")
        assert needed <= {each.split()[0] for each in depends.split(", ")}
        newest = max(
            tuple(map(int, each.split("."))) for each in re.findall(r"GLIBC_([\d.]+)", told)
        )
        assert newest <= (2, 28)
        assert "libc6 (>= 2.28)" in depends

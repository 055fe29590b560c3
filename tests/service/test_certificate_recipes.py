"""The recipes of docs/certificates.md, run as they stand there, and the unit that one of them is
about."""

import os
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from homecall_appliance.certificates.files import CertificateFiles
from tests.support.address import free_port
from tests.support.owner_world import NAME, Kept, Owner
from tests.support.rigs.packages import REPOSITORY
from tests.support.rigs.pebble import pebble
from tests.support.rigs.programs import program

pytestmark = [pytest.mark.apt, pytest.mark.long, pytest.mark.timeout(120)]

PAGE = REPOSITORY / "docs" / "certificates.md"
UNIT = REPOSITORY / "systemd" / "homecall-appliance-lego.service"

TARGET = "/etc/homecall-appliance/door.pem"

LINEAGE = "/etc/letsencrypt/live/door.example.org"
"""Where certbot keeps a certificate that it calls door.example.org."""

_WHOLE = re.DOTALL | re.MULTILINE


def recipe(source: str) -> str:
    """The piece of shell below a heading."""
    page = re.search(rf"^### From {source}$(.*?)(?=^#|\Z)", PAGE.read_text(), _WHOLE)
    assert page
    (found,) = re.findall(r"^ *```sh\n(.*?)^ *```", page[1], _WHOLE)
    return re.sub(r"^ {3}", "", found, flags=re.MULTILINE)


def here(text: str, folder: Path) -> str:
    """A piece of shell with a folder and a group that this machine has."""
    text = text.replace(TARGET, str(folder / "door.pem"))
    return text.replace("chgrp homecall", f"chgrp {os.getgid()}")


def run(text: str, folder: Path, **environment: str) -> None:
    """Run a recipe as a program of its own; raises CalledProcessError."""
    script = folder / "recipe"
    script.write_text(here(text, folder))
    script.chmod(0o755)
    found = {"PATH": f"{folder}/bin:{os.environ['PATH']}", **environment}
    subprocess.run([script], env=found, check=True)


def served(folder: Path, name: str = NAME) -> CertificateFiles:
    file = folder / "door.pem"
    return CertificateFiles(file, file, lambda: name, lambda: datetime.now(UTC))


def in_order(certificates: CertificateFiles, folder: Path) -> None:
    told = (certificates.serves, certificates.problem, certificates.notice)
    assert told == (True, None, None)
    assert (folder / "door.pem").stat().st_mode & 0o777 == 0o640


def test_what_certbot_hands_over(tmp_path: Path) -> None:
    """It names the folder in RENEWED_LINEAGE (certbot's manual, "Renewing certificates")."""
    text = recipe("certbot").replace(LINEAGE, str(tmp_path))
    Owner().pair().write(tmp_path)
    run(text, tmp_path, RENEWED_LINEAGE=str(tmp_path))
    in_order(served(tmp_path), tmp_path)

    before = (tmp_path / "door.pem").read_bytes()
    other = tmp_path / "mail.example.org"
    other.mkdir()
    Owner().pair(names=("mail.example.org",)).write(other)
    run(text, tmp_path, RENEWED_LINEAGE=str(other))
    assert (tmp_path / "door.pem").read_bytes() == before, "it is another service's"


def test_the_first_time_is_the_owners() -> None:
    assert f"`sudo RENEWED_LINEAGE={LINEAGE} /etc/letsencrypt/renewal-hooks/deploy/homecall`" in (
        PAGE.read_text()
    )


TAILSCALE = """#!/bin/sh
[ "$1 $2 $4 $6" = "cert --cert-file --key-file door.tail1234.ts.net" ] || exit 1
umask 077
cat "{folder}/privkey.pem" >"$5"
umask 022
cat "{folder}/fullchain.pem" >"$3"
"""
"""A stand-in: it writes files in the way of `tailscale cert`, which needs an account. The key is
for root alone."""


def test_what_tailscale_writes(tmp_path: Path) -> None:
    name = "door.tail1234.ts.net"
    (tmp_path / "bin").mkdir()
    tailscale = tmp_path / "bin" / "tailscale"
    tailscale.write_text(TAILSCALE.format(folder=tmp_path))
    tailscale.chmod(0o755)
    owner = Owner()
    owner.pair(names=(name,)).write(tmp_path)
    run(recipe("Tailscale"), tmp_path)
    certificates = served(tmp_path, name)
    in_order(certificates, tmp_path)
    first = certificates.newest
    owner.pair(names=(name,)).write(tmp_path)
    run(recipe("Tailscale"), tmp_path)
    assert certificates.refresh() is True
    assert certificates.newest is not first

    Kept(b"", b"").write(tmp_path)
    tailscale.write_text("#!/bin/sh\nexit 1\n")
    before = (tmp_path / "door.pem").read_bytes()
    with pytest.raises(subprocess.CalledProcessError):
        run(recipe("Tailscale"), tmp_path)
    assert (tmp_path / "door.pem").read_bytes() == before


def shell_of(key: Literal["ExecStart", "ExecStartPost"]) -> str:
    """What the unit has a shell do (systemd.service(5), "Command lines")."""
    lines = UNIT.read_text().replace("\\\n", " ")
    (found,) = re.findall(rf"^{key}=/bin/sh -euc '(.*)'$", lines, re.MULTILINE)
    assert not re.search(r"%|\$\$|\$\{|'", found), "systemd would make something else of it"
    return str(found)


def start(folder: Path, environment: Mapping[str, str]) -> None:
    """Do what the unit does when it is started; raises CalledProcessError."""
    for key in ("ExecStart", "ExecStartPost"):
        text = here(shell_of(key), folder)
        subprocess.run(["/bin/sh", "-euc", text], cwd=folder / "lego", env=environment, check=True)


def settings(folder: Path) -> dict[str, str]:
    """Those of the recipe, as a shell and systemd alike read them (systemd.exec(5),
    EnvironmentFile=)."""
    file = folder / "lego.env"
    file.write_text(recipe("lego"))
    script = f'set -a; . "{file}"; env -u PWD -u SHLVL -u _'
    shown = subprocess.run(["sh", "-c", script], env={}, check=True, capture_output=True, text=True)
    return dict(line.split("=", 1) for line in shown.stdout.splitlines())


def test_the_unit_of_lego_gets_a_certificate_and_renews_it(tmp_path: Path) -> None:
    given = settings(tmp_path)
    assert given["LEGO_OPTIONS"] == "--dns cloudflare"
    for folder in ("bin", "lego"):
        (tmp_path / folder).mkdir()
    lego = tmp_path / "bin" / "lego"
    lego.write_text(f'#!/bin/sh\nexec {" ".join(program("lego"))} "$@"\n')
    lego.chmod(0o755)
    with pebble(tmp_path, dns=None, days=20) as authority:
        answering = f"--http --http.port 127.0.0.1:{free_port()}"
        environment = {
            **given,
            "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
            "LEGO_OPTIONS": f"--server {authority.directory} {answering}",
            "LEGO_CA_CERTIFICATES": authority.trusted,
        }
        start(tmp_path, environment)
        certificates = served(tmp_path)
        in_order(certificates, tmp_path)
        assert certificates.names.dns == (NAME,)

        start(tmp_path, {**environment, "DAYS": "10"})
        assert certificates.refresh() is False, "it is not due"
        start(tmp_path, environment)
        assert certificates.refresh() is True
        in_order(certificates, tmp_path)

        before = (tmp_path / "door.pem").read_bytes()
        authority.stop()
        with pytest.raises(subprocess.CalledProcessError):
            start(tmp_path, environment)
        assert (tmp_path / "door.pem").read_bytes() == before


def test_the_unit_waits_for_its_settings_and_the_timer_for_its_owner() -> None:
    unit = UNIT.read_text()
    assert "ConditionPathExists=/etc/homecall-appliance/lego.env\n" in unit
    assert "EnvironmentFile=/etc/homecall-appliance/lego.env\n" in unit
    assert unit.index("Environment=DAYS") < unit.index("EnvironmentFile=")
    for each in (UNIT, UNIT.with_suffix(".timer")):
        assert each.exists()
        assert each.name in PAGE.read_text()

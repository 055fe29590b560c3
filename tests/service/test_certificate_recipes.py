"""The recipes of docs/certificates.md, run as they stand there."""

import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from homecall_appliance.certificates.files import CertificateFiles
from tests.support.address import free_ports
from tests.support.owner_world import NAME, Owner
from tests.support.rigs.pebble import pebble
from tests.support.rigs.programs import program

pytestmark = [pytest.mark.apt, pytest.mark.long, pytest.mark.timeout(120)]

PAGE = Path(__file__).parents[2] / "docs" / "certificates.md"

TARGET = "/etc/homecall-appliance/door.pem"


def recipes() -> list[str]:
    """The pieces of shell."""
    return re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
def hook(tmp_path: Path) -> Path:
    """The script, with a folder and a group that this machine has."""
    script = tmp_path / "deploy"
    text = recipes()[0].replace(TARGET, str(tmp_path / "door.pem"))
    script.write_text(text.replace("chgrp homecall", f"chgrp {os.getgid()}"))
    script.chmod(0o755)
    return script


def served(folder: Path) -> CertificateFiles:
    file = folder / "door.pem"
    return CertificateFiles(file, file, lambda: NAME, lambda: datetime.now(UTC))


def test_what_certbot_hands_over(hook: Path, tmp_path: Path) -> None:
    """It names the folder in RENEWED_LINEAGE (certbot's manual, "Renewing certificates")."""
    Owner().pair().write(tmp_path)
    environment = {"PATH": os.environ["PATH"], "RENEWED_LINEAGE": str(tmp_path)}
    subprocess.run([hook], env=environment, check=True)
    certificates = served(tmp_path)
    assert (certificates.serves, certificates.problem, certificates.notice) == (True, None, None)
    assert (tmp_path / "door.pem").stat().st_mode & 0o777 == 0o640


def test_lego_gets_a_certificate_and_renews_it(hook: Path, tmp_path: Path) -> None:
    run, renew = re.findall(r"lego .*", recipes()[1])
    with pebble(tmp_path, dns=None, days=20) as authority:
        environment = {**os.environ, "LEGO_CA_CERTIFICATES": authority.trusted}
        (port,) = free_ports(1)
        server = f"--server {authority.directory} --http --http.port 127.0.0.1:{port}"

        def lego(line: str) -> None:
            line = line.replace("/etc/homecall-appliance/deploy", str(hook))
            line = line.replace("/var/lib/lego", str(tmp_path / "lego"))
            _, *words = f"{line.replace('lego ', f'lego {server} ', 1)}".split()
            subprocess.run([*program("lego"), *words], env=environment, check=True)

        lego(run)
        certificates = served(tmp_path)
        first = certificates.newest
        assert (certificates.serves, certificates.problem) == (True, None)
        assert certificates.names.dns == (NAME,)
        lego(f"{renew} --no-random-sleep")
        assert certificates.refresh() is True
        assert (certificates.serves, certificates.problem) == (True, None)
        assert certificates.newest is not first

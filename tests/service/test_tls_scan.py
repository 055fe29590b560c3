"""What testssl.sh (Debian's) finds in the TLS of the daemon.

It runs in a network of its own, where it can ask nobody else, and whether it tries is counted. What
it finds above LOW is a list whose every line has its reason.
"""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from homecall_appliance.acme.state import Settings, State
from tests.support.appliance import COMMAND, Appliance
from tests.support.network import Machine, namespace
from tests.support.owner_world import NAME, PEM, Kept, Owner
from tests.support.rigs.programs import ROOT, program

pytestmark = [pytest.mark.apt, pytest.mark.long, pytest.mark.timeout(580)]

ADDRESS = "10.77.9.1"

OUTWARDS = """
table inet outwards {
chain output {
type filter hook output priority 0
ip daddr { 127.0.0.0/8, 10.77.9.0/24, 224.0.0.0/4 } accept
ip6 daddr { ::1, fe80::/10, ff00::/8 } accept
counter drop
}
}
"""

UNREMARKABLE = ("OK", "INFO", "LOW", "DEBUG")
"""Severities that need no explanation."""

OF_THE_TOOL = {"engine_problem": "WARN"}
"""OpenSSL 3 has no engine for GOST: about the machine that testssl.sh runs on."""

NOT_SEEN = ("sessionresumption_ticket", "WARN")
"""With TLS 1.3 a ticket comes after the handshake (RFC 8446, section 4.6.1). Where the machine is
busy the client of testssl.sh has left before, and it can say nothing of resumption."""

COMPRESSED = {"BREACH": "MEDIUM"}
"""The page is compressed. BREACH guesses a secret that stands beside what the attacker may choose
in one compressed answer: none of the appliance's has a secret, or anything of a request
(tests/web_server/test_ports.py), and /config.json, which has credentials, is not compressed."""

NO_REVOCATION = {"cert_revocation": "HIGH"}
"""The appliance's own certificates name no list of revoked ones (RFC 5280, section 4.2.1.13): the
authority, the server and their keys are one machine, so whoever has the keys has the list too; and
no browser looks at one for an authority that a person has added. Who lost the machine takes the
authority out of the phone."""

SHORT_HSTS = {"HSTS_time": "MEDIUM"}
"""A day, and not half a year: docs/certificates.md tells why. An owner who goes back to the
appliance's own authority would lock visitors out for that long."""


@dataclass(frozen=True)
class Scanned:
    """What was found, by testssl.sh's own names."""

    findings: Mapping[str, Mapping[str, str]]

    @property
    def remarkable(self) -> Mapping[str, str]:
        """The severities above LOW."""
        return {
            name: finding["severity"]
            for name, finding in self.findings.items()
            if finding["severity"] not in UNREMARKABLE and (name, finding["severity"]) != NOT_SEEN
        }

    def said(self, name: str) -> str:
        return self.findings[name]["finding"]


@asynccontextmanager
async def daemon(
    tables: Mapping[str, Mapping[str, Any]],
) -> AsyncIterator[tuple[Appliance, Machine]]:
    """One in a machine of its own, at ADDRESS; asserts that nothing there has asked elsewhere."""
    with namespace() as name:
        machine = Machine(name)
        machine.ip("link", "add", "lan", "type", "bridge")
        machine.ip("link", "set", "lan", "up")
        machine.ip("address", "add", f"{ADDRESS}/24", "dev", "lan")
        machine.ip("route", "add", "default", "via", "10.77.9.254")
        # Nobody is there. To learn what OpenSSL can, testssl.sh connects to the name "invalid".
        machine.resolve_by("127.0.0.1")
        machine.nft(OUTWARDS)
        quiet = {"http_port": 0, "https_port": 443, "public_host": ADDRESS}
        tables = {
            **tables,
            "server": {**quiet, **tables.get("server", {})},
            "display": {"backend": "none"},
        }
        async with Appliance.running(tables, (*machine.prefix, *COMMAND)) as appliance:
            yield appliance, machine
        (packets,) = re.findall(r"counter packets (\d+)", machine.run("nft", "list", "ruleset"))
        assert packets == "0", "somebody elsewhere was asked"


async def scan(machine: Machine, folder: Path, root: Path, host: str) -> Scanned:
    """Run testssl.sh beside the daemon; it trusts a root."""
    report = folder / "report.json"
    command = [
        *machine.prefix,
        "env",
        f"TESTSSL_INSTALL_DIR={installed()}",
        f"PATH={os.environ['PATH']}:{ROOT}/usr/bin",  # hexdump and host, if need be
        *program("testssl"),
        *("--quiet", "--color", "0", "--warnings", "off", "--nodns", "none"),
        *("--jsonfile", str(report), "--add-ca", str(root)),
        *(("--ip", ADDRESS) if host != ADDRESS else ()),
        f"{host}:443",
    ]
    log = folder / "testssl.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output
        )
        await process.wait()
    assert report.exists(), log.read_text()
    findings = {each["id"]: each for each in json.loads(report.read_text())}
    assert "scanTime" in findings, log.read_text()
    return Scanned(findings)


def installed() -> Path:
    """The folder with its tables."""
    return next(each for each in (Path("/etc/testssl"), ROOT / "etc" / "testssl") if each.exists())


async def test_the_appliances_own_authority(tmp_path: Path) -> None:
    async with daemon({}) as (appliance, machine):
        root = appliance.directory / "tls" / "ca.crt"
        scanned = await scan(machine, tmp_path, root, ADDRESS)
    assert scanned.remarkable == {**OF_THE_TOOL, **COMPRESSED, **NO_REVOCATION}
    assert scanned.said("cert_chain_of_trust") == "passed."
    assert scanned.said("cert_trust").startswith("Ok via SAN")


def by_files(kept: Kept, folder: Path) -> Mapping[str, Any]:
    certificate, private_key = kept.write(folder)
    return {"mode": "files", "certificate": str(certificate), "private_key": str(private_key)}


def by_acme(kept: Kept, folder: Path) -> Mapping[str, Any]:
    """With a certificate that has been got before; the authority is not reached."""
    settings = Settings(domain=NAME, directory="https://localhost:9/dir", provider="exec")
    State(folder, settings).keep_certificate(kept.key + kept.chain)
    acme = {
        "domain": NAME,
        "directory": settings.directory,
        "provider": "exec",
        "environment": {"EXEC_PATH": "/bin/true"},
    }
    return {"mode": "acme", "state_directory": str(folder), "acme": acme}


@pytest.mark.parametrize(
    ("key", "mode"),
    [
        (ec.generate_private_key(ec.SECP256R1()), by_files),
        (rsa.generate_private_key(65537, 2048), by_files),
        (ec.generate_private_key(ec.SECP384R1()), by_acme),
    ],
    ids=["files-p256", "files-rsa", "acme-p384"],
)
async def test_an_owners_certificate(key: object, mode: Any, tmp_path: Path) -> None:
    owner = Owner()
    point = x509.DistributionPoint(
        [x509.UniformResourceIdentifier("http://crl.example.org/1")], None, None, None
    )
    kept = owner.pair(key=key, extensions=(x509.CRLDistributionPoints([point]),))
    root = tmp_path / "root.pem"
    root.write_bytes(owner.root.public_bytes(PEM))
    tables = {"server": {"public_host": NAME}, "tls": mode(kept, tmp_path)}
    async with daemon(tables) as (_, machine):
        scanned = await scan(machine, tmp_path, root, NAME)
    assert scanned.remarkable == {**OF_THE_TOOL, **COMPRESSED, **SHORT_HSTS}
    assert scanned.said("cert_chain_of_trust") == "passed."

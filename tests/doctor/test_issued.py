"""What the doctor says of a certificate by ACME, whether the appliance runs or not."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from homecall_appliance.certificates.pem import PemFile
from homecall_appliance.config.model import Acme, Tls
from homecall_appliance.doctor.checks.certificate import certificate as check
from homecall_appliance.doctor.facts import Certificate, Facts
from homecall_appliance.doctor.probes.certificate import stored
from tests.doctor.doctor_world import LEAF, NOW, OWNER, configured, running, stopped
from tests.support.owner_world import Owner

NAME = "door.example"
ISSUER = Owner(NOW)


def kept(begin: float = -1, end: float = 89) -> Certificate:
    """What the file has whose certificate is valid from and to so many days from now."""
    pair = ISSUER.pair(names=(NAME,), begin=begin, end=end)
    file = PemFile("/acme/door.pem", pair.key + pair.chain, 0o600)
    return Certificate("stored", pair=(file, file))


def by_acme(facts: Facts) -> Facts:
    network = replace(facts.network, host="192.0.2.7", wanted_host=NAME)
    facts = replace(facts, network=network)
    return configured(facts, "tls", mode="acme", acme=Acme(domain=NAME))


def idle(found: Certificate) -> Facts:
    return by_acme(stopped(certificate=found))


def busy(found: Certificate, **told: Any) -> Facts:
    return by_acme(running({"certificate": told}, certificate=found))


DAMAGED = PemFile("/acme/door.pem", b"", 0o600)


@pytest.mark.parametrize(
    ("facts", "state", "sentence"),
    [
        (idle(kept()), "fine", r"for door\.example is valid until 2027-05-09; .* by itself"),
        (busy(kept()), "fine", r"for door\.example is valid until 2027-05-09; .* by itself"),
        # links lead to the address, where the leaf is another one
        (busy(Certificate("served", LEAF)), "fine", r"for door\.example is valid; the appl"),
        (idle(Certificate("missing")), "fine", r"none for door\.example yet: .* when it runs"),
        (idle(kept(-90, -1)), "bad", r"expired on 2027-02-08\. The appliance orders another"),
        (idle(kept(-5, 0.5)), "bad", r"expires on 2027-02-09\. The appliance orders another"),
        (idle(kept(2, 92)), "bad", r"valid only from .* timedatectl"),
        (busy(kept(), problem="No room."), "bad", r"^No room\.$"),
        (busy(kept(), notice="No such profile."), "bad", r"^No such profile\.$"),
        (busy(Certificate("missing"), problem="None yet."), "bad", r"^None yet\.$"),
        (idle(Certificate("denied", path="/acme/door.pem")), "bad", r"sudo homecall-appliance do"),
        (busy(Certificate("denied", path="/acme/door.pem")), "fine", r"door\.example is valid; t"),
        (
            idle(replace(kept(), denied="/acme/door.pem")),
            "bad",
            r"user may not read /acme/door\.pem\. Give it back with: sudo chown -R homecall: ",
        ),
        (
            idle(Certificate("damaged", path="/acme/door.pem", reason="Input/output error")),
            "bad",
            r"cannot be read: Input/output error\. If the disk is not failing, remove",
        ),
        (
            idle(Certificate("stored", pair=(DAMAGED, DAMAGED))),
            "fine",
            r"is damaged: the appliance orders another certificate for door\.example within a day",
        ),
        (idle(replace(kept(), volatile=True)), "bad", r"is in memory: .* only a few in a week"),
    ],
)
def test_one_finding(facts: Facts, state: str, sentence: str) -> None:
    (found,) = check(facts)
    assert found.state.value == state
    assert re.search(sentence, found.sentence), found.sentence


def test_the_file_of_the_domain_and_its_authority_is_looked_at(tmp_path: Path) -> None:
    tls = Tls(mode="acme", state_directory=str(tmp_path), acme=Acme(domain=NAME))
    found = stored(tls, OWNER)
    assert found.state == "missing"
    file = Path(found.path)
    assert file.is_relative_to(tmp_path / "acme")
    pair = ISSUER.pair(names=(NAME,))
    file.parent.mkdir(parents=True)
    file.write_bytes(pair.key + pair.chain)
    found = stored(tls, OWNER)
    assert found.pair
    assert found.pair[0].content == pair.key + pair.chain
    elsewhere = replace(tls, acme=replace(tls.acme, directory="https://other.example/directory"))
    assert stored(elsewhere, OWNER).state == "missing"

"""The table of bad certificates: what is said of each, and that daemon and doctor say the same."""

import random
import re
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    NoEncryption,
    PrivateFormat,
)

from homecall_appliance.certificates.complaints import BY_ITSELF
from homecall_appliance.certificates.files import CertificateFiles
from homecall_appliance.certificates.judge import Grade, judge
from homecall_appliance.certificates.pem import PemFile
from homecall_appliance.config.model import Tls
from homecall_appliance.doctor.checks.certificate import certificate as check
from homecall_appliance.doctor.probes.account import account
from homecall_appliance.doctor.probes.certificate import stored
from tests.doctor.doctor_world import configured, stopped
from tests.support.certificate_table import CERTIFICATES, GOOD, KEY, LEAF, OWNER, REFUSED, ROOT
from tests.support.owner_world import NAME, PEM, Owner, pem

PEM_BLOCK = re.compile(rb"-----[A-Z ]*-----|\n")


def daemon(files: tuple[Path, Path]) -> tuple[bool, list[str]]:
    """Whether it is served by a daemon that just starts, and what the daemon tells."""
    own = CertificateFiles(*files, lambda: NAME, lambda: OWNER.now)
    return own.serves, [each for each in (own.problem, own.notice) if each]


def doctor(files: tuple[Path, Path]) -> tuple[bool, list[str]]:
    """Whether the doctor calls it fine, and what it says."""
    tls = Tls(mode="files", certificate=str(files[0]), private_key=str(files[1]))
    facts = configured(stopped(certificate=stored(tls, account(None))), "tls", mode="files")
    network = replace(facts.network, now=OWNER.now, wanted_host=NAME)
    findings = check(replace(facts, network=network))
    bad = [each.sentence for each in findings if each.state.value == "bad"]
    return not bad, bad or [each.sentence for each in findings]


@pytest.mark.parametrize("case", CERTIFICATES)
def test_what_is_said_of_it_by_daemon_and_doctor(case: str, tmp_path: Path) -> None:
    make, grade, pattern = CERTIFICATES[case]
    files = make().write(tmp_path)
    serves, told = daemon(files)
    fine, said = doctor(files)
    assert serves is (grade is not REFUSED)
    assert fine is not bool(pattern)
    if pattern:
        assert said == told
        assert re.search(pattern, " ".join(told))
    else:
        assert told == []
        assert re.match(r"Your own certificate is valid until .* and is for door\.", said[0])


@pytest.mark.parametrize("case", CERTIFICATES)
def test_how_good_it_is(case: str) -> None:
    make, grade, pattern = CERTIFICATES[case]
    kept = make()
    verdict = judge(PemFile("/c", kept.chain), PemFile("/k", kept.key, kept.mode), OWNER.now, NAME)
    assert verdict.grade is grade
    assert (verdict.problem is None) is (grade is GOOD)
    assert bool(verdict.problem or verdict.notice) is bool(pattern)


def test_what_is_sent_is_in_order_and_nothing_else() -> None:
    mixed = ROOT + Owner().chain + OWNER.chain + LEAF
    verdict = judge(PemFile("/c", mixed), PemFile("/k", KEY), OWNER.now, NAME)
    assert verdict.pem == KEY + LEAF + OWNER.chain + ROOT


def test_a_clock_of_1970_is_not_believed() -> None:
    moment = OWNER.now - timedelta(days=57 * 365)
    leaf, key = OWNER.leaf(begin=-600, end=80)
    chain = leaf + OWNER.intermediate(begin=-600).public_bytes(PEM)
    verdict = judge(PemFile("/c", chain), PemFile("/k", key), moment, NAME)
    assert verdict.problem is None


@pytest.mark.parametrize("case", CERTIFICATES)
def test_nobody_is_sent_for_files_for_what_the_appliance_gets_itself(case: str) -> None:
    kept = CERTIFICATES[case][0]()
    files = PemFile("/c", kept.chain), PemFile("/k", kept.key, kept.mode)
    verdict = judge(*files, OWNER.now, NAME, remedy=BY_ITSELF)
    said = " ".join(filter(None, [verdict.problem, verdict.notice]))
    assert not re.search("certbot renew|lego|fullchain|Append|Put ", said)
    assert verdict.grade is CERTIFICATES[case][1]


def test_the_worst_comes_first() -> None:
    kept = OWNER.pair(names=(), begin=-90, end=-1, usage=(), mode=0o666)
    verdict = judge(PemFile("/c", kept.chain), PemFile("/k", kept.key, kept.mode), OWNER.now, NAME)
    severities = [each.severity for each in verdict.complaints]
    assert severities == sorted(severities, reverse=True)
    assert len(severities) == 4


def test_the_key_is_not_repeated() -> None:
    assert KEY not in repr(PemFile("/k", KEY)).encode()


def test_a_key_of_openssl_with_its_parameters() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    leaf, _ = OWNER.leaf(key=key)
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    old = key.private_bytes(PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    verdict = judge(
        PemFile("/c", leaf + OWNER.chain), PemFile("/k", parameters + old), OWNER.now, NAME
    )
    assert (verdict.grade, verdict.complaints) == (GOOD, ())
    assert verdict.pem.startswith(pem(key))


@pytest.mark.filterwarnings("ignore:Parsed a")
def test_whatever_is_in_a_file_it_is_judged() -> None:
    """Of a certificate that a disk or a hand has changed somewhere."""
    chance = random.Random(7)
    whole = [PEM_BLOCK.sub(b"", each) for each in (LEAF, OWNER.chain)]
    grades = set()
    for _ in range(2000):
        ders = [bytearray(b64decode(each)) for each in whole]
        changed = chance.choice(ders)
        changed[chance.randrange(len(changed))] = chance.randrange(256)
        chain = b"".join(
            b"-----BEGIN CERTIFICATE-----\n%b\n-----END CERTIFICATE-----\n" % b64encode(each)
            for each in ders
        )
        grades.add(judge(PemFile("/c", chain), PemFile("/k", KEY), OWNER.now, NAME).grade)
    assert grades == {*Grade}

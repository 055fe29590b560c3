"""What `make audit` says, and when it fails, for what pip-audit writes."""

import json

from tests.support.rigs.audit import verdict

FILE = "requirements/test.txt"
FINE = {"name": "attrs", "version": "26.1.0", "vulns": []}
FAULTY = {
    "name": "pillow",
    "version": "11.1.0",
    "vulns": [
        {"id": "PYSEC-2026-1", "fix_versions": ["12.1.1"]},
        {"id": "PYSEC-2026-2", "fix_versions": []},
    ],
}
UNKNOWN = {"name": "yarl", "skip_reason": "Dependency not found on PyPI and could not be audited"}


def report(*packages: object) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_known_faults_are_a_failure() -> None:
    told, status = verdict(FILE, report(FINE, FAULTY), "Found 2 known vulnerabilities")
    assert told.splitlines() == [
        "pillow 11.1.0: PYSEC-2026-1, mended in 12.1.1",
        "pillow 11.1.0: PYSEC-2026-2, mended in no version yet",
    ]
    assert status == 1


def test_no_known_fault_is_none() -> None:
    assert verdict(FILE, report(FINE), "") == (f"No fault is known of 1 packages of {FILE}.", 0)


def test_a_service_that_is_not_reached_is_said_and_no_failure() -> None:
    for answer, errors in (
        (report(UNKNOWN, UNKNOWN), ""),
        (report(), ""),
        ("", "WARNING:x\nERROR:pip_audit: Connection refused\n"),
        ("", ""),
    ):
        told, status = verdict(FILE, answer, errors)
        assert told.startswith(f"The audit of {FILE} could not be made: ")
        assert "\n" not in told
        assert status == 0


def test_what_could_not_be_audited_is_named_beside_the_rest() -> None:
    told, status = verdict(FILE, report(FINE, UNKNOWN), "")
    assert told.splitlines() == [
        f"No fault is known of 1 packages of {FILE}.",
        f"The audit of {FILE} could not be made: not of yarl.",
    ]
    assert status == 0
    assert verdict(FILE, report(FAULTY, UNKNOWN), "")[1] == 1

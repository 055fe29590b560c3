"""What the service may do, by systemd's own judgement."""

import re

import pytest

from tests.support.machine.appliance import SERVICE, Appliance

pytestmark = [pytest.mark.long, pytest.mark.system, pytest.mark.timeout(300)]

EXPOSURE = 2.0
"""At most; 10 is a service without any fence."""


def test_the_exposure_is_low(appliance: Appliance) -> None:
    appliance.machine.boot()
    told = appliance.machine.run("systemd-analyze", "security", "--no-pager", SERVICE)
    print("\n".join(line for line in told.splitlines() if not line.startswith("✓")))
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told)
    assert found, told
    assert float(found[1]) <= EXPOSURE


def test_the_unit_is_correct(appliance: Appliance) -> None:
    appliance.machine.boot()
    unit = appliance.show("FragmentPath")
    assert appliance.machine.run("systemd-analyze", "verify", "--man=no", unit).strip() == ""


def test_the_service_starts_without_a_complaint_of_systemd(appliance: Appliance) -> None:
    appliance.machine.boot()
    appliance.becomes("active")
    assert appliance.machine.settle() == "running"
    # What it says of a unit when it boots comes before there is a journal.
    appliance.machine.run("systemctl", "daemon-reload")
    complaints = appliance.machine.journal("--priority=warning", "_PID=1", "+", f"UNIT={SERVICE}")
    print(complaints)
    assert SERVICE not in complaints

"""A configuration that is missing, and one that is broken."""

import time

import pytest

from tests.support.machine.appliance import CONFIGURATION, SERVICE, Appliance, with_test_devices

pytestmark = [pytest.mark.long, pytest.mark.system, pytest.mark.timeout(300)]

BROKEN = """
[server]
https_port = "yes"

[camera]
colour = "blue"
"""

PATIENCE = 8.0
"""Seconds in which a service that spins would have started again and again."""


def test_a_missing_configuration_is_the_default_one(appliance: Appliance) -> None:
    appliance.machine.boot()
    appliance.machine.run("rm", "-r", "/etc/homecall-appliance")
    appliance.systemctl("restart")
    assert appliance.state == "active"
    assert appliance.healthy()
    assert appliance.link()


def test_a_broken_configuration_is_said_and_not_tried_again(appliance: Appliance) -> None:
    appliance.machine.put(CONFIGURATION, BROKEN)
    appliance.machine.boot()
    assert appliance.machine.settle() == "degraded"
    time.sleep(PATIENCE)
    print(told := appliance.machine.attempt("systemctl", "status", SERVICE).stdout)
    for sentence in ("server.https_port: ", "camera.colour: "):
        assert sentence in told
    assert appliance.state == "failed"
    assert (appliance.show("ExecMainStatus"), appliance.show("NRestarts")) == ("2", "0")
    checked = appliance.machine.attempt("homecall-appliance", "check-config")
    assert checked.returncode == 2
    with_test_devices(appliance.machine)
    appliance.systemctl("restart")
    assert appliance.healthy()

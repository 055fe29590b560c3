"""An owner installs the package, and takes it away again."""

from pathlib import Path

import pytest

from tests.support.machine.appliance import (
    CONFIGURATION,
    SERVICE,
    Appliance,
    install,
    with_test_devices,
)
from tests.support.machine.calls import call, hang_up, phone_at
from tests.support.network import Home

# The Debian root is built the first time: a minute and a half.
pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

LOOK_SECONDS = 45.0
"""Generous: two looks for devices, each in a process of its own."""


async def test_two_commands_and_a_phone_calls(
    fresh: Appliance, package: Path, network: Home
) -> None:
    fresh.machine.boot()
    print(told := install(fresh.machine, package))
    assert "No camera was found." in told
    assert "No sound card was found" in told or "No microphone was found" in told
    assert fresh.machine.run("systemctl", "is-active", SERVICE).strip() == "active"
    assert fresh.machine.run("systemctl", "is-enabled", SERVICE).strip() == "enabled"
    with_test_devices(fresh.machine)
    fresh.systemctl("restart")
    assert fresh.healthy()
    async with phone_at(network, fresh) as phone:
        status = await call(fresh, phone)
        print(f"In the call: {fresh.show('StatusText')} {status['calls']}")
        await hang_up(fresh, phone)
    print(f"After it: {fresh.show('StatusText')}")
    assert fresh.machine.settle() == "running"


@pytest.mark.long
def test_a_machine_without_any_device_says_so(appliance: Appliance) -> None:
    appliance.machine.put(CONFIGURATION, "")
    appliance.machine.boot()
    appliance.becomes("active")
    appliance.machine.wait_for(
        lambda: all(appliance.status()[device]["problem"] for device in ("camera", "audio")),
        LOOK_SECONDS,
        "a word about the devices",
    )
    print(f"StatusText: {appliance.show('StatusText')}")
    print(appliance.machine.run("homecall-appliance", "status"))
    for missing in ("No camera was found", "No sound card was found"):
        assert missing in appliance.show("StatusText")
    assert "No screen was found" in appliance.journal()


@pytest.mark.long
def test_a_service_that_is_ready_answers(appliance: Appliance) -> None:
    appliance.machine.boot()
    appliance.becomes("active")
    for _ in range(5):
        appliance.systemctl("restart")
        assert appliance.healthy()
        assert appliance.link()


@pytest.mark.long
def test_it_is_there_again_after_a_power_cut(appliance: Appliance) -> None:
    appliance.machine.boot()
    appliance.becomes("active")
    authority = appliance.machine.run("sha256sum", "/var/lib/homecall-appliance/tls/ca.crt")
    appliance.machine.pull_the_plug()
    appliance.machine.boot()
    print(f"active {appliance.becomes('active'):.1f} s after the power is back")
    again = appliance.machine.run("sha256sum", "/var/lib/homecall-appliance/tls/ca.crt")
    assert again == authority


@pytest.mark.long
def test_remove_leaves_nothing_running_and_purge_nothing_at_all(appliance: Appliance) -> None:
    machine = appliance.machine
    machine.boot()
    appliance.becomes("active")
    print(machine.run("apt-get", "remove", "--yes", SERVICE))
    assert machine.attempt("systemctl", "is-active", SERVICE).stdout.strip() == "inactive"
    assert not [pid for pid in machine.pids() if SERVICE in command_line(pid)]
    assert machine.run("ss", "-Hltn").strip() == ""
    assert machine.run("ls", "/etc/homecall-appliance").split() == ["homecall.toml"]
    assert machine.settle() == "running"
    print(machine.run("apt-get", "purge", "--yes", SERVICE))
    named = machine.run("find", "/", "-xdev", "-iname", "*homecall*", "-not", "-path", "/proc/*")
    left = {line for line in named.splitlines() if not line.startswith("/var/tmp/")}  # noqa: S108
    assert left == set()
    assert machine.settle() == "running"


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace")

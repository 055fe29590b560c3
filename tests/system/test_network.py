"""No network at boot and network later; another address."""

import asyncio
import time

import pytest
from e2e.network import Home

from system.appliance import SERVICE, Appliance
from system.calls import CALL_SECONDS, call, hang_up, new_call, phone_at

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

NETWORK_FILE = """
[Match]
Name=eth0

[Network]
Address={address}/24
Gateway=10.77.1.1
LinkLocalAddressing=no
IPv6AcceptRA=no
"""

WAIT_ONLINE_SECONDS = 10
"""How long the machine waits for its network at most. Without being asked to, two minutes
(systemd-networkd-wait-online(8)), or one on Raspberry Pi OS (NetworkManager-wait-online)."""

WAIT_ONLINE = f"""
[Service]
ExecStart=
ExecStart=/usr/lib/systemd/systemd-networkd-wait-online --timeout={WAIT_ONLINE_SECONDS}
"""


def without_network(appliance: Appliance) -> None:
    cable = appliance.machine.cable
    cable.pull()
    cable.ip("address", "flush", "dev", "eth0")


async def test_the_network_comes_after_the_start(appliance: Appliance, network: Home) -> None:
    without_network(appliance)
    appliance.machine.boot()
    appliance.becomes("active")
    assert appliance.healthy()
    print(f"without a network: {appliance.link()} {appliance.show('StatusText')}")
    async with phone_at(network, appliance) as phone:
        appliance.machine.cable.plug()
        appliance.machine.cable.move(150)
        seconds = await link_at(appliance, "10.77.1.150")
        print(f"network after the start: the new link after {seconds:.1f} s")
        seconds += await new_call(appliance, phone, within=CALL_SECONDS)
    print(f"network after the start: a call after {seconds:.1f} s")


async def test_a_machine_that_waits_for_its_network(appliance: Appliance, network: Home) -> None:
    """As on a machine of an owner, whose network manager is asked to wait for the network."""
    without_network(appliance)
    settings = NETWORK_FILE.format(address="10.77.1.151")
    appliance.machine.put("/etc/systemd/network/eth0.network", settings)
    appliance.machine.boot()
    appliance.machine.run("systemctl", "enable", "systemd-networkd.service")
    drop_in = "/etc/systemd/system/systemd-networkd-wait-online.service.d"
    appliance.machine.run("mkdir", "-p", drop_in)
    appliance.machine.put(f"{drop_in}/timeout.conf", WAIT_ONLINE)
    appliance.machine.pull_the_plug()
    start = time.monotonic()
    appliance.machine.boot()
    await asyncio.to_thread(appliance.becomes, "active")
    waited = time.monotonic() - start
    print(f"no network, and the machine waits for it: active {waited:.1f} s after power on")
    print(appliance.machine.run("systemctl", "--failed", "--no-legend"))
    print(appliance.machine.journal("--unit=systemd-networkd-wait-online"))
    async with phone_at(network, appliance) as phone:
        appliance.machine.cable.plug()
        seconds = await link_at(appliance, "10.77.1.151")
        seconds += await new_call(appliance, phone, within=CALL_SECONDS)
    print(f"no network, and the machine waits for it: a call {seconds:.1f} s after the network")


async def test_another_address(appliance: Appliance, network: Home) -> None:
    appliance.machine.boot()
    appliance.becomes("active")
    async with phone_at(network, appliance) as phone:
        await call(appliance, phone)
        await hang_up(appliance, phone)
        appliance.machine.cable.move(152)
        seconds = await link_at(appliance, "10.77.1.152")
        print(f"another address: the new link after {seconds:.1f} s")
        seconds += await new_call(appliance, phone, within=CALL_SECONDS)
    print(f"another address: a new call after {seconds:.1f} s")
    assert appliance.show("NRestarts") == "0"
    assert appliance.machine.run("systemctl", "is-active", SERVICE).strip() == "active"


async def link_at(appliance: Appliance, address: str) -> float:
    """Seconds until the link names the address."""
    return await asyncio.to_thread(
        appliance.machine.wait_for,
        lambda: appliance.link().startswith(f"https://{address}/"),
        30.0,
        f"a link to {address}",
    )

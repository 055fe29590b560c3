"""No network at boot and network later; another address."""

import asyncio
import time

import pytest

from homecall_appliance.certificates.tls import certified_names
from tests.support.machine.appliance import SERVICE, Appliance
from tests.support.machine.calls import CALL_SECONDS, call, hang_up, link_at, new_call, phone_at
from tests.support.network import Home

pytestmark = [pytest.mark.long, pytest.mark.system, pytest.mark.timeout(300)]

NETWORK_FILE = """
[Match]
Name=eth0

[Network]
Address={address}/24
Gateway=10.77.1.1
LinkLocalAddressing=no
IPv6AcceptRA=no
"""


RENEWED_SECONDS = 100.0
"""Generous: the names are looked at once a minute."""

WAITING = "systemd-networkd-wait-online.service"


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


def certified(appliance: Appliance) -> tuple[str, ...]:
    """The names that the certificate is for."""
    ask = "import ssl; print(ssl.get_server_certificate(('127.0.0.1', 443)))"
    return certified_names(appliance.machine.run("python3", "-c", ask).encode()).dns


def test_the_certificate_follows_the_name_of_the_machine(appliance: Appliance) -> None:
    """As `hostnamectl hostname front-door` sets it, for a page that is opened by it."""
    appliance.machine.boot()
    appliance.becomes("active")
    assert "homecall.local" in certified(appliance)
    appliance.machine.run("hostname", "front-door")
    seconds = appliance.machine.wait_for(
        lambda: "front-door.local" in certified(appliance),
        RENEWED_SECONDS,
        "a certificate for the new name",
    )
    print(f"another host name: in the certificate after {seconds:.1f} s")
    assert appliance.show("NRestarts") == "0"


async def test_it_does_not_wait_for_the_network_as_others_do(
    appliance: Appliance, network: Home
) -> None:
    """On a machine whose network manager holds up who wants to be online: two minutes, or one on
    Raspberry Pi OS (systemd-networkd-wait-online(8), NetworkManager-wait-online)."""
    without_network(appliance)
    settings = NETWORK_FILE.format(address="10.77.1.151")
    appliance.machine.put("/etc/systemd/network/eth0.network", settings)
    appliance.machine.boot()
    appliance.machine.run("systemctl", "enable", "systemd-networkd.service")
    appliance.machine.run("systemctl", "add-wants", "multi-user.target", "network-online.target")
    appliance.machine.pull_the_plug()
    start = time.monotonic()
    appliance.machine.boot()
    await asyncio.to_thread(appliance.becomes, "active")
    waited = time.monotonic() - start
    print(f"no network, and others wait for it: active {waited:.1f} s after power on")
    assert (
        appliance.machine.run("systemctl", "show", WAITING, "-P", "ActiveState") == "activating\n"
    )
    async with phone_at(network, appliance) as phone:
        appliance.machine.cable.plug()
        seconds = await link_at(appliance, "10.77.1.151")
        seconds += await new_call(appliance, phone, within=CALL_SECONDS)
    print(f"no network, and others wait for it: a call {seconds:.1f} s after the network")


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

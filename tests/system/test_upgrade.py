"""The next version is installed while somebody is in a call."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.support.machine.appliance import AUTHORITY, CONFIGURATION, Appliance, install
from tests.support.machine.calls import CALL_SECONDS, call, new_call, phone_at
from tests.support.machine.package import newer
from tests.support.network import Home
from tests.support.scenario import AT_END

pytestmark = [pytest.mark.long, pytest.mark.system, pytest.mark.timeout(300)]


async def test_an_upgrade_in_a_call(
    appliance: Appliance, package: Path, network: Home, tmp_path: Path
) -> None:
    machine = appliance.machine
    upgraded = newer(package, tmp_path)
    machine.boot()
    appliance.becomes("active")
    kept = machine.run("sha256sum", AUTHORITY, CONFIGURATION)
    async with phone_at(network, appliance) as phone:
        await call(appliance, phone)
        start = time.monotonic()
        upgrade = asyncio.create_task(asyncio.to_thread(install, machine, upgraded))
        await phone.wait_for(AT_END, within=CALL_SECONDS)
        told = time.monotonic() - start
        toast = await phone.evaluate("document.querySelector('#app').innerText")
        print(await upgrade)
        done = time.monotonic() - start
        seconds = await new_call(appliance, phone, within=CALL_SECONDS)
    print(f"upgrade in a call: the phone shows the end after {told:.1f} s: {toast!r}")
    print(
        f"upgrade in a call: apt is done after {done:.1f} s, a new call after {seconds:.1f} s more"
    )
    installed = machine.run("dpkg-query", "--show", "--showformat=${Version}", "homecall-appliance")
    assert installed.endswith("+newer")
    assert machine.run("sha256sum", AUTHORITY, CONFIGURATION) == kept
    assert appliance.state == "active"

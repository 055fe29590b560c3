"""A clock that jumps, as that of a Raspberry Pi does when it learns the time from the network.

Only the daemon's clock: the kernel's is the host's as well. libfaketime shifts it by what a file
says; the monotonic clock goes on as it is.
"""

import asyncio
from pathlib import Path

import pytest

from tests.support.machine.appliance import Appliance
from tests.support.machine.calls import call, hang_up, new_call, phone_at, until
from tests.support.network import Home
from tests.support.scenario import flowing

pytestmark = [pytest.mark.long, pytest.mark.system, pytest.mark.timeout(300)]

CLOCK = "/etc/homecall-appliance.clock"

RIGHT = "+0"

DROP_IN = "/etc/systemd/system/homecall-appliance.service.d/clock.conf"

FAKE = f"""
[Service]
Environment=LD_PRELOAD=libfaketime.so.1
Environment=LD_LIBRARY_PATH={{library}}
Environment=FAKETIME_TIMESTAMP_FILE={CLOCK}
Environment=FAKETIME_NO_CACHE=1
Environment=FAKETIME_DONT_FAKE_MONOTONIC=1
Environment=FAKETIME_DISABLE_SHM=1
"""

RENEW_SECONDS = 60.0
"""Generous: a jump is noticed within five seconds."""


def give_clock(appliance: Appliance, offset: str) -> None:
    """Start the service with another clock, and as for the first time."""
    machine = appliance.machine
    library = Path(machine.run("sh", "-c", "ls /usr/lib/*/faketime/libfaketime.so.1").strip())
    machine.put(CLOCK, offset)
    machine.run("mkdir", "-p", str(Path(DROP_IN).parent))
    machine.put(DROP_IN, FAKE.format(library=library.parent))
    machine.run("sh", "-c", "rm -rf /var/lib/homecall-appliance/*")
    machine.run("systemctl", "daemon-reload")
    appliance.systemctl("restart")


@pytest.mark.parametrize("offset", ["-1000d", "+800d"])
async def test_the_clock_is_set_right_after_the_start(
    appliance: Appliance, network: Home, offset: str
) -> None:
    appliance.machine.boot()
    give_clock(appliance, offset)
    assert appliance.healthy()
    async with phone_at(network, appliance) as phone:
        appliance.machine.put(CLOCK, RIGHT)
        seconds = await new_call(appliance, phone, within=RENEW_SECONDS)
    print(f"the clock was wrong by {offset} and is set right: a call after {seconds:.1f} s")
    assert appliance.show("NRestarts") == "0"


@pytest.mark.parametrize("jump", ["+3600", "+100d", "-400d"])
async def test_a_call_outlives_a_jump(appliance: Appliance, network: Home, jump: str) -> None:
    appliance.machine.boot()
    give_clock(appliance, RIGHT)
    async with phone_at(network, appliance) as phone:
        before = await call(appliance, phone)
        appliance.machine.put(CLOCK, jump)
        await asyncio.sleep(10)
        after = await until(appliance, flowing)
        [then], [now] = before["calls"], after["calls"]
        assert now["sessionId"] == then["sessionId"]
        assert now["received"]["audioFrames"] > then["received"]["audioFrames"] + 50
        assert now["sent"]["videoFrames"] > then["sent"]["videoFrames"] + 30
        await hang_up(appliance, phone)
        seconds = await new_call(appliance, phone, within=RENEW_SECONDS)
    print(f"the clock jumps by {jump}: the call goes on, and the next one works ({seconds:.1f} s)")
    assert appliance.show("NRestarts") == "0"

"""A disk that is full, one that cannot be written to, and what is written to a healthy one."""

import asyncio
import time

import pytest
from e2e.network import Home

from system.appliance import SERVICE, Appliance
from system.calls import CALL_SECONDS, call, hang_up, new_call, phone_at
from system.usage import Usage

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

STATE = "/var/lib/homecall-appliance"

FULL_DISK = f"""
mkdir /run/kept
cp --archive {STATE}/. /run/kept
mount -t tmpfs -o size=64k,mode=0700 tmpfs {STATE}
chown --reference=/run/kept {STATE}
"""
"""Puts a small disk of its own in the place of the state."""

FILL = f"cat /dev/zero >{STATE}/filling || test -s {STATE}/filling"

FREE = f"rm {STATE}/filling"

TRY_AGAIN_SECONDS = 90.0
"""Generous: a certificate is looked at once a minute."""


def shell(appliance: Appliance, script: str) -> None:
    appliance.machine.run("sh", "-euc", script)


async def test_no_room_for_the_keys(appliance: Appliance, network: Home) -> None:
    appliance.machine.boot()
    appliance.becomes("active")
    appliance.systemctl("stop")
    shell(appliance, FULL_DISK + FILL)
    appliance.machine.attempt("systemctl", "start", "--no-block", SERVICE)
    await asyncio.sleep(10)
    assert "No space left on device" in appliance.journal()
    assert appliance.state != "active"
    shell(appliance, FREE)
    seconds = await asyncio.to_thread(appliance.becomes, "active")
    async with phone_at(network, appliance) as phone:
        seconds += await new_call(appliance, phone, within=CALL_SECONDS)
    print(f"no room for the keys: a call {seconds:.1f} s after there is room again")


async def test_a_disk_that_gets_full(appliance: Appliance, network: Home) -> None:
    appliance.machine.boot()
    appliance.becomes("active")
    appliance.systemctl("stop")
    shell(appliance, FULL_DISK + f"cp --archive /run/kept/. {STATE}\n" + FILL)
    appliance.systemctl("start")
    async with phone_at(network, appliance) as phone:
        await call(appliance, phone)
        await hang_up(appliance, phone)
        print("full disk: a call works")
        # The certificate must vouch for the new address, and cannot be kept.
        appliance.machine.cable.move(160)
        await asyncio.sleep(15)
        print(appliance.journal("--lines=10"))
        print(f"full disk, and another address: {appliance.show('StatusText')}")
        shell(appliance, FREE)
        seconds = await new_call(appliance, phone, within=TRY_AGAIN_SECONDS)
    print(f"full disk, and another address: a call {seconds:.1f} s after there is room again")
    assert appliance.show("NRestarts") == "0"


async def test_a_root_that_is_read_only(appliance: Appliance, network: Home) -> None:
    appliance.machine.boot("ro", "systemd.volatile=state")
    appliance.becomes("active")
    assert appliance.machine.attempt("touch", "/written").returncode != 0
    assert appliance.machine.run("findmnt", "-no", "FSTYPE", "/var").strip() == "tmpfs"
    async with phone_at(network, appliance) as phone:
        await call(appliance, phone)
        await hang_up(appliance, phone)


def test_nothing_is_written_in_an_idle_minute(appliance: Appliance) -> None:
    appliance.machine.boot()
    appliance.becomes("active")
    appliance.machine.settle()
    time.sleep(5)
    before = Usage.of(appliance)
    marker = appliance.machine.disk.parent / "marker"
    marker.touch()
    time.sleep(60)
    after = Usage.of(appliance)
    since = marker.stat().st_mtime_ns
    changed = [
        f"/{file.relative_to(appliance.machine.disk)}"
        for file in appliance.machine.disk.rglob("*")
        if file.is_file() and file.stat().st_mtime_ns > since
    ]
    print(f"an idle minute: {after - before}; files written: {changed}")
    assert after.written == before.written
    assert all(name.startswith("/var/log/journal/") for name in changed), changed

"""A disk that is full, one that cannot be written to, and what is written to a healthy one."""

import asyncio
import time

import pytest

from tests.support.machine.appliance import AUTHORITY, Appliance
from tests.support.machine.calls import CALL_SECONDS, call, hang_up, link_at, new_call, phone_at
from tests.support.machine.usage import Usage
from tests.support.network import Home

pytestmark = [pytest.mark.long, pytest.mark.system, pytest.mark.timeout(300)]

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

KEPT_SECONDS = 30.0
"""Generous: it is tried every five seconds."""


def shell(appliance: Appliance, script: str) -> None:
    appliance.machine.run("sh", "-euc", script)


def kept(appliance: Appliance) -> float:
    """Seconds until nothing is told of the certificates any more."""
    return appliance.machine.wait_for(
        lambda: "cannot be kept" not in appliance.show("StatusText"),
        KEPT_SECONDS,
        "certificates that are kept",
    )


async def test_no_room_for_the_keys(appliance: Appliance, network: Home) -> None:
    appliance.machine.boot()
    appliance.becomes("active")
    appliance.systemctl("stop")
    shell(appliance, FULL_DISK + FILL)
    appliance.systemctl("start")
    told = appliance.show("StatusText")
    print(f"no room for the keys: {told}")
    assert "(No space left on device): calls work, but after a restart" in told
    assert "Make room on the disk." in appliance.journal()
    async with phone_at(network, appliance) as phone:
        await call(appliance, phone)
        await hang_up(appliance, phone)
        shell(appliance, FREE)
        seconds = await asyncio.to_thread(kept, appliance)
        print(f"no room for the keys: kept {seconds:.1f} s after there is room")
        assert appliance.machine.path(AUTHORITY).read_text() == appliance.authority()
        appliance.systemctl("restart")
        await call(appliance, phone)
        await hang_up(appliance, phone)


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
        seconds = await link_at(appliance, "10.77.1.160")
        seconds += await new_call(appliance, phone, within=CALL_SECONDS)
        print(f"full disk, and another address: a call after {seconds:.1f} s")
        told = appliance.show("StatusText")
        print(f"full disk, and another address: {told}")
        assert "(No space left on device): calls work all the same." in told
        shell(appliance, FREE)
        seconds = await asyncio.to_thread(kept, appliance)
        print(f"full disk, and another address: kept {seconds:.1f} s after there is room")
    assert appliance.show("NRestarts") == "0"


async def test_a_root_that_is_read_only(appliance: Appliance, network: Home) -> None:
    appliance.machine.boot("ro", "systemd.volatile=state")
    appliance.becomes("active")
    assert appliance.machine.attempt("touch", "/written").returncode != 0
    assert appliance.machine.run("findmnt", "-no", "FSTYPE", "/var").strip() == "tmpfs"
    doctor = appliance.machine.attempt("homecall-appliance", "doctor").stdout
    assert "/var/lib/homecall-appliance/tls is in memory: after the next start" in doctor
    async with phone_at(network, appliance) as phone:
        await call(appliance, phone)
        await hang_up(appliance, phone)
        appliance.machine.cable.move(163)
        await link_at(appliance, "10.77.1.163")
        await new_call(appliance, phone, within=CALL_SECONDS)


async def test_a_state_that_is_read_only(appliance: Appliance, network: Home) -> None:
    """As the kernel leaves a disk that has errors. Since the installation, which has written the
    certificates, the machine has moved to another address."""
    appliance.machine.boot("ro")
    appliance.becomes("active")
    assert appliance.machine.attempt("touch", f"{STATE}/written").returncode != 0
    told = appliance.show("StatusText")
    print(f"read-only, and another address: {told}")
    assert "(Read-only file system): calls work all the same." in told
    assert appliance.authority() == appliance.machine.path(AUTHORITY).read_text()
    async with phone_at(network, appliance) as phone:
        await call(appliance, phone)
        await hang_up(appliance, phone)
        appliance.machine.cable.move(161)
        seconds = await link_at(appliance, "10.77.1.161")
        seconds += await new_call(appliance, phone, within=CALL_SECONDS)
    print(f"read-only, and one more address: a call after {seconds:.1f} s")
    assert appliance.show("NRestarts") == "0"


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

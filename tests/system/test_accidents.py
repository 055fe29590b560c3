"""What happens to the daemon, and after how many seconds a new call works."""

import asyncio
import os
import signal
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.support.machine.appliance import Appliance, with_test_devices
from tests.support.machine.calls import (
    CALL_SECONDS,
    call,
    hang_up,
    hears,
    new_call,
    phone_at,
    until,
)
from tests.support.network import Home
from tests.support.scenario import heard

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

WATCHDOG_SECONDS = 60.0
"""Generous: WatchdogSec, and the time that a blocked process is given to end."""


async def test_a_killed_daemon_is_there_again(appliance: Appliance, network: Home) -> None:
    appliance.machine.boot()
    appliance.becomes("active")
    async with phone_at(network, appliance) as phone:
        await call(appliance, phone)
        os.kill(appliance.main_pid, signal.SIGKILL)
        seconds = await new_call(appliance, phone, within=CALL_SECONDS)
    print(f"kill -9 in a call: a new call after {seconds:.1f} s")
    assert appliance.show("NRestarts") == "1"


@pytest.mark.long
async def test_a_daemon_that_is_killed_again_and_again_comes_back(
    appliance: Appliance, network: Home
) -> None:
    appliance.machine.boot()
    appliance.becomes("active")
    pauses = []
    for _ in range(3):
        os.kill(appliance.main_pid, signal.SIGKILL)
        await asyncio.to_thread(appliance.becomes, "activating")
        pauses.append(await asyncio.to_thread(appliance.becomes, "active"))
    print(f"kill -9 three times: active again after {', '.join(f'{s:.1f}' for s in pauses)} s")
    async with phone_at(network, appliance) as phone:
        await call(appliance, phone)
        await hang_up(appliance, phone)


@pytest.mark.long
async def test_a_blocked_event_loop_is_restarted(appliance: Appliance, network: Home) -> None:
    appliance.machine.boot()
    appliance.becomes("active")
    stopped = appliance.main_pid
    async with phone_at(network, appliance) as phone:
        await call(appliance, phone)
        os.kill(stopped, signal.SIGSTOP)
        seconds = await asyncio.to_thread(
            appliance.machine.wait_for,
            lambda: appliance.state == "active" and appliance.main_pid not in (0, stopped),
            WATCHDOG_SECONDS,
            "another daemon in place of the blocked one",
        )
        print(f"SIGSTOP in a call: another daemon is ready after {seconds:.1f} s")
        seconds += await new_call(appliance, phone, within=CALL_SECONDS)
    print(f"SIGSTOP in a call: a new call after {seconds:.1f} s")
    assert "watchdog" in appliance.journal().lower()


@pytest.mark.long
async def test_a_stop_in_a_call_tells_the_phone(appliance: Appliance, network: Home) -> None:
    appliance.machine.boot()
    appliance.becomes("active")
    async with phone_at(network, appliance) as phone:
        await call(appliance, phone)
        stopping = asyncio.create_task(asyncio.to_thread(appliance.systemctl, "stop"))
        start = asyncio.get_running_loop().time()
        await phone.wait_for("document.querySelector('#app').dataset.state === 'end'", within=5)
        told = asyncio.get_running_loop().time() - start
        await stopping
    print(
        f"stop in a call: the phone shows the end after {told:.1f} s, the service is stopped "
        f"after {asyncio.get_running_loop().time() - start:.1f} s"
    )
    assert appliance.show("Result") == "success"
    assert appliance.state == "inactive"


HUNG_CAMERA = "/run/camera"


@pytest.mark.long
async def test_a_camera_that_hangs(appliance: Appliance, network: Home) -> None:
    """A pipe into which nobody writes: to open it never ends, as with a driver that is stuck."""
    camera = {"camera": {"backend": "file", "device": HUNG_CAMERA}}
    with_test_devices(appliance.machine, camera)
    appliance.machine.boot()
    appliance.machine.run("mkfifo", "--mode=644", HUNG_CAMERA)
    appliance.becomes("active")
    async with phone_at(network, appliance) as phone:
        await phone.open(await asyncio.to_thread(appliance.link))
        await hears(phone)
        await until(appliance, heard)
        hung = await until(appliance, lambda status: bool(status["camera"]["problem"]))
        print(f"camera hangs: the call goes on; {hung['camera']['problem']}")
        picture = BytesIO()
        Image.new("RGB", (640, 360), "orange").save(picture, "PNG")
        start = asyncio.get_running_loop().time()
        appliance.machine.put(HUNG_CAMERA, picture.getvalue())
        await until(appliance, pictures_are_sent, within=CALL_SECONDS)
        seconds = asyncio.get_running_loop().time() - start
        print(f"camera hangs: pictures in the same call {seconds:.1f} s after it works again")
        await hang_up(appliance, phone)
    assert appliance.show("NRestarts") == "0"


def pictures_are_sent(status: dict[str, Any]) -> bool:
    """Whether the phone is sent pictures, and nothing is wrong."""
    sent = [call["sent"]["videoFrames"] for call in status["calls"]]
    return status["camera"]["problem"] is None and min(sent, default=0) > 10

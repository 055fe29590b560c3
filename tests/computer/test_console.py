"""The text console of the computer, which the daemon uses, or gives back."""

import asyncio

import pytest
import tomli_w
import zxingcpp

from tests.computer.appliance import CONFIGURATION, LOG, PID, START, WEBCAM, Appliance
from tests.computer.screens import CONSOLE, FRAMEBUFFER, SECONDS, shows
from tests.support.appliance import Tables
from tests.support.qr import codes_in
from tests.support.rigs.qemu.computer import Computer
from tests.support.scenario import until

pytestmark = [
    pytest.mark.long,
    pytest.mark.rig,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]

LETTER = 16
"""Pixels that a letter is high."""

BLANK_SECONDS = 70.0
"""More than the minute after which the console would blank."""

ROTATE = "/sys/class/graphics/fbcon/rotate_all"

WITHOUT_MONITOR = """
for console in /sys/class/vtconsole/vtcon*
do grep --silent 'frame buffer' $console/name && echo 0 >$console/bind
done
modprobe --remove virtio_gpu
"""

TAKEN = 444
"""A port that another program has."""

AS_A_SERVICE = f"""
touch {LOG}
export LANG=en JOURNAL_STREAM=$(stat --format=%d:%i {LOG})
exec python3 -m homecall_appliance run --config {CONFIGURATION} 2>{LOG}
"""
"""In the foreground, and as if the journal had what it writes."""

FAILURES = {
    "configuration": (
        2,
        {"server": {"https_port": "yes"}, "camera": {"colour": "blue"}},
        ("server.https_port: ", "camera.colour: ", "restart homecall-appliance"),
    ),
    "port": (
        1,
        {**WEBCAM, "server": {**WEBCAM["server"], "https_port": TAKEN}},
        (f"Port {TAKEN} on :: cannot be opened", "soon tries again"),
    ),
}


async def test_the_console_comes_back_when_the_daemon_ends(computer: Computer) -> None:
    async with Appliance.running(computer, {"backend": "framebuffer"}) as appliance:
        await shows(computer, appliance, "started")
    computer.run("sh", "-c", rf"printf '\033[2J\033[1;1HReady for a login.' >{CONSOLE}")
    computer.wait_for(lambda: 0 < lowest(computer) <= 2 * LETTER, 5, "text")


async def test_the_first_console_shows_the_code(computer: Computer) -> None:
    display = {"backend": "terminal", "device": CONSOLE}
    async with Appliance.running(computer, display) as appliance:
        await shows(computer, appliance, "on the console")


async def test_the_code_is_turned_as_the_console_is(computer: Computer) -> None:
    """As on a panel that is mounted on its side."""
    computer.run("sh", "-c", f"echo 1 >{ROTATE}")
    try:
        async with Appliance.running(computer, {"backend": "auto"}) as appliance:
            await shows(computer, appliance, "turned")
            [code] = zxingcpp.read_barcodes(await asyncio.to_thread(computer.screen))
            assert code.orientation % 360 == 90
    finally:
        computer.run("sh", "-c", f"echo 0 >{ROTATE}")


async def test_a_monitor_that_is_there_late(computer: Computer) -> None:
    """Without one, drivers such as vc4 make no framebuffer."""
    computer.run("sh", "-c", WITHOUT_MONITOR)
    async with Appliance.running(computer, {"backend": "auto"}) as appliance:
        assert (await appliance.status())["display"]["where"] in ("", f"the terminal {CONSOLE}")
        computer.run("modprobe", "virtio_gpu")
        await shows(computer, appliance, "with a monitor")
        status = await until(appliance, lambda status: bool(status["display"]["where"]), SECONDS)
        assert status["display"]["where"] == f"the screen {FRAMEBUFFER}"


async def test_the_first_console_does_not_go_dark(computer: Computer) -> None:
    """As most do after ten minutes: this one would after one."""
    computer.run("sh", "-c", rf"printf '\033[9;1]' >{CONSOLE}")
    display = {"backend": "terminal", "device": CONSOLE}
    async with Appliance.running(computer, display) as appliance:
        await shows(computer, appliance, "on the console")
        await asyncio.sleep(BLANK_SECONDS)
        assert codes_in(await asyncio.to_thread(computer.screen)) == [await appliance.link()]


@pytest.mark.parametrize(("code", "tables", "sentences"), FAILURES.values(), ids=FAILURES)
async def test_a_failed_start_is_told_on_the_console(
    computer: Computer, code: int, tables: Tables, sentences: tuple[str, ...]
) -> None:
    """Also where the daemon before had the screen, and was killed."""
    display = {"backend": "framebuffer"}
    computer.put(CONFIGURATION, tomli_w.dumps({**WEBCAM, "display": display}))
    computer.start(START)
    await asyncio.to_thread(
        computer.wait_for, lambda: codes_in(computer.screen()), SECONDS, "the code of the other"
    )
    computer.run("sh", "-c", f"kill -KILL $(cat {PID})")
    other = computer.start(f"exec python3 -m http.server {TAKEN} --bind ::")
    listening = f"ss --no-header --listening --tcp sport = :{TAKEN} | grep ."
    computer.wait_for(lambda: computer.attempt("sh", "-c", listening).code == 0, SECONDS, "a port")
    computer.put(CONFIGURATION, tomli_w.dumps(tables))
    assert computer.attempt("sh", "-c", AS_A_SERVICE).code == code
    computer.run("kill", other)
    told = " ".join(computer.run("cat", "/dev/vcs1").split())
    for sentence in (*sentences, "Ctrl+Alt+F2"):
        assert sentence in told
    assert lowest(computer) > LETTER, "it is to be seen as well"


def lowest(computer: Computer) -> int:
    """How far down anything is to be seen, in pixels."""
    _, _, _, bottom = computer.screen().getbbox() or (0, 0, 0, 0)
    return bottom

"""doctor, devices and status as processes, with a running appliance and without one."""

import asyncio
import json
import os
import pty
import re
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from homecall_appliance.config.loader import load
from homecall_appliance.doctor.checks import examine
from homecall_appliance.doctor.facts import Looked, Settings
from homecall_appliance.doctor.finding import State
from homecall_appliance.doctor.gather import gather
from homecall_appliance.doctor.isolated import look
from tests.doctor.commands import COMMAND, Done, run, written
from tests.doctor.doctor_world import NAMES
from tests.support.address import free_port
from tests.support.appliance import Appliance, Tables
from tests.support.owner_world import Owner

pytestmark = pytest.mark.slow

NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")


@asynccontextmanager
async def appliance(overrides: Tables | None = None) -> AsyncIterator[tuple[Appliance, str]]:
    """A running one, and the path of its configuration."""
    async with Appliance.running(overrides) as running:
        yield running, str(running.directory / "homecall.toml")


async def command(*words: str, **options: Any) -> Done:
    """Run a command beside the event loop."""
    return await asyncio.to_thread(run, *words, **options)


def signs(done: Done) -> dict[str, str]:
    """The sign of each line."""
    return {line.split()[1]: line[0] for line in done.output.splitlines()}


async def test_doctor_while_the_appliance_runs() -> None:
    async with appliance() as (running, config):
        done = await command("doctor", "--config", config)
        assert signs(done) == dict.fromkeys(NAMES, "✓"), done.output
        assert (done.code, done.errors) == (0, "")
        assert f"{running.https_port} and {running.http_port} are open" in done.line("ports")
        assert f"is for {running.host}, as the link is" in done.line("certificate")
        assert f"{running.host} and answers there" in done.line("network")
        report = json.loads((await command("doctor", "--json", "--config", config)).output)
        assert (report["ok"], report["running"]) == (True, True)
        assert [each["name"] for each in report["findings"]] == NAMES


def test_doctor_while_it_does_not_run(tmp_path: Path) -> None:
    done = run("doctor", "--config", written(tmp_path))
    assert (done.code, signs(done)) == (0, dict.fromkeys(NAMES, "✓")), done.output
    assert "are free. The appliance is not running" in done.line("ports")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["homecall.toml"], "only looked"


def test_a_broken_configuration_has_a_line_for_each_error(tmp_path: Path) -> None:
    broken: Tables = {
        "camera": {"width": 5},
        "server": {"nonsense": 1},
        "display": {"backend": "none"},
    }
    config = written(tmp_path, broken)
    done = run("doctor", "--config", config)
    lines = [line for line in done.output.splitlines() if "configuration " in line]
    assert done.code == 1
    assert [line[0] for line in lines] == ["✗"] * 3
    assert {line.split()[2] for line in lines} == {"camera.width:", "server.nonsense:", "Correct"}
    assert done.line("display").startswith("✓"), "what is right is in force"
    assert run("devices", "--config", config).code == 0
    assert run("status", "--config", config).code == 2


def test_no_configuration_at_the_place_that_was_named(tmp_path: Path) -> None:
    done = run("doctor", "--config", str(tmp_path / "none.toml"))
    assert done.code == 1
    assert "there is no such file" in done.output


def test_a_port_of_a_foreign_program(tmp_path: Path) -> None:
    with socket.create_server(("", 0)) as stranger:
        port = stranger.getsockname()[1]
        done = run("doctor", "--config", written(tmp_path, {"server": {"http_port": port}}))
    assert done.code == 1
    holder = rf"is used by \S+ \(process {os.getpid()}\)\. Stop that program"
    assert re.search(holder, done.line("ports")), done.output


async def test_a_setting_that_is_not_in_force_yet() -> None:
    async with appliance() as (_, config):
        port = {"HOMECALL_SERVER__HTTP_PORT": str(free_port())}
        done = await command("doctor", "--config", config, environment=port)
    assert done.code == 1
    assert "but not on port" in done.line("ports")
    assert "sudo systemctl restart homecall-appliance" in done.line("ports")


async def test_a_call_keeps_its_devices() -> None:
    # A machine of the tests has no such devices: what the doctor says shows that it did not look.
    async with appliance() as (running, config):
        link = await running.link()
        url = link.replace("https:", "wss:").replace("/?session=", "/signal?sessionId=")
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(url, ssl=False) as phone,
        ):
            assert (await phone.receive_json(timeout=10))["type"] == "offer"
            real = {"HOMECALL_CAMERA__BACKEND": "auto", "HOMECALL_AUDIO__BACKEND": "auto"}
            done = await command("doctor", "--config", config, environment=real)
            devices = await command("devices", "--config", config)
            heard = await command("audio-test", "--config", config, environment=real)
            status = await command("status", "--config", config)
    for name in ("camera", "microphone", "speaker"):
        assert done.line(name).endswith("A call is using it now.")
    assert "Raspberry Pi cameras are not looked for" in devices.output
    assert "The sound card is in use" in devices.output
    assert (heard.code, heard.output) == (1, "")
    assert "Test it when the call is over" in heard.errors
    assert "Calls:   1 of at most 2." in status.output
    assert "is being connected" in status.output


@pytest.mark.apt
async def test_somebody_who_may_not_ask() -> None:
    async with appliance() as (running, config):
        for path in (running.directory, running.directory / "homecall.toml"):
            path.chmod(0o755)
        done = await command("doctor", "--config", config, prefix=NOBODY)
        status = await command("status", "--config", config, prefix=NOBODY)
    assert done.code == 1
    assert "are the appliance's. You may not ask it. Type: sudo" in done.line("ports")
    assert done.line("certificate").startswith("✓"), "it is what every phone sees"
    assert (status.code, "Try it with sudo" in status.errors) == (3, True)


@pytest.mark.apt
def test_somebody_who_may_not_read_the_keys(tmp_path: Path) -> None:
    config = written(tmp_path)
    (tmp_path / "tls").mkdir(mode=0o700)
    (tmp_path / "tls" / "authority.pem").touch()
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(folder.stat().st_mode | 0o055)
    done = run("doctor", "--config", config, prefix=NOBODY)
    assert done.code == 1
    assert "You may not look into" in done.line("certificate")
    assert "sudo homecall-appliance doctor" in done.line("certificate")


@pytest.mark.parametrize(
    ("days", "sentence", "code"),
    [(-1, "has expired on", 1), (5, "expires on", 1), (90, "is valid until", 0)],
)
def test_an_owners_certificate(days: int, sentence: str, code: int, tmp_path: Path) -> None:
    pair = Owner().pair(names=("localhost",), begin=days - 100, end=days)
    files = {
        "certificate": str(tmp_path / "fullchain.pem"),
        "private_key": str(tmp_path / "privkey.pem"),
    }
    config = written(
        tmp_path,
        {"server": {"public_host": "localhost"}, "tls": {"mode": "files", **files}},
    )
    assert "There is no file" in run("doctor", "--config", config).line("certificate")
    pair.write(tmp_path)
    done = run("doctor", "--config", config)
    assert sentence in done.line("certificate")
    assert done.code == code


@pytest.mark.apt
def test_a_machine_without_a_network(tmp_path: Path) -> None:
    done = run("doctor", "--config", written(tmp_path), prefix=("unshare", "--net"))
    assert done.code == 1
    assert done.line("network").startswith("✗ network       This machine has no address. Plug in")


async def test_one_who_hangs_does_not_hang_the_doctor(tmp_path: Path) -> None:
    config = written(tmp_path)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "control.sock"))
        silent.listen()
        done = await command("doctor", "--config", config)
    assert done.code == 1
    assert "does not answer" in done.line("ports")


def test_a_camera_that_hangs_is_a_finding(tmp_path: Path) -> None:
    pipe = tmp_path / "camera"
    os.mkfifo(pipe)  # who opens it waits for a writer, in the middle of a library
    camera = {"camera": {"backend": "file", "device": str(pipe)}}
    settings = Settings(load(Path(written(tmp_path, camera)), {}))

    def impatient(task: str, values: Mapping[str, Any]) -> Looked:
        return look(task, values, timeout=3.0 if task == "open-camera" else 30.0)

    (found,) = (each for each in examine(gather(settings, impatient)) if each.state is State.BAD)
    assert (found.name, found.sentence[:17]) == ("camera", "The camera hangs.")


def test_ctrl_c_ends_a_doctor_who_waits(tmp_path: Path) -> None:
    pipe = tmp_path / "camera"
    os.mkfifo(pipe)
    config = written(tmp_path, {"camera": {"backend": "file", "device": str(pipe)}})
    doctor = subprocess.Popen(
        # A shell that starts the tests in the background has them ignore it.
        ["env", "--default-signal=INT", *COMMAND, "doctor", "--config", config],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    # Opens as soon as the doctor waits there; nothing is ever written.
    with pipe.open("wb"):
        os.killpg(doctor.pid, signal.SIGINT)
        assert doctor.communicate(timeout=10) == (b"", b"")
    assert doctor.returncode == -signal.SIGINT


async def test_a_socket_that_was_left_behind_is_no_appliance(tmp_path: Path) -> None:
    config = written(tmp_path)
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(tmp_path / "control.sock"))
    assert (await command("doctor", "--config", config)).code == 0
    assert (await command("status", "--config", config)).code == 3


def test_devices_are_listed_for_programs(tmp_path: Path) -> None:
    done = run("devices", "--json", "--config", written(tmp_path))
    found = json.loads(done.output)
    assert (done.code, done.errors) == (0, "")
    assert list(found) == ["cameras", "microphones", "speakers", "displays", "notes"]
    for kind in ("cameras", "microphones", "speakers", "displays"):
        for each in found[kind]:
            assert list(each) == ["backend", "device", "description", "default"]


async def test_status() -> None:
    async with appliance() as (running, config):
        done = await command("status", "--config", config)
        values = json.loads((await command("status", "--json", "--config", config)).output)
        assert values["link"]["url"] == await running.link()
        lines = done.output.splitlines()
        assert re.fullmatch(r"HomeCall Appliance \S+ is running, for \d+ seconds? now\.", lines[0])
        assert lines[1] == f"Link:    {await running.link()}"
        assert lines[2] == "Calls:   None now."


def test_status_of_nobody(tmp_path: Path) -> None:
    done = run("status", "--config", written(tmp_path))
    assert (done.code, done.output) == (3, "")
    assert "sudo systemctl start homecall-appliance" in done.errors


def test_a_traceback_is_for_debugging_only(tmp_path: Path) -> None:
    config = written(tmp_path)
    picture = str(tmp_path)
    for words in (("status",), ("link", "--png", picture)):
        assert run(*words, "--config", config).code == 3
        assert "NotRunning" in run("--debug", *words, "--config", config).errors
    broken = tmp_path / "broken.toml"
    broken.write_text("=")
    for words in (("check-config",), ("show-config",), ("run",)):
        assert run(*words, "--config", str(broken)).code == 2
        assert "Traceback" in run(*words, "--debug", "--config", str(broken)).errors


async def test_a_picture_that_cannot_be_written(tmp_path: Path) -> None:
    async with appliance() as (_, config):
        done = await command("link", "--png", str(tmp_path), "--config", config)
    assert done.code == 1
    assert done.errors == f"{tmp_path} cannot be written: Is a directory.\n"


def test_a_reader_who_has_seen_enough(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        [*COMMAND, "doctor", "--config", written(tmp_path)],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (process.returncode, process.stderr) == (1, b"")


def test_a_terminal_that_cannot_show_the_signs(tmp_path: Path) -> None:
    latin = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"}
    done = run("doctor", "--config", written(tmp_path), environment=latin)
    assert set(signs(done).values()) == {"+"}


def test_a_terminal_is_a_display(tmp_path: Path) -> None:
    mine, theirs = pty.openpty()
    done = subprocess.run(
        [*COMMAND, "devices", "--json", "--config", written(tmp_path)],
        stdin=theirs,
        stdout=subprocess.PIPE,
        check=True,
    )
    displays = json.loads(done.stdout)["displays"]
    assert {"backend": "terminal", "device": "", "description": os.ttyname(theirs)}.items() <= (
        displays[-1].items()
    )
    os.close(mine)
    os.close(theirs)

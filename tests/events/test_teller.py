"""All that is configured is told, and nothing that hangs holds up another, or the daemon's end."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from homecall_appliance.config.model import Events, Mqtt
from homecall_appliance.events.event import Kind
from homecall_appliance.events.mqtt.connection import Access
from homecall_appliance.events.mqtt.topics import Button
from homecall_appliance.events.teller import Teller, broker_access, create_teller, wanted_buttons
from homecall_appliance.web.http_client import RequestError
from tests.events.mqtt_world import House
from tests.events.told import event

HOOK = "http://ha.home/hook"


@dataclass
class Poster:
    """What is posted."""

    posted: list[tuple[str, str]] = field(default_factory=list)

    async def post(self, url: str, body: bytes) -> None:
        self.posted.append((url, json.loads(body)["kind"]))


def teller(events: Events, poster: Poster | None = None) -> Teller:
    return create_teller(
        events,
        Mqtt(),
        control=House(),
        post=(poster or Poster()).post,
        door=True,
        machine_id="0" * 32,
    )


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def end(task: "asyncio.Task[None]") -> None:
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_nothing_is_told_to_nobody() -> None:
    made = teller(Events())
    task = asyncio.create_task(made.run())
    await asyncio.sleep(0)
    made.tell(event())
    await asyncio.sleep(0)
    await end(task)
    assert made.lost == 0


async def test_one_that_hangs_holds_up_no_other(tmp_path: Path) -> None:
    poster = Poster()
    made = teller(Events("sleep 1000", HOOK), poster)
    task = asyncio.create_task(made.run())
    for kind in Kind:
        made.tell(event(kind))
    await until(lambda: len(poster.posted) == len(Kind))
    assert poster.posted == [(HOOK, kind) for kind in Kind]
    await end(task)


async def test_what_was_lost_is_counted_for_each() -> None:
    class Away(Poster):
        async def post(self, url: str, body: bytes) -> None:
            raise RequestError("silent", "it does not answer")

    made = teller(Events("/nowhere", HOOK), Away())
    task = asyncio.create_task(made.run())
    made.tell(event())
    await until(lambda: made.lost == 2)
    await end(task)


async def test_what_is_told_before_it_runs_is_not_lost() -> None:
    poster = Poster()
    made = teller(Events(webhook=HOOK), poster)
    made.tell(event(Kind.OPENED))
    task = asyncio.create_task(made.run())
    await until(lambda: bool(poster.posted))
    await end(task)
    assert poster.posted == [(HOOK, "opened")]


@pytest.mark.parametrize(
    ("named", "door", "buttons"),
    [
        ((), True, []),
        (("open", "answer", "open"), True, [Button.ANSWER, Button.OPEN]),
        (("open", "answer"), False, [Button.ANSWER]),
        (("hang_up", "decline"), False, [Button.DECLINE, Button.HANG_UP]),
    ],
)
def test_the_door_has_a_button_where_there_is_one(
    named: tuple[str, ...], door: bool, buttons: list[Button]
) -> None:
    assert wanted_buttons(named, door=door) == buttons


def test_the_broker_is_the_configured_one() -> None:
    mqtt = Mqtt("ha", tls=True, ca_certificate="/ca", username="u", password="p")  # noqa: S106
    assert broker_access(mqtt, "77") == Access(
        "ha",
        8883,
        "homecall_77",
        "u",
        "p",
        tls=True,
        ca_certificate="/ca",
    )


PROGRAM = """
import asyncio, socket, sys, time, uvloop
from homecall_appliance.config.model import Events, Mqtt
from homecall_appliance.events.teller import create_teller
from homecall_appliance.web.http_client import JsonPoster
from tests.events.mqtt_world import House
from tests.events.told import event

if sys.argv[1] == "dns":
    socket.getaddrinfo = lambda *_, **__: time.sleep(1000)
silent = socket.create_server(("127.0.0.1", 0))
port = silent.getsockname()[1]
host = "127.0.0.1" if sys.argv[1] == "silence" else "ha.home"

async def main():
    made = create_teller(
        Events(f"sh -c 'trap : TERM; echo >{sys.argv[2]}; while :; do sleep 0.1; done'",
               f"http://{host}:{port}/"),
        Mqtt(host, port, tls=True), control=House(), post=JsonPoster().post, door=False,
        machine_id="",
    )
    task = asyncio.create_task(made.run())
    made.tell(event())
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    print("cancelled")

uvloop.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("what", ["silence", "dns"])
def test_the_daemon_ends_whatever_hangs(what: str, tmp_path: Path) -> None:
    """Neither a thread nor a process is waited for: some would take a minute, some for ever."""
    started = tmp_path / "started"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, what, str(started)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "cancelled\n"), done.stderr
    assert started.exists()

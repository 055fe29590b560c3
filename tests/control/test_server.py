"""The control socket from both ends."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, UnixConnector

from homecall_appliance.control.client import act, ask
from homecall_appliance.control.not_done import NotDone
from homecall_appliance.control.server import Action, control_socket


class House:
    """A `Controlled` with one visitor at the door and two calls."""

    def __init__(self) -> None:
        self.waiting = 1
        self.actions: Mapping[str, Action] = {
            "answer": ("answered", self._answer),
            "hangup": ("ended", self._hang_up),
            "mute": ("toggled", self._mute),
        }

    async def _answer(self) -> bool:
        self.waiting -= 1
        return self.waiting >= 0

    async def _hang_up(self) -> int:
        return 2

    async def _mute(self) -> int:
        raise NotDone("The microphone is stuck. Hit it.")

    def status(self) -> Mapping[str, Any]:
        return {}

    def link(self) -> Mapping[str, Any]:
        return {"url": "https://home/"}

    def metrics(self) -> tuple[str, bytes]:
        return "text/plain", b""


async def test_what_is_done_is_told_and_so_is_that_there_was_nothing_to_do(tmp_path: Path) -> None:
    place = tmp_path / "control.sock"
    async with control_socket(place, House()):
        assert [await asyncio.to_thread(act, str(place), "answer") for _ in range(2)] == [
            True,
            False,
        ]
        told = await asyncio.to_thread(ask, str(place), "/hangup", method="POST")
        assert told.values == {"ended": 2}
        assert (await asyncio.to_thread(ask, str(place), "/link")).values["url"] == "https://home/"
        assert place.stat().st_mode & 0o777 == 0o660
    assert not place.exists()


async def test_what_could_not_be_done_is_told_with_its_reason(tmp_path: Path) -> None:
    place = tmp_path / "control.sock"
    async with control_socket(place, House()):
        with pytest.raises(NotDone, match=r"^The microphone is stuck\. Hit it\.$"):
            await asyncio.to_thread(act, str(place), "mute")
        async with (
            ClientSession(connector=UnixConnector(str(place))) as session,
            session.post("http://localhost/mute") as response,
        ):
            assert response.status == 503
            told = {"toggled": 0, "problem": "The microphone is stuck. Hit it."}
            assert await response.json() == told


async def test_what_takes_a_while_is_waited_for_and_holds_up_no_other(tmp_path: Path) -> None:
    place, done, house = tmp_path / "control.sock", asyncio.Event(), House()

    async def wait() -> int:
        await done.wait()
        return 1

    house.actions = {**house.actions, "open": ("opened", wait)}
    async with control_socket(place, house):
        opening = asyncio.create_task(asyncio.to_thread(act, str(place), "open"))
        assert await asyncio.to_thread(act, str(place), "hangup")
        assert not opening.done()
        done.set()
        assert await opening


@pytest.mark.parametrize(("method", "path"), [("GET", "/answer"), ("POST", "/open")])
async def test_nothing_else_can_be_done(tmp_path: Path, method: str, path: str) -> None:
    place = tmp_path / "control.sock"
    house = House()
    async with control_socket(place, house):
        with pytest.raises(Exception, match="does not answer"):
            await asyncio.to_thread(ask, str(place), path, method=method)
    assert house.waiting == 1

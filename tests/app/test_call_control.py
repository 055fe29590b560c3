"""What somebody inside does to the calls."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from homecall_appliance.app.call_control import CallControl
from homecall_appliance.app.visits import Visits
from homecall_appliance.calls.answering import Answering
from homecall_appliance.door.door import Door
from homecall_appliance.door.ports import DoorError
from homecall_appliance.events.event import Event, Kind
from homecall_appliance.signaling.messages import Hangup
from tests.support.call_world import House, Phone, call, house, until

pytestmark = pytest.mark.slow


class Opener:
    """Opens a door, or is out of order."""

    def __init__(self) -> None:
        self.opened = 0
        self.works = True

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def open(self) -> None:
        if not self.works:
            raise DoorError("Its line is used by another program.")
        self.opened += 1


def control_of(
    home: House, opener: Opener | None = None, tell: Callable[[Event], None] = lambda _: None
) -> CallControl:
    return CallControl(
        home.reception,
        camera=home.camera,
        audio=home.audio,
        door=Door(opener),
        visits=Visits(tell, lambda: None),
        on_change=lambda: None,
    )


async def test_without_a_call_there_is_nothing_to_do() -> None:
    async with house() as home:
        control = control_of(home)
        acts = (control.answer, control.decline, control.hang_up, control.mute, control.camera)
        assert [act() for act in (*acts, control.open_door)] == [0, 0, 0, 0, 0, 0]


async def test_while_it_rings_there_is_nothing_to_switch() -> None:
    async with house(answering=Answering(asks=True)) as home:
        control = control_of(home)
        phone = Phone(home.hub, home.published.session_id)
        phone.attach()
        await phone.answer(await phone.offer())
        await until(lambda: home.reception.ringing is not None and home.reception.connected == 1)
        assert (control.mute(), control.camera()) == (False, False)
        assert control.answer()
        assert (control.mute(), control.camera()) == (True, True)
        assert control.hang_up() == 1
        await until(lambda: not home.reception.calls)
        await phone.gone()


async def test_the_microphone_and_the_camera_are_switched_until_the_call_ends() -> None:
    async with house() as home:
        control = control_of(home)
        served, phone = await call(home)
        states = []
        for _ in range(3):
            assert control.mute()
            assert control.camera()
            states.append((home.audio.muted, home.camera.off))
            await until(lambda: home.camera.open is not home.camera.off)
        assert states == [(True, True), (False, False), (True, True)]
        assert home.audio.open, "the loudspeaker goes on"
        assert served.totals is not None
        frames = served.totals.sent.video_frames
        control.camera()
        await until(lambda: served.totals is not None and served.totals.sent.video_frames > frames)
        control.camera()
        phone.say(Hangup(phone.session_id))
        await until(lambda: not home.reception.calls)
        assert (home.audio.muted, home.camera.off) == (False, False), "not for the next call"
        await phone.gone()
        _, again = await call(home)
        again.say(Hangup(again.session_id))
        await again.gone()


async def test_the_door_is_opened_to_who_rings_or_is_in_a_call_and_to_nobody_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    opener, told = Opener(), list[Event]()
    async with house(answering=Answering(asks=True)) as home:
        control = control_of(home, opener, told.append)
        assert not control.open_door()
        phone = Phone(home.hub, home.published.session_id)
        phone.attach()
        await phone.offer()
        assert not control.open_door(), "he has not answered: nobody has seen him"
        await phone.gone()
        again = Phone(home.hub, phone.session_id)
        again.attach()
        await again.answer(await again.offer())
        await until(lambda: home.reception.ringing is not None)
        assert control.open_door()
        await until(lambda: len(told) == 1)
        assert control.answer()
        await until(lambda: home.reception.talking is not None)
        assert control.open_door()
        await until(lambda: len(told) == 2)
        opener.works = False
        assert control.open_door()
        await until(lambda: "The door was not opened" in caplog.text)
        with pytest.raises(DoorError, match="used by another program"):
            await control.open_door_and_wait()
        opener.works = True
        assert await control.open_door_and_wait()
        assert len(told) == 3
        again.say(Hangup(again.session_id))
        await until(lambda: not home.reception.calls)
        assert not control.open_door()
        assert not await control.open_door_and_wait()
        await again.gone()
    assert opener.opened == 3
    assert [(each.kind, each.call) for each in told] == [(Kind.OPENED, 1)] * 3
    lines = [each for each in caplog.records if each.message == "The door was opened."]
    assert [each.SESSION_ID for each in lines] == [again.session_id] * 3  # type: ignore[attr-defined]

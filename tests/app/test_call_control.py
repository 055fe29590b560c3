"""What somebody inside does to the calls."""

import pytest

from homecall_appliance.app.call_control import CallControl
from homecall_appliance.calls.answering import Answering
from homecall_appliance.signaling.messages import Hangup
from tests.support.call_world import Phone, call, house, until

pytestmark = pytest.mark.slow


async def test_without_a_call_there_is_nothing_to_do() -> None:
    async with house() as home:
        control = CallControl(home.reception, home.camera, home.audio)
        acts = (control.answer, control.decline, control.hang_up, control.mute, control.camera)
        assert [act() for act in acts] == [0, 0, 0, 0, 0]


async def test_while_it_rings_there_is_nothing_to_switch() -> None:
    async with house(answering=Answering(asks=True)) as home:
        control = CallControl(home.reception, home.camera, home.audio)
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
        control = CallControl(home.reception, home.camera, home.audio)
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

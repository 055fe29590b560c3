"""What the people inside are shown of a visitor who was missed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from homecall_appliance.app.inside import Inside
from homecall_appliance.calls.answering import Answering
from homecall_appliance.calls.call import Call
from homecall_appliance.calls.call_event import CallEvent
from homecall_appliance.config.model import Call as CallSettings
from homecall_appliance.config.model import Config
from homecall_appliance.display.pixels import Channel, FrameFormat, Mode
from homecall_appliance.display.ports import Frame
from homecall_appliance.signaling.messages import Hangup
from tests.support.call_world import Phone, house, until

pytestmark = pytest.mark.slow

FORMAT = FrameFormat(Mode(2, 1, 32, 8, 0, *[Channel(0, 8)] * 3), 0)
KEEPING = CallSettings(answer="ask", keep_missed_picture=True)


def frame(shade: int) -> Frame:
    return Frame(FORMAT, memoryview(bytes([shade, 0, 0, 0] * 2)))


def shade(inside: Inside) -> int | None:
    """What is kept of who was missed."""
    kept = inside.visits.missed_picture
    return kept.pixels[0] if kept else None


class Untouched:
    """A screen without buttons."""

    targets = None


@asynccontextmanager
async def ringing(settings: CallSettings) -> AsyncIterator[tuple[Inside, Call, Phone]]:
    """A visitor rings; his phone sends no picture of its own accord."""
    made: list[Inside] = []

    def happened(event: CallEvent) -> None:
        made[0].visits.on_call_event(event)

    async with house(answering=Answering(asks=True), on_event=happened) as home:
        devices: dict[str, Any] = {
            "camera": home.camera,
            "audio": home.audio,
            "screen": Untouched(),
        }
        made.append(
            Inside(
                Config(call=settings),
                {},
                reception=home.reception,
                **devices,
                on_change=lambda: None,
            )
        )
        phone = Phone(home.hub, home.published.session_id)
        phone.attach()
        await phone.answer(await phone.offer())
        await until(lambda: home.reception.ringing is not None)
        [call] = home.reception.calls
        yield made[0], call, phone
        home.reception.hang_up()
        await until(lambda: not home.reception.calls)
        await phone.gone()


async def test_of_who_leaves_or_is_not_answered_the_picture_is_kept_until_a_key() -> None:
    async with ringing(KEEPING) as (inside, call, phone):
        assert call.peer
        inside.see(call.peer, frame(10))
        assert shade(inside) is None, "he rings still"
        phone.say(Hangup(phone.session_id))
        await until(lambda: call.ended)
        assert inside.visits.missed
        assert shade(inside) == 10
        inside.see(call.peer, frame(20))
        inside.call_control.mute()
        assert not inside.visits.missed
        assert shade(inside) is None


@pytest.mark.parametrize("act", ["answer", "decline"])
async def test_of_who_was_attended_to_nothing_is_kept(act: str) -> None:
    async with ringing(KEEPING) as (inside, call, _):
        assert call.peer
        inside.see(call.peer, frame(10))
        assert getattr(inside.call_control, act)()
        inside.see(call.peer, frame(20))
        call.hang_up()
        await until(lambda: call.ended)
        assert shade(inside) is None


async def test_another_phones_picture_is_not_taken_for_his() -> None:
    async with ringing(KEEPING) as (inside, call, phone):
        other: Any = object()
        inside.see(other, frame(10))
        phone.say(Hangup(phone.session_id))
        await until(lambda: call.ended)
        assert inside.visits.missed
        assert shade(inside) is None


async def test_nothing_is_kept_where_it_is_not_wanted() -> None:
    async with ringing(CallSettings(answer="ask")) as (inside, call, phone):
        assert call.peer
        inside.see(call.peer, frame(10))
        phone.say(Hangup(phone.session_id))
        await until(lambda: call.ended)
        assert inside.visits.missed
        assert shade(inside) is None

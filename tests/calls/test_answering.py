"""Visitors who are let in by somebody inside (protocol.md, section 7)."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from homecall_appliance.calls.answering import Answering
from homecall_appliance.calls.call import Call
from homecall_appliance.calls.call_event import CallEvent
from homecall_appliance.calls.negotiation import CallState
from homecall_appliance.signaling.messages import Hangup, Refused
from homecall_appliance.signaling.session import CloseCode
from tests.support.call_world import Announced, House, Phone, call, gathered, house, until

pytestmark = pytest.mark.slow


class Bell:
    """What rings, and for how many."""

    def __init__(self) -> None:
        self.history: list[str] = []

    @contextmanager
    def alert(self) -> Iterator[None]:
        self.history.append("rings")
        yield
        self.history.append("silent")


def asking(bell: Bell, ring_timeout: float = 60.0) -> Answering:
    return Answering(True, ring_timeout, bell.alert)


async def ring(home: House) -> tuple[Call, Phone]:
    """Have a visitor come, as far as he is seen inside."""
    served = home.published
    phone = Phone(home.hub, served.session_id)
    phone.attach()
    await phone.answer(await phone.offer())
    await until(lambda: served.peer is not None and served.peer.received.video_frames > 2)
    return served, phone


async def told(phone: Phone) -> str | None:
    """Return the reason for which the appliance hangs up."""
    async with asyncio.timeout(20):
        while not isinstance(message := await phone.messages.get(), Hangup):
            pass
    return message.reason


async def over(home: House, *phones: Phone) -> None:
    await until(lambda: not home.reception.calls)
    await until(lambda: not home.camera.wanted and not home.audio.wanted)
    for phone in phones:
        await phone.gone()


async def test_nothing_of_the_house_is_open_until_somebody_accepts() -> None:
    bell, people = Bell(), Announced()
    async with house(answering=asking(bell), announcer=people) as home:
        served, phone = await ring(home)
        assert home.reception.ringing is served
        assert (home.camera.wanted, home.audio.wanted) == (False, False)
        assert served.totals is not None
        assert served.totals.sent.video_frames == served.totals.sent.audio_frames == 0
        assert bell.history == ["rings"]
        assert home.reception.accept()
        assert not home.reception.accept(), "it rings no more"
        await until(lambda: home.camera.open and home.audio.open)
        await until(
            lambda: (
                served.totals is not None
                and served.totals.sent.video_frames > 2
                and served.totals.sent.audio_frames > 2
                and served.totals.received.sound.packets > 2
            )
        )
        assert home.reception.talking
        assert bell.history == ["rings", "silent"]
        phone.say(Hangup(phone.session_id))
        await over(home, phone)
    states = [state for state in served.history if state is not CallState.OFFERED]
    assert states == [
        CallState.PUBLISHED,
        CallState.ANSWERED,
        CallState.RINGING,
        CallState.CONNECTED,
        CallState.ACCEPTED,
        CallState.ENDED,
    ]
    assert sorted(people.history) == ["coming", "ended", "settled"]
    assert people.rings == 0, "the bell has rung in its own way"


@pytest.mark.parametrize("reason", ["declined", "no_answer"])
async def test_who_is_not_let_in_is_told_why(reason: str) -> None:
    bell, people = Bell(), Announced()
    answering = asking(bell, 0.5 if reason == "no_answer" else 60)
    async with house(answering=answering, announcer=people) as home:
        served, phone = await ring(home)
        if reason == "declined":
            assert home.reception.decline()
        assert await told(phone) == reason
        assert not home.reception.decline()
        assert not home.reception.accept()
        await over(home, phone)
    assert phone.closed == [CloseCode.ENDED]
    assert bell.history == ["rings", "silent"]
    assert served.history[-1] is CallState.ENDED
    assert CallState.ACCEPTED not in served.history
    assert "ended" not in people.history, "no call had begun"


@pytest.mark.parametrize("how", ["hangs up", "is lost"])
async def test_it_rings_no_more_for_who_has_gone(how: str) -> None:
    bell = Bell()
    async with house(answering=asking(bell, 1.5)) as home:
        _, phone = await ring(home)
        if how == "hangs up":
            phone.say(Hangup(phone.session_id))
        else:
            home.hub.lose(phone)
            await phone.connection.close()
        await until(lambda: bell.history == ["rings", "silent"])
        assert not home.reception.accept()
        await over(home, phone)


async def test_it_rings_once_for_who_loads_the_page_again_and_he_is_let_in_once() -> None:
    bell = Bell()
    async with house(answering=asking(bell)) as home:
        served, phone = await ring(home)
        home.hub.lose(phone, went_away=True)
        again = Phone(home.hub, phone.session_id)
        again.attach()
        await again.answer(await again.offer())
        await until(lambda: served.peer is not None and served.peer.received.video_frames > 2)
        assert not home.camera.wanted
        assert home.reception.accept()
        await until(lambda: home.camera.open)
        home.hub.lose(again, went_away=True)
        third = Phone(home.hub, phone.session_id)
        third.attach()
        await third.answer(await third.offer())
        await until(lambda: served.totals is not None and served.totals.sent.video_frames > 2)
        assert home.reception.ringing is None
        assert bell.history == ["rings", "silent"]
        third.say(Hangup(phone.session_id))
        await over(home, phone, again, third)
        await gathered()


async def test_of_two_visitors_the_first_is_let_in_and_the_second_waits() -> None:
    bell = Bell()
    async with house(answering=asking(bell)) as home:
        first, one = await ring(home)
        second, other = await ring(home)
        assert home.reception.ringing is first
        assert home.reception.accept()
        assert home.reception.ringing is second
        await until(lambda: home.camera.open)
        assert second.totals is not None
        assert second.totals.sent.video_frames == 0
        assert home.reception.decline()
        assert await told(other) == "declined"
        assert home.reception.talking
        one.say(Hangup(one.session_id))
        await over(home, one, other)
    assert bell.history == ["rings", "rings", "silent", "silent"]


async def test_a_key_that_is_pressed_again_and_again_does_each_thing_once() -> None:
    async with house(answering=asking(Bell())) as home:
        served, phone = await ring(home)
        assert [home.reception.accept() for _ in range(100)] == [True] + [False] * 99
        assert served.history.count(CallState.ACCEPTED) == 1
        assert home.reception.hang_up() == 1
        await over(home, phone)
        assert home.reception.hang_up() == 0


async def test_what_happens_is_told_to_the_house() -> None:
    told: list[CallEvent] = []
    async with house(answering=asking(Bell()), on_event=told.append) as home:
        reception = home.reception
        for act in (reception.accept, reception.decline, reception.hang_up, lambda: None):
            _, phone = await ring(home)
            act()
            with suppress(Refused):  # who was declined has no session any more
                phone.say(Hangup(phone.session_id))
            await over(home, phone)
    kinds = ["ringing", "answered", "ended", *2 * ["ringing", "declined"], "ringing", "missed"]
    assert [(each.kind, each.number) for each in told] == [
        *zip(kinds, [1, 1, 1, 2, 2, 3, 3, 4, 4], strict=True)
    ]
    assert [each.kind for each in told if each.duration is not None] == ["ended"]


async def test_a_call_that_needs_nobody_begins_as_it_is_connected() -> None:
    told: list[CallEvent] = []
    async with house(on_event=told.append) as home:
        visitor = Phone(home.hub, home.published.session_id)
        visitor.attach()
        await visitor.offer()
        visitor.say(Hangup(visitor.session_id))
        await over(home, visitor)
        assert told == [], "who does not answer was never at the door"
        _, phone = await call(home)
        phone.say(Hangup(phone.session_id))
        await over(home, phone)
        await gathered()
    assert [(each.kind, each.number) for each in told] == [
        ("ringing", 2),
        ("answered", 2),
        ("ended", 2),
    ]

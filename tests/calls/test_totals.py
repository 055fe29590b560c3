"""What a call counts over its peers, and the numbers of calls."""

from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from homecall_appliance.calls.negotiation import CallState
from homecall_appliance.calls.totals import Totals
from homecall_appliance.media.audio.stats import Played
from homecall_appliance.media.webrtc.stats import Received, Sent
from homecall_appliance.signaling.messages import Hangup
from tests.support.call_world import Phone, call, gathered, house, until

SENT = Sent("h264", 1, 2, 3, 0.25, 0.5, 4, 5, 6)
RECEIVED = Received(7, 640, 480, Played(8, 9, 10, 11, 12, 13, 14, 0.5, 0.75, -30.0))
NOT_COUNTED = {"video_width", "video_height"}


def counts(values: Any) -> dict[str, int]:
    """The whole numbers of a dataclass that count something, and of those in it."""
    found: dict[str, int] = {}
    for field in fields(values):
        value = getattr(values, field.name)
        if is_dataclass(value):
            found |= counts(value)
        elif isinstance(value, int) and field.name not in NOT_COUNTED:
            found[field.name] = value
    return found


def test_counts_are_added_and_all_else_is_the_last_peers() -> None:
    once = Totals().plus(SENT, RECEIVED)
    assert (once.sent, once.received) == (SENT, RECEIVED)
    twice = once.plus(SENT, RECEIVED)
    for total, one in ((twice.sent, SENT), (twice.received, RECEIVED)):
        assert counts(total) == {name: 2 * count for name, count in counts(one).items()}
    assert (twice.sent.video_loss, twice.sent.round_trip) == (0.25, 0.5)
    assert (twice.received.video_width, twice.received.sound.level) == (640, -30.0)


def test_a_peer_that_still_counts_changes_no_total() -> None:
    received = Received(1)
    total = Totals().plus(Sent(), received)
    received.video_frames += 1
    received.sound.packets += 1
    assert (total.received.video_frames, total.received.sound.packets) == (1, 0)


@pytest.mark.apt
async def test_no_count_of_a_call_goes_back_with_its_next_peer() -> None:
    async with house() as home:
        served, phone = await call(home)
        first, before = served.peer, served.totals
        assert before
        home.hub.lose(phone, went_away=True)
        again = Phone(home.hub, phone.session_id)
        again.attach()
        await again.answer(await again.offer())
        assert served.peer is not first
        after = served.totals
        assert after
        for earlier, later in ((before.sent, after.sent), (before.received, after.received)):
            assert all(counts(later)[name] >= count for name, count in counts(earlier).items())
        await until(lambda: list(served.history).count(CallState.CONNECTED) == 2)
        await phone.gone()
        await again.gone()
        await gathered()


@pytest.mark.apt
async def test_the_number_of_a_call_is_never_given_again() -> None:
    async with house() as home:
        numbers = []
        for _ in range(3):
            served, phone = await call(home)
            numbers.append(served.number)
            phone.say(Hangup(phone.session_id))
            await phone.gone()
            await until(lambda: not home.reception.calls)
        assert numbers == [1, 2, 3]
        assert home.published.number == 0
        await gathered()

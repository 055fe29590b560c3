"""The appliance as a participant (protocol.md, section 7), against a phone made of aiortc."""

import asyncio
import re
import threading
from functools import partial
from typing import Any

import pytest
from aiortc import RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from homecall_appliance.calls.call import MAX_FAILURES
from homecall_appliance.calls.negotiation import CallState
from homecall_appliance.media.webrtc.peer import Peer
from homecall_appliance.signaling.messages import (
    Answer,
    Candidate,
    Code,
    Error,
    Hangup,
    IceCandidate,
    Offer,
)
from homecall_appliance.signaling.session import CloseCode
from tests.support.call_world import Announced, Phone, Unseen, call, gathered, house, until
from tests.support.connection import ice_agent
from tests.support.limits import patience, session_limits
from tests.support.machine_addresses import let_machine_have

pytestmark = pytest.mark.slow

WHOLE = [
    CallState.PUBLISHED,
    CallState.OFFERED,
    CallState.ANSWERED,
    CallState.CONNECTED,
    CallState.ENDED,
]


def threads(*names: str) -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name in names}


async def test_a_whole_call() -> None:
    async with house() as home:
        served, phone = await call(home)
        assert home.published is not served
        assert (home.camera.open, home.audio.open) == (True, True)
        types = served.candidate_types
        assert types is not None
        assert str(types) in ("host here; host at the phone", "host here; prflx at the phone")
        phone.say(Hangup(phone.session_id))
        await until(lambda: not home.reception.calls)
        await until(lambda: not home.camera.open and not home.audio.open)
        assert list(served.history) == WHOLE
        assert phone.closed == [CloseCode.ENDED]
        await phone.gone()


async def test_people_are_told_who_comes_and_who_has_gone() -> None:
    people = Announced()
    async with house(announcer=people) as home:
        phone = Phone(home.hub, home.published.session_id)
        phone.attach()
        offer = await phone.offer()
        assert people.history == ["coming"]
        await phone.answer(offer)
        await until(lambda: bool(home.reception.calls) and home.audio.open)
        served = next(iter(home.reception.calls))
        await until(lambda: CallState.CONNECTED in served.history)
        home.hub.lose(phone)
        again = Phone(home.hub, phone.session_id)
        again.attach("phone")
        again.say(Hangup(phone.session_id))
        await until(lambda: not home.reception.calls)
        assert sorted(people.history) == ["coming", "ended", "settled"]
        await phone.gone()
        await again.gone()
        await gathered()


async def test_people_are_told_once_where_a_page_is_reloaded() -> None:
    people = Announced()
    async with house(announcer=people) as home:
        _, phone = await call(home)
        home.hub.lose(phone, went_away=True)
        again = Phone(home.hub, phone.session_id)
        again.attach()
        await again.offer()
        assert people.history == ["coming", "settled"]
        assert home.reception.hang_up() == 1
        await until(lambda: not home.reception.calls)
        assert people.history == ["coming", "settled", "ended"]
        await phone.gone()
        await again.gone()
        await gathered()


async def test_it_rings_for_a_phone_that_stays_once() -> None:
    people = Announced()
    async with house(announcer=people, patience=patience(ring=0.1)) as home:
        phone = Phone(home.hub, home.published.session_id)
        phone.attach()
        assert people.rings == 0
        await until(lambda: people.rings > 0)
        again = Phone(home.hub, phone.session_id)
        again.attach()
        await asyncio.sleep(0.3)
        assert people.rings == 1
        await phone.gone()
        await again.gone()


@pytest.mark.parametrize("how", ["closes", "leaves the page", "is lost"])
async def test_it_does_not_ring_for_a_phone_that_leaves_at_once(how: str) -> None:
    people = Announced()
    async with house(announcer=people, patience=patience(ring=0.1)) as home:
        phone = Phone(home.hub, home.published.session_id)
        phone.attach()
        if how == "closes":
            home.hub.leave(phone)
        else:
            home.hub.lose(phone, went_away=how == "leaves the page")
        await asyncio.sleep(0.3)
        assert people.rings == 0
        await phone.gone()


async def test_it_rings_for_who_reloads_once_he_stays() -> None:
    people = Announced()
    async with house(announcer=people, patience=patience(ring=0.2)) as home:
        link = home.published.session_id
        for _ in range(3):
            phone = Phone(home.hub, link)
            phone.attach()
            home.hub.lose(phone, went_away=True)
            await asyncio.sleep(0.3)
            await phone.gone()
        assert people.rings == 0
        phone = Phone(home.hub, link)
        phone.attach()
        await until(lambda: people.rings > 0)
        await phone.gone()


async def test_it_rings_as_soon_as_a_phone_is_connected() -> None:
    people = Announced()
    async with house(announcer=people, patience=patience(ring=600)) as home:
        _, phone = await call(home)
        assert people.rings == 1
        phone.say(Hangup(phone.session_id))
        await until(lambda: not home.reception.calls)
        assert people.rings == 1
        await phone.gone()


async def test_a_call_that_never_began_does_not_end() -> None:
    people = Announced()
    async with house(announcer=people, patience=patience(answer=0.1, look=0.05)) as home:
        phone = Phone(home.hub, home.published.session_id)
        phone.attach()
        await until(lambda: bool(phone.closed) and not home.reception.calls)
        assert people.history == ["coming", "settled"]
        await phone.gone()
        await gathered()


async def test_camera_and_microphone_are_opened_by_the_answer_and_not_before() -> None:
    async with house() as home:
        phone = Phone(home.hub, home.published.session_id)
        phone.attach()
        offer = await phone.offer()
        assert (home.camera.pid, threads("audio")) == (None, set())
        await phone.answer(offer)
        await until(lambda: home.camera.open and home.audio.open)
        await phone.gone()


async def test_ten_calls_in_a_row_leave_nothing_behind() -> None:
    async with house() as home:

        async def one_call() -> tuple[int, set[str]]:
            _, phone = await call(home)
            phone.say(Hangup(phone.session_id))
            await until(lambda: not home.reception.calls and not home.camera.open)
            await phone.gone()
            await until(lambda: len(asyncio.all_tasks()) <= idle)
            return len(asyncio.all_tasks()), {thread.name for thread in threading.enumerate()}

        await gathered()
        idle = len(asyncio.all_tasks())
        first = await one_call()
        for _ in range(9):
            last = await one_call()
        assert first[0] == last[0] == idle
        assert "audio" not in last[1]
        assert home.hub.counts() == {"waiting": 1, "active": 0}
        assert len({served.session_id for served in home.calls}) == 11


async def test_hanging_up_tells_the_phone() -> None:
    async with house() as home:
        served, phone = await call(home)
        assert home.reception.hang_up() == 1
        await until(lambda: bool(phone.closed))
        assert phone.messages.get_nowait() == Hangup(served.session_id)
        assert list(served.history) == WHOLE
        await phone.gone()


async def test_stopping_the_appliance_tells_the_phone() -> None:
    async with house() as home:
        _, phone = await call(home)
    assert phone.messages.get_nowait() == Hangup(phone.session_id, "stopping")
    assert phone.closed == [CloseCode.ENDED]
    assert not home.camera.open
    await phone.gone()


async def test_beyond_the_greatest_number_of_calls_the_phone_is_told_busy() -> None:
    people = Announced()
    async with house(max_calls=1, announcer=people) as home:
        _, first = await call(home)
        second = Phone(home.hub, home.published.session_id)
        second.attach()
        await until(lambda: bool(second.closed))
        assert second.messages.get_nowait() == Error(second.session_id, Code.BUSY)
        assert len(home.reception.calls) == 1
        assert people.history == ["coming"], "nobody is told of whom there is no room for"
        await first.gone()
        await second.gone()


class SlowToClose(Peer):
    """A peer connection that takes its time to close, as one in a dead network does."""

    async def __aexit__(self, *raised: Any) -> None:
        await asyncio.sleep(2)
        await super().__aexit__(*raised)


async def test_a_call_that_is_over_does_not_make_the_appliance_busy_while_it_closes() -> None:
    async with house(max_calls=1, peer=partial(SlowToClose, new_decoder=Unseen)) as home:
        first, phone = await call(home)
        phone.say(Hangup(phone.session_id))
        await until(lambda: first.ended)
        assert first in home.reception.calls
        _, other_phone = await call(home)
        assert other_phone.closed == []
        home.reception.hang_up()
        await until(lambda: not home.reception.calls)
        for each in (phone, other_phone):
            await each.gone()
        await gathered()


async def test_only_connected_calls_make_the_appliance_busy() -> None:
    async with house(max_calls=2) as home:
        _, first = await call(home)
        comers: list[Phone] = []
        for _ in range(3):
            comers.append(Phone(home.hub, home.published.session_id))
            comers[-1].attach()
            await comers[-1].offer()
            await until(lambda: home.published.session_id != comers[-1].session_id)
        for pushed_out in comers[:-1]:
            assert pushed_out.messages.get_nowait() == Error(pushed_out.session_id, Code.BUSY)
            assert pushed_out.closed == [CloseCode.ENDED]
        assert [each.session_id for each in home.reception.calls] == [
            first.session_id,
            comers[-1].session_id,
        ]
        assert (first.closed, comers[-1].closed) == ([], [])
        for phone in (first, *comers):
            await phone.gone()


async def test_a_call_whose_page_was_left_gives_way_to_a_newcomer() -> None:
    async with house(max_calls=1, patience=patience(reload=0)) as home:
        left, former = await call(home)
        home.hub.lose(former, went_away=True)
        _, phone = await call(home)
        assert left.ended
        assert phone.closed == []
        await former.gone()
        await phone.gone()


@pytest.mark.parametrize("event", ["loses its socket", "may be loading the page again", "is back"])
async def test_a_call_that_may_go_on_does_not_give_way(event: str) -> None:
    patient = patience(reload=60 if event == "may be loading the page again" else 0)
    async with house(max_calls=1, patience=patient) as home:
        served, phone = await call(home)
        home.hub.lose(phone, went_away=event != "loses its socket")
        if event == "is back":
            phone = Phone(home.hub, phone.session_id)
            phone.attach()
        newcomer = Phone(home.hub, home.published.session_id)
        newcomer.attach()
        await until(lambda: bool(newcomer.closed))
        assert newcomer.messages.get_nowait() == Error(newcomer.session_id, Code.BUSY)
        assert not served.ended
        await phone.gone()
        await newcomer.gone()


async def test_whoever_has_answered_gives_way_after_those_who_have_not() -> None:
    async with house(max_calls=2) as home:
        phones = [Phone(home.hub, home.published.session_id)]
        phones[0].attach()
        offer = await phones[0].offer()
        await phones[0].connection.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
        await phones[0].connection.setLocalDescription(await phones[0].connection.createAnswer())
        sdp = phones[0].connection.localDescription.sdp
        nowhere = "".join(
            line + "\r\n" for line in sdp.splitlines() if not line.startswith("a=candidate")
        )
        phones[0].say(Answer(phones[0].session_id, nowhere))
        await until(lambda: home.reception.calls[0].answered)
        for closed in ([False, False], [False, True, False], [False, True, True, False]):
            phones.append(Phone(home.hub, home.published.session_id))
            phones[-1].attach()
            await phones[-1].offer()
            assert [bool(phone.closed) for phone in phones] == closed
        for phone in phones:
            await phone.gone()


async def test_candidates_before_the_answer_are_kept() -> None:
    async with house() as home:
        served = home.published
        phone = Phone(home.hub, served.session_id)
        phone.attach()
        offer = await phone.offer()
        phone.connection.addTrack(AudioStreamTrack())
        phone.connection.addTrack(VideoStreamTrack())
        await phone.connection.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
        await phone.connection.setLocalDescription(await phone.connection.createAnswer())
        lines = phone.connection.localDescription.sdp.splitlines()
        for line in lines:
            if line.startswith("a=candidate:"):
                phone.say(Candidate(phone.session_id, IceCandidate(line[2:], "0", 0)))
        phone.say(Candidate(phone.session_id, None))
        bare = "\r\n".join(
            line for line in lines if not line.startswith(("a=candidate", "a=end-of-candidates"))
        )
        phone.say(Answer(phone.session_id, bare + "\r\n"))
        await until(lambda: CallState.CONNECTED in served.history or not home.reception.calls)
        assert list(served.history) == WHOLE[:-1]
        await phone.gone()


@pytest.mark.parametrize("sdp", ["nonsense", "v=0\r\nm=audio x\r\n", "\x00"])
async def test_a_hostile_answer_ends_its_own_call_only(sdp: str) -> None:
    async with house(session_limits()) as home:
        phone = Phone(home.hub, home.published.session_id)
        phone.attach()
        await phone.offer()
        phone.say(Answer(phone.session_id, sdp))
        phone.say(Candidate(phone.session_id, IceCandidate("candidate:rubbish", "0", 0)))
        await until(lambda: bool(phone.closed))
        assert phone.messages.get_nowait() == Error(phone.session_id, Code.BAD_MESSAGE)
        await until(lambda: not home.reception.calls)
        await phone.gone()
        _, next_phone = await call(home)
        await next_phone.gone()


async def test_newcomers_do_not_make_a_call_last_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with house() as home:
        served = home.published
        for _ in range(MAX_FAILURES):
            phone = Phone(home.hub, served.session_id)
            home.hub.attach(phone, phone.session_id)
            offer = await phone.offer()
            phone.say(Answer(phone.session_id, nowhere(offer.sdp)))
            await until(lambda: served.history[-1] is CallState.ANSWERED)
            home.hub.lose(phone)
            await phone.gone()
        last = Phone(home.hub, served.session_id)
        home.hub.attach(last, last.session_id)
        await until(lambda: not home.reception.calls)
        assert last.closed
        assert list(served.history).count(CallState.OFFERED) == MAX_FAILURES
        assert last.messages.get_nowait() == Hangup(last.session_id, "no_path")
        assert "Candidates: host here; none at the phone." in caplog.text
        assert "name a TURN server" in caplog.text
        failed = home.reception.no_path
        assert failed is not None
        assert (failed.session_id, str(failed.candidate_types)) == (
            served.session_id,
            "host here; none at the phone",
        )
        await last.gone()


@pytest.mark.parametrize(("enough", "told"), [(0.0, True), (60.0, False)])
async def test_the_owner_is_told_of_who_has_waited_and_left(
    enough: float, told: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("homecall_appliance.calls.call.ENOUGH", enough)
    async with house() as home:
        served = home.published
        phone = Phone(home.hub, served.session_id)
        phone.attach()
        offer = await phone.offer()
        phone.say(Answer(phone.session_id, nowhere(offer.sdp)))
        await until(lambda: served.history[-1] is CallState.ANSWERED)
        phone.say(Hangup(phone.session_id))
        await until(lambda: not home.reception.calls)
        assert ("came about; the phone has left. If this phone" in caplog.text) is told
        assert (home.reception.no_path is not None) is told
        await phone.gone()


async def test_a_call_that_came_about_is_none_that_did_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("homecall_appliance.calls.call.ENOUGH", 0.0)
    async with house() as home:
        _, phone = await call(home)
        phone.say(Hangup(phone.session_id))
        await until(lambda: not home.reception.calls)
        assert home.reception.no_path is None
        await phone.gone()


def nowhere(offer: str) -> str:
    """An answer that leads to no connection."""
    return re.sub(r"a=(candidate|end-of).*\r\n", "", offer).replace("actpass", "active")


async def test_a_phone_that_never_answers_does_not_hold_the_appliance() -> None:
    async with house(patience=patience(answer=0.1, look=0.05)) as home:
        served = home.published
        phone = Phone(home.hub, served.session_id)
        phone.attach()
        await until(lambda: bool(phone.closed))
        assert isinstance(phone.messages.get_nowait(), Offer)
        assert phone.messages.get_nowait() == Hangup(phone.session_id, "lost")
        await until(lambda: not home.reception.calls)
        assert CallState.ANSWERED not in served.history
        await phone.gone()


async def test_a_reloaded_page_gets_a_new_offer_in_the_same_session() -> None:
    async with house() as home:
        served, phone = await call(home)
        home.hub.lose(phone, went_away=True)
        again = Phone(home.hub, phone.session_id)
        again.attach()
        await again.answer(await again.offer())
        await until(lambda: list(served.history).count(CallState.CONNECTED) == 2)
        assert list(served.history) == [
            CallState.PUBLISHED,
            *[CallState.OFFERED, CallState.ANSWERED, CallState.CONNECTED] * 2,
        ]
        await phone.gone()
        await again.gone()


async def test_an_offer_without_an_answer_is_said_again_to_whoever_comes() -> None:
    async with house() as home:
        served = home.published
        phone = Phone(home.hub, served.session_id)
        phone.attach()
        first = await phone.offer()
        home.hub.lose(phone, went_away=True)
        again = Phone(home.hub, phone.session_id)
        again.attach()
        offer = await again.offer()
        assert offer == first
        await again.answer(offer)
        await until(lambda: CallState.CONNECTED in served.history)
        assert list(served.history) == WHOLE[:-1]
        await phone.gone()
        await again.gone()


async def test_the_devices_stay_open_while_another_offer_is_made() -> None:
    async with house() as home:
        served, phone = await call(home)
        devices = home.camera.pid, threads("audio")
        assert devices[0] is not None
        assert len(devices[1]) == 1
        home.hub.lose(phone, went_away=True)
        again = Phone(home.hub, phone.session_id)
        again.attach()
        offer = await again.offer()
        await again.answer(offer)
        await until(lambda: list(served.history).count(CallState.CONNECTED) == 2)
        assert (home.camera.pid, threads("audio")) == devices
        again.say(Hangup(again.session_id))
        await until(lambda: not home.camera.open and not home.audio.open)
        await phone.gone()
        await again.gone()


async def test_the_same_page_coming_back_changes_nothing() -> None:
    async with house() as home:
        served, phone = await call(home)
        home.hub.lose(phone)
        again = Phone(home.hub, phone.session_id)
        again.attach("phone")
        await asyncio.sleep(0.1)
        assert list(served.history) == WHOLE[:-1]
        assert again.messages.empty()
        await phone.gone()
        await again.gone()


async def test_a_call_whose_socket_is_lost_goes_on_as_long_as_its_media_do() -> None:
    async with house(session_limits(reconnect_grace=1)) as home:
        served, phone = await call(home)
        home.hub.lose(phone)
        await asyncio.sleep(3)
        assert served.history[-1] == "connected"
        await phone.gone()
        await until(lambda: served.ended)


async def test_a_call_goes_on_by_another_address_of_the_appliance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses: list[str] = []
    let_machine_have(monkeypatch, addresses)
    async with house() as home:
        served, phone = await call(home)
        peer = served.peer
        assert peer
        connection = ice_agent(phone.connection)
        await home.reception.look_at_addresses()
        addresses.append("127.0.0.1")
        await home.reception.look_at_addresses()
        await until(lambda: connection._nominated[1].remote_candidate.host == "127.0.0.1")
        heard = peer.received.sound.packets
        await until(lambda: peer.received.sound.packets > heard + 10)
        assert served.history[-1] == "connected"
        await phone.gone()


async def test_an_unused_link_is_renewed_while_the_old_one_still_works() -> None:
    async with house(session_limits(wait_timeout=2), renew_after=0.1) as home:
        old = home.published
        await until(lambda: home.published is not old)
        phone = Phone(home.hub, old.session_id)
        phone.attach()
        await phone.offer()
        await phone.gone()


async def test_a_link_that_nobody_used_ends_and_a_fresh_one_stands() -> None:
    async with house(session_limits(wait_timeout=0.2), renew_after=600) as home:
        old = home.published
        await until(lambda: home.published is not old)
        assert list(old.history) == [CallState.PUBLISHED, CallState.ENDED]

"""protocol.md, section 7: the appliance as a participant, called by phones over the endpoint."""

import asyncio
import json
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import ClientWebSocketResponse, WSCloseCode

from homecall_appliance.calls.answering import Answering
from homecall_appliance.config.model import Config
from tests.protocol.appliance_world import Phone, appliance
from tests.protocol.node_tests import FOLDER, node_test_names
from tests.protocol.wire import (
    answer,
    candidate,
    hangup,
    new_id,
    offer,
    read,
    read_close,
    read_end,
    read_types,
    text,
    until,
)
from tests.support.call_world import Unseen
from tests.support.limits import patience

pytestmark = pytest.mark.slow

TEXTS = Path(__file__).parents[2] / "homecall_appliance" / "web" / "static" / "texts"


async def hang_up(phone: Phone) -> None:
    await phone.socket.send_str(hangup(phone.session_id))
    assert await read_close(phone.socket) == 4001


@pytest.mark.protocol(
    7,
    "The appliance is one of the two participants of the session whose link its QR code shows",
    "so it is the **initiator**: when the phone attaches, it sends the `offer` and its candidates",
    "the phone answers",
)
async def test_the_appliance_offers_to_whoever_takes_the_link(tmp_path: Path) -> None:
    async with appliance(tmp_path) as home:
        link, call = home.link, home.reception.published
        assert home.ports.hub.counts() == {"waiting": 1, "active": 0}
        phone = await home.take_link()
        assert (phone.offer["type"], phone.offer["sessionId"]) == ("offer", link)
        assert phone.offer["sdp"].count("m=") == 2
        assert "a=candidate:" in phone.offer["sdp"]
        assert "a=end-of-candidates" in phone.offer["sdp"]
        async with phone.answered():
            await until(lambda: call is not None and "connected" in call.history)
            await hang_up(phone)


@pytest.mark.protocol(
    7,
    "Camera and microphone are opened by the answer, never before",
    "and are released when the last call ends",
)
async def test_the_devices_are_open_from_the_first_answer_to_the_last_end(tmp_path: Path) -> None:
    async with appliance(tmp_path) as home:
        first = await home.take_link()
        await first.socket.send_str(candidate(first.session_id))
        second = await home.take_link("second")
        assert {thread.name for thread in threading.enumerate()} & {"camera", "audio"} == set()
        async with first.answered(), second.answered():
            await until(lambda: home.open_devices == [True, True])
            await hang_up(first)
            await until(lambda: len(home.reception.calls) == 1)
            assert home.open_devices == [True, True]
            await hang_up(second)
            await until(lambda: home.open_devices == [False, False])


@pytest.mark.protocol(7, "It goes through the same session core as a socket does")
async def test_its_sessions_keep_the_same_rules(tmp_path: Path) -> None:
    async with appliance(tmp_path) as home:
        phone = await home.take_link()
        link = phone.session_id
        third = await home.ports.attach(f"?sessionId={link}&from=third")
        assert await read_end(third) == ("session_full", 4003)
        await phone.socket.send_str(offer(new_id()))
        assert await read_types(phone.socket, 1) == ["error session_mismatch"]
        again = await home.ports.attach(f"?sessionId={link}&from=phone")
        assert await read_close(phone.socket) == 4000
        await again.close()
        late = await home.ports.attach(f"?sessionId={link}&from=phone")
        assert await read_end(late) == ("session_ended", 4001)
        await until(lambda: not home.reception.calls)


@pytest.mark.protocol(7, "nothing in the core knows that it is local")
async def test_a_phone_cannot_tell_the_appliance_from_a_socket(tmp_path: Path) -> None:
    async with appliance(tmp_path) as home:
        phone = await home.take_link()
        session_id = new_id()
        bob = await home.ports.attach(f"?sessionId={session_id}")
        ann = await home.ports.attach()
        await ann.send_str(offer(session_id, phone.offer["sdp"]))
        assert (await read(bob)) == {**phone.offer, "sessionId": session_id}
        assert home.reception.hang_up() == 1
        await ann.send_str(hangup(session_id))
        endings = [await read(phone.socket), await read(bob)]
        assert [ending["type"] for ending in endings] == ["hangup", "hangup"]
        assert endings[0].keys() == endings[1].keys()
        assert [await read_close(socket) for socket in (phone.socket, bob)] == [4001, 4001]


@pytest.mark.protocol(
    7,
    "As the initiator it is the impolite side",
    "the answer to the appliance's own is accepted all the same",
)
@pytest.mark.parametrize("at_once", [True, False])
async def test_a_polite_phone_may_offer_before_it_answers(tmp_path: Path, at_once: bool) -> None:
    async with appliance(tmp_path) as home:
        call = home.reception.published
        if at_once:
            link = home.link
            socket = await home.ports.attach(f"?sessionId={link}&from=phone")
            await socket.send_str(offer(link))
            phone = Phone(socket, link, await read(socket))
        else:
            phone = await home.take_link()
            await phone.socket.send_str(offer(phone.session_id))
        async with phone.answered():
            await until(lambda: call is not None and "connected" in call.history)
            await hang_up(phone)


@pytest.mark.protocol(
    7,
    "A participant that has not answered within `session.answer_timeout` gives its call up",
    "and does not make the appliance `busy`: only calls that were connected count",
)
async def test_who_does_not_answer_gives_the_call_up_whatever_it_says_meanwhile(
    tmp_path: Path,
) -> None:
    async with appliance(tmp_path, patience=patience(answer=2, look=0.05)) as home:
        phone = await home.take_link()
        again = await home.ports.attach(f"?sessionId={phone.session_id}&from=phone")
        assert await read_types(again, 1) == [f"offer {phone.offer['sdp']}"]
        chatter = asyncio.create_task(keep_saying(again, phone.session_id))
        while (message := await read(again))["type"] == "offer":
            pass
        chatter.cancel()
        assert (message["type"], message["reason"]) == ("hangup", "lost")
        assert await read_close(again) == 4001
        await until(lambda: not home.reception.calls)
        assert home.open_devices == [False, False]


async def keep_saying(socket: ClientWebSocketResponse, session_id: str) -> None:
    with suppress(ConnectionError):
        while True:
            await socket.send_str(text("candidate", session_id, candidate=None))
            await asyncio.sleep(0.02)


@pytest.mark.protocol(7, "A participant that has not answered within `session.answer_timeout`")
def test_the_time_to_the_answer_is_a_minute() -> None:
    assert Config().session.answer_timeout == 60


@pytest.mark.protocol(
    7,
    "only calls that were connected count, and a newcomer pushes out the oldest unanswered one",
)
async def test_a_newcomer_pushes_out_the_oldest_who_has_not_answered(tmp_path: Path) -> None:
    async with appliance(tmp_path, max_calls=2) as home:
        idle = [await home.take_link(label) for label in ("first", "second")]
        visitor = await home.take_link("visitor")
        assert visitor.offer["type"] == "offer"
        assert await read_end(idle[0].socket) == ("busy", 4001)
        async with visitor.answered():
            await until(lambda: any(call.connected for call in home.reception.calls))
            late = await home.take_link("late")
            assert late.offer["type"] == "offer"
            assert await read_end(idle[1].socket) == ("busy", 4001)
            await hang_up(visitor)


@pytest.mark.protocol(
    7,
    "A call whose phone left its page (1001) some seconds ago gives way, too",
    "who closes the page and scans the code again, and once more, is not to be told `busy`",
)
async def test_who_scans_the_code_again_is_not_kept_out_by_the_calls_that_he_has_left(
    tmp_path: Path,
) -> None:
    async with appliance(tmp_path, max_calls=1, patience=patience(reload=0)) as home:
        former = await home.take_link("former")
        async with former.answered():
            await until(lambda: any(call.connected for call in home.reception.calls))
            await former.socket.close(code=WSCloseCode.GOING_AWAY)
            await until(lambda: home.ports.hub.away_for(home.reception.calls[0]) is not None)
            again = await home.take_link("again")
            assert again.offer["type"] == "offer"


@pytest.mark.protocol(
    7,
    'With `call.answer = "ask"` the answer makes the house **ring**: the visitor\'s picture is on',
    "camera, microphone and loudspeaker stay closed until a person inside accepts",
    "No message says so: the appliance's tracks are negotiated and simply bring nothing yet",
    'which the web client shows as "Ringing"',
)
async def test_the_house_rings_until_somebody_accepts(tmp_path: Path) -> None:
    async with appliance(tmp_path, answering=Answering(asks=True), new_decoder=Unseen) as home:
        phone = await home.take_link()
        async with phone.answered() as connection:
            [served] = home.reception.calls
            await until(lambda: served.peer is not None and served.peer.received.video_frames > 2)
            assert home.reception.ringing is served
            assert home.open_devices == [False, False]
            tracks = [each.receiver.track for each in connection.getTransceivers()]
            assert [track.kind for track in tracks] == ["audio", "video"]
            arriving = [asyncio.ensure_future(track.recv()) for track in tracks]
            done, _ = await asyncio.wait(arriving, timeout=0.5)
            assert not done, "they are muted"
            assert home.reception.accept()
            await asyncio.wait_for(asyncio.gather(*arriving), 20)
            await until(lambda: home.open_devices == [True, True])
            with pytest.raises(TimeoutError):
                await phone.socket.receive_str(timeout=0.1)
            await hang_up(phone)
    assert "it rings until something comes, and that is when the call begins" in node_test_names()


@pytest.mark.protocol(7, "Not accepted, the call ends with a `hangup` whose `reason` is `declined`")
@pytest.mark.parametrize("reason", ["declined", "no_answer"])
async def test_who_is_not_let_in_is_told_why(tmp_path: Path, reason: str) -> None:
    answering = Answering(asks=True, ring_timeout=60 if reason == "declined" else 0.5)
    async with appliance(tmp_path, answering=answering) as home:
        phone = await home.take_link()
        async with phone.answered():
            if reason == "declined":
                await until(home.reception.decline)
            await told_why(phone, reason)


@pytest.mark.protocol(
    7,
    "When a phone takes the link, the appliance publishes a fresh session at once",
    "so that the QR code on the screen is always one that works",
    "a link serves one call",
)
async def test_each_link_serves_one_call_and_a_fresh_one_is_there_at_once(tmp_path: Path) -> None:
    async with appliance(tmp_path, max_calls=3) as home:
        links = []
        for label in ("first", "second", "third"):
            phone = await home.take_link(label)
            links.append(phone.session_id)
            assert home.link not in links
            assert phone.offer["type"] == "offer"
            other = await home.ports.attach(f"?sessionId={phone.session_id}&from=other")
            assert await read_end(other) == ("session_full", 4003)
        await hang_up(phone)
        late = await home.ports.attach(f"?sessionId={phone.session_id}&from=other")
        assert await read_end(late) == ("session_ended", 4001)


@pytest.mark.protocol(7, "Further reasons of the appliance's `hangup`")
async def test_the_appliance_says_why_it_hangs_up(tmp_path: Path) -> None:
    async with appliance(tmp_path, max_duration=0.5) as home:
        phone = await home.take_link()
        await told_why(phone, "max_duration")
    (tmp_path / "stopping").mkdir()
    async with appliance(tmp_path / "stopping") as home:
        phone = await home.take_link()
        async with phone.answered():
            home.receiving.cancel()
            await told_why(phone, "stopping")


async def told_why(phone: Phone, reason: str) -> None:
    told = json.loads(await phone.socket.receive_str())
    assert (told["type"], told["sessionId"]) == ("hangup", phone.session_id)
    assert told["reason"] == reason
    assert await read_close(phone.socket) == 4001


@pytest.mark.protocol(7, "for each of which the web client has a sentence")
@pytest.mark.parametrize(
    "reason", ["declined", "no_answer", "no_path", "max_duration", "stopping", "lost"]
)
def test_the_web_client_has_a_sentence_for_each_reason(reason: str) -> None:
    assert "the other side hangs up: ${reason}" in node_test_names()
    for language in ("en", "ru"):
        assert f'"end.{reason}":' in (TEXTS / f"{language}.json").read_text()
    assert f'["{reason}", ' in (FOLDER / "two-phones.test.mjs").read_text()


@pytest.mark.protocol(
    7,
    "Two phones may equally call each other through the endpoint",
    "The appliance takes no part in those sessions",
)
async def test_two_phones_call_each_other_without_the_appliance(tmp_path: Path) -> None:
    async with appliance(tmp_path) as home:
        link, session_id = home.link, new_id()
        ann = await home.ports.attach(f"?sessionId={session_id}&from=a")
        bob = await home.ports.attach(f"?sessionId={session_id}&from=b")
        await ann.send_str(offer(session_id))
        assert await read_types(bob, 1) == ["offer v=0"]
        await bob.send_str(answer(session_id))
        await bob.send_str(candidate(session_id))
        assert await read_types(ann, 2) == ["answer v=0", "candidate:1"]
        await ann.send_str(hangup(session_id))
        assert await read_types(bob, 1) == ["hangup"]
        assert (home.link, home.reception.calls) == (link, [])
        assert home.open_devices == [False, False]

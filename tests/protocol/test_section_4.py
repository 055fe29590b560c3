"""protocol.md, section 4: order, queues, reconnection. Keep-alive is in test_section_4_pings.py."""

from pathlib import Path

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from homecall_appliance.config.model import Config
from homecall_appliance.signaling.session import Limits
from tests.protocol.node_tests import node_test_names
from tests.protocol.wire import (
    answer,
    candidate,
    hangup,
    lose,
    new_id,
    offer,
    read_close,
    read_end,
    read_types,
    text,
    until,
)
from tests.support.limits import hub_limits, session_limits
from tests.support.ports_world import Ports, open_ports

pytestmark = pytest.mark.slow

LOSSES = ["1001", "1006", "1011", "3000", "4999"]


async def pair(ports: Ports, session_id: str) -> list[ClientWebSocketResponse]:
    """Attach two participants whose labels are "0" and "1"."""
    return [await ports.attach(f"?sessionId={session_id}&from={label}") for label in (0, 1)]


async def drop(socket: ClientWebSocketResponse, code: str) -> None:
    if code == "1006":
        lose(socket)
    else:
        await socket.close(code=int(code))


@pytest.mark.protocol(4, "Per session and per direction: strictly first in, first out")
async def test_both_directions_keep_their_order(ports: Ports) -> None:
    session_id = new_id()
    ann, bob = await pair(ports, session_id)
    await ann.send_str(offer(session_id))
    for number in range(100):
        await ann.send_str(candidate(session_id, number))
        await bob.send_str(candidate(session_id, 1000 + number))
    there = ["offer v=0", *[f"candidate:{number}" for number in range(100)]]
    assert await read_types(bob, 101) == there
    assert await read_types(ann, 100) == [f"candidate:{1000 + number}" for number in range(100)]


@pytest.mark.protocol(
    4,
    "What one participant sent while the other was absent is kept in memory and delivered",
    "the moment the other attaches, before anything newer",
)
async def test_what_waited_comes_first(ports: Ports) -> None:
    session_id = new_id()
    ann = await ports.attach()
    await ann.send_str(offer(session_id))
    for number in range(20):
        await ann.send_str(candidate(session_id, number))
    bob = await ports.attach(f"?sessionId={session_id}")
    for number in range(20, 40):
        await ann.send_str(candidate(session_id, number))
    there = ["offer v=0", *[f"candidate:{number}" for number in range(40)]]
    assert await read_types(bob, 41) == there


@pytest.mark.protocol(
    4,
    "The queue is bounded (messages and bytes",
    "Past the bound the sender gets `queue_full`",
    "what was already queued stays intact",
)
@pytest.mark.parametrize(
    "limits",
    [
        session_limits(queue_messages=3),
        session_limits(queue_bytes=len(offer(new_id())) + 2 * len(candidate(new_id())) + 1),
    ],
    ids=["messages", "bytes"],
)
async def test_the_queue_is_bounded(tmp_path: Path, limits: Limits) -> None:
    session_id = new_id()
    async with open_ports(tmp_path, hub=hub_limits(limits)) as ports:
        ann = await ports.attach()
        await ann.send_str(offer(session_id))
        for number in range(5):
            await ann.send_str(candidate(session_id, number))
        assert await read_types(ann, 3) == ["error queue_full"] * 3
        bob = await ports.attach(f"?sessionId={session_id}")
        await ann.send_str(candidate(session_id, 5))
        there = ["offer v=0", "candidate:0", "candidate:1", "candidate:5"]
        assert await read_types(bob, 4) == there


@pytest.mark.protocol(4, "defaults in interfaces.md")
def test_the_bounds_are_those_of_interfaces_md() -> None:
    session = Config().session
    assert (session.queue_messages, session.queue_bytes) == (256, 1 << 20)


@pytest.mark.protocol(
    4,
    "A **deliberate** close (WebSocket close code 1000 or none, 1005)",
    "ends the session for both",
)
@pytest.mark.parametrize("who", [0, 1])
@pytest.mark.parametrize(
    "frame", [b"", b"\x03\xe8", b"\x03\xe8bye"], ids=["none", "1000", "reason"]
)
async def test_a_deliberate_close_ends_the_session_for_both(
    ports: Ports, who: int, frame: bytes
) -> None:
    session_id = new_id()
    sockets = await pair(ports, session_id)
    await sockets[who].send_frame(frame, WSMsgType.CLOSE)
    assert await read_end(sockets[1 - who]) == ("session_ended", 4001)
    again = await ports.attach(f"?sessionId={session_id}&from={who}")
    assert await read_end(again) == ("session_ended", 4001)


@pytest.mark.protocol(4, "or a `hangup` ends the session for both")
async def test_a_hangup_ends_the_session_for_who_is_absent_too(ports: Ports) -> None:
    session_id = new_id()
    ann, bob = await pair(ports, session_id)
    await drop(bob, "1001")
    await ann.send_str(hangup(session_id))
    assert await read_close(ann) == 4001
    again = await ports.attach(f"?sessionId={session_id}&from=1")
    assert await read_end(again) == ("session_ended", 4001)


@pytest.mark.protocol(
    4,
    "Any **other** loss of the socket (1001, 1006, a ping time-out) leaves the session alive",
    "takes its own place back (not a third one)",
    "gets what was queued for **it** meanwhile, never its own messages",
)
@pytest.mark.parametrize("code", LOSSES)
@pytest.mark.parametrize("who", [0, 1])
async def test_a_lost_participant_comes_back_to_its_place_and_its_messages(
    ports: Ports, code: str, who: int
) -> None:
    session_id = new_id()
    sockets = await pair(ports, session_id)
    await sockets[who].send_str(candidate(session_id, 1))
    assert await read_types(sockets[1 - who], 1) == ["candidate:1"]
    await drop(sockets[who], code)
    await sockets[1 - who].send_str(candidate(session_id, 2))
    again = await ports.attach(f"?sessionId={session_id}&from={who}")
    await sockets[1 - who].send_str(candidate(session_id, 3))
    assert await read_types(again, 2) == ["candidate:2", "candidate:3"]
    await again.send_str(candidate(session_id, 4))
    assert await read_types(sockets[1 - who], 1) == ["candidate:4"]
    third = await ports.attach(f"?sessionId={session_id}&from=third")
    assert await read_end(third) == ("session_full", 4003)


@pytest.mark.protocol(4, "gets what was queued for **it** meanwhile")
@pytest.mark.parametrize("code", LOSSES)
async def test_what_has_arrived_does_not_come_again(ports: Ports, code: str) -> None:
    session_id = new_id()
    ann, bob = await pair(ports, session_id)
    await ann.send_str(offer(session_id))
    assert await read_types(bob, 1) == ["offer v=0"]
    await drop(bob, code)
    again = await ports.attach(f"?sessionId={session_id}&from=1")
    await ann.send_str(candidate(session_id))
    assert await read_types(again, 1) == ["candidate:1"]


@pytest.mark.protocol(4, "never its own messages")
@pytest.mark.parametrize("label", ["", "&from=a"], ids=["without-from", "with-from"])
async def test_a_lost_initiator_does_not_get_its_own_offer(ports: Ports, label: str) -> None:
    session_id = new_id()
    ann = await ports.attach(f"?sessionId={session_id}{label}")
    await ann.send_str(offer(session_id))
    await drop(ann, "1001")
    again = await ports.attach(f"?sessionId={session_id}{label}")
    bob = await ports.attach(f"?sessionId={session_id}&from=b")
    await bob.send_str(answer(session_id))
    assert await read_types(bob, 1) == ["offer v=0"]
    assert await read_types(again, 1) == ["answer v=0"]


@pytest.mark.protocol(4, "leaves the session alive for the reconnect grace")
@pytest.mark.parametrize("code", LOSSES)
async def test_who_stays_away_longer_than_the_grace_ends_the_session(
    tmp_path: Path, code: str
) -> None:
    session_id = new_id()
    async with open_ports(tmp_path, hub=hub_limits(session_limits(reconnect_grace=0.05))) as ports:
        ann, bob = await pair(ports, session_id)
        await drop(bob, code)
        assert await read_end(ann) == ("session_ended", 4001)
        again = await ports.attach(f"?sessionId={session_id}&from=1")
        assert await read_end(again) == ("session_ended", 4001)


@pytest.mark.protocol(
    4, "A socket with the same `from` as a participant in place replaces that participant's socket"
)
async def test_the_same_label_replaces_a_socket_at_once(ports: Ports) -> None:
    session_id = new_id()
    ann, bob = await pair(ports, session_id)
    again = await ports.attach(f"?sessionId={session_id}&from=1")
    await ann.send_str(offer(session_id))
    assert await read_types(again, 1) == ["offer v=0"]
    assert await read_close(bob) == 4000
    await bob.close()
    await again.send_str(answer(session_id))
    assert await read_types(ann, 1) == ["answer v=0"]


@pytest.mark.protocol(4, "one without `from` can only take a place that is known to be lost")
async def test_without_a_label_only_a_lost_place_can_be_taken(ports: Ports) -> None:
    session_id = new_id()
    ann, bob = [await ports.attach(f"?sessionId={session_id}") for _ in range(2)]
    assert await read_end(await ports.attach(f"?sessionId={session_id}")) == ("session_full", 4003)
    await drop(bob, "1001")
    again = await ports.attach(f"?sessionId={session_id}")
    await ann.send_str(offer(session_id))
    assert await read_types(again, 1) == ["offer v=0"]


@pytest.mark.protocol(
    4,
    "A place that bears a `from` is that participant's alone until the grace is over",
    "whoever else comes meanwhile gets `session_full`, and learns nothing",
    "(A link that was photographed must not take over a call",
)
@pytest.mark.parametrize("who", [0, 1])
@pytest.mark.parametrize("code", LOSSES)
@pytest.mark.parametrize("label", ["", "&from=eve"], ids=["without-from", "with-from"])
@pytest.mark.parametrize("by", ["handshake", "message"])
async def test_a_lost_place_waits_for_its_own_label_alone(
    ports: Ports, who: int, code: str, label: str, by: str
) -> None:
    session_id = new_id()
    sockets = await pair(ports, session_id)
    await drop(sockets[who], code)
    await sockets[1 - who].send_str(offer(session_id, "v=0 secret"))
    await until(lambda: ports.hub.queued_bytes > 0)
    eve = await ports.attach(f"?sessionId={session_id}{label}" if by == "handshake" else "")
    if by == "message":
        await eve.send_str(offer(session_id, label="eve" if label else None))
    assert await read_end(eve) == ("session_full", 4003)
    again = await ports.attach(f"?sessionId={session_id}&from={who}")
    assert await read_types(again, 1) == ["offer v=0 secret"]
    await again.send_str(candidate(session_id, 7))
    assert await read_types(sockets[1 - who], 1) == ["candidate:7"]


@pytest.mark.protocol(4, "A place that bears a `from` is that participant's alone")
@pytest.mark.parametrize("label", ["", "&from=eve"], ids=["without-from", "with-from"])
async def test_a_label_in_the_messages_binds_the_place_as_one_in_the_handshake(
    ports: Ports, label: str
) -> None:
    session_id = new_id()
    ann = await ports.attach(f"?sessionId={session_id}&from=a")
    bob = await ports.attach(f"?sessionId={session_id}")
    await bob.send_str(candidate(session_id, 1, label="b"))
    assert await read_types(ann, 1) == ["candidate:1"]
    await drop(bob, "1006")
    await ann.send_str(candidate(session_id, 2))
    await until(lambda: ports.hub.queued_bytes > 0)
    eve = await ports.attach(f"?sessionId={session_id}{label}")
    assert await read_end(eve) == ("session_full", 4003)
    again = await ports.attach()
    await again.send_str(candidate(session_id, 3, label="b"))
    assert await read_types(again, 1) == ["candidate:2"]
    assert await read_types(ann, 1) == ["candidate:3"]


@pytest.mark.protocol(4, "sends a fresh `offer` when its peer connection is no longer usable")
@pytest.mark.parametrize(
    "name",
    [
        "without signaling the fresh offer waits until it is back",
        "on a reconnection an unanswered offer is said again, a healthy call says nothing",
    ],
)
def test_the_web_client_offers_anew(name: str) -> None:
    assert name in node_test_names()


@pytest.mark.protocol(
    4,
    "A page whose socket is closed with 4000 by the server has been replaced by another page",
    "it says so and does not come back",
    "Both never fight for the place",
)
@pytest.mark.parametrize(
    "name",
    [
        "a page that is replaced says so and stays away: ${state.initiator}",
        "close code ${code} is final",
        "a handshake that ${name} may take the next one's place: no other page",
    ],
)
def test_a_page_of_the_web_client_that_is_replaced_stays_away(name: str) -> None:
    assert name in node_test_names()


@pytest.mark.protocol(4, "a new `offer` in a live session replaces the negotiation")
async def test_a_new_offer_stands_until_its_own_answer(ports: Ports) -> None:
    session_id = new_id()
    ann, bob = await pair(ports, session_id)
    for sdp in ("v=0 first", "v=0 second"):
        await ann.send_str(offer(session_id, sdp))
        assert await read_types(bob, 1) == [f"offer {sdp}"]
        await bob.send_str(answer(session_id, sdp))
        assert await read_types(ann, 1) == [f"answer {sdp}"]
    await bob.send_str(offer(session_id, "v=0 bob"))
    await bob.send_str(answer(session_id))
    assert await read_types(bob, 1) == ["error signal_not_found"]
    assert await read_types(ann, 1) == ["offer v=0 bob"]


@pytest.mark.protocol(4, "Stale queued `candidate`s from before that offer are dropped")
async def test_what_belongs_to_an_earlier_offer_is_not_delivered_after_a_new_one(
    ports: Ports,
) -> None:
    session_id = new_id()
    ann, bob = await pair(ports, session_id)
    await drop(bob, "1001")
    await ann.send_str(candidate(session_id, 1))
    await ann.send_str(text("candidate", session_id, candidate=None))
    await ann.send_str(offer(session_id, "v=0 fresh"))
    await ann.send_str(candidate(session_id, 2))
    again = await ports.attach(f"?sessionId={session_id}&from=1")
    await ann.send_str(candidate(session_id, 3))
    assert await read_types(again, 3) == ["offer v=0 fresh", "candidate:2", "candidate:3"]

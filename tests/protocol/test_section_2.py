"""protocol.md, section 2: attaching."""

from collections.abc import Callable

import pytest

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
)
from tests.support.ports_world import Ports

NOTHING = {"waiting": 0, "active": 0}
ONE_WAITS = {"waiting": 1, "active": 0}


@pytest.mark.protocol(
    2,
    "A socket attaches to one session, in either of two ways",
    "by the handshake: `wss://<host>/signal?sessionId=<uuid>` (`session` is accepted as an alias)",
    "it has nothing to say until the `offer` comes",
)
@pytest.mark.parametrize("name", ["sessionId", "session"])
async def test_who_only_waits_attaches_by_the_handshake(ports: Ports, name: str) -> None:
    session_id = new_id()
    bob = await ports.attach(f"?{name}={session_id}")
    ann = await ports.attach()
    await ann.send_str(offer(session_id))
    assert await read(bob) == {"type": "offer", "sessionId": session_id, "sdp": "v=0"}


@pytest.mark.protocol(2, "by its first valid message, whose `sessionId` it then belongs to")
@pytest.mark.parametrize("first", [offer, candidate], ids=["offer", "candidate"])
async def test_the_first_valid_message_attaches(ports: Ports, first: Callable[[str], str]) -> None:
    session_id, another = new_id(), new_id()
    ann = await ports.attach()
    for invalid in ("?", text("join", another), text("offer", another), text("offer", "1")):
        await ann.send_str(invalid)
    refused = ["bad_message", "bad_message", "bad_message", "bad_session"]
    assert await read_types(ann, 4) == [f"error {code}" for code in refused]
    assert ports.hub.counts() == NOTHING
    await ann.send_str(first(session_id))
    await ann.send_str(offer(another))
    assert await read_types(ann, 1) == ["error session_mismatch"]
    assert ports.hub.counts() == ONE_WAITS


@pytest.mark.protocol(2, "by its first valid message")
async def test_a_first_message_may_also_end_or_find_nothing(ports: Ports) -> None:
    session_id = new_id()
    ann = await ports.attach(f"?sessionId={session_id}")
    bob = await ports.attach()
    await bob.send_str(answer(session_id))
    assert await read_types(bob, 1) == ["error signal_not_found"]
    assert ports.hub.counts() == {"waiting": 0, "active": 1}
    await bob.send_str(hangup(session_id))
    assert await read_types(ann, 1) == ["hangup"]
    late = await ports.attach()
    await late.send_str(hangup(session_id))
    assert await read_end(late) == ("session_ended", 4001)


@pytest.mark.protocol(
    2,
    "A socket belongs to one session for its whole life",
    "A message for another session gets `session_mismatch`",
)
async def test_a_message_for_another_session_crosses_nothing(ports: Ports) -> None:
    mine, other = new_id(), new_id()
    ann = await ports.attach(f"?sessionId={mine}")
    bob = await ports.attach(f"?sessionId={mine}")
    eve = await ports.attach(f"?sessionId={other}")
    await ann.send_str(offer(other, "v=0 foreign"))
    await ann.send_str(hangup(other))
    assert [await read(ann) for _ in range(2)] == [
        {
            "type": "error",
            "sessionId": mine,
            "code": "session_mismatch",
            "message": "Сообщение относится к другой сессии",
        }
    ] * 2
    await ann.send_str(offer(mine))
    assert await read_types(bob, 1) == ["offer v=0"]
    frank = await ports.attach(f"?sessionId={other}")
    await frank.send_str(offer(other, "v=0 frank"))
    assert await read_types(eve, 1) == ["offer v=0 frank"]


@pytest.mark.protocol(
    2, "The first to attach creates the session's context", "the link alone creates nothing"
)
async def test_opening_the_link_creates_nothing_and_attaching_does(ports: Ports) -> None:
    session_id = new_id()
    async with ports.client.get(ports.url(f"/?session={session_id}")) as response:
        assert response.status == 200
    await ports.attach()
    assert ports.hub.counts() == NOTHING
    await ports.attach(f"?sessionId={session_id}")
    assert ports.hub.counts() == ONE_WAITS


@pytest.mark.protocol(
    2,
    "A third socket gets `session_full` and is closed with 4003",
    "the two in place notice nothing, whatever it still sends",
)
@pytest.mark.parametrize("label", ["", "&from=eve"])
async def test_a_third_socket_is_refused_and_has_no_effect(ports: Ports, label: str) -> None:
    session_id = new_id()
    ann = await ports.attach(f"?sessionId={session_id}&from=a")
    bob = await ports.attach(f"?sessionId={session_id}&from=b")
    eve = await ports.attach(f"?sessionId={session_id}{label}")
    for sent in (hangup(session_id), offer(session_id, "v=0 eve"), hangup(session_id, label="a")):
        await eve.send_str(sent)
    assert await read_end(eve) == ("session_full", 4003)
    await ann.send_str(offer(session_id))
    await bob.send_str(candidate(session_id))
    assert await read_types(bob, 1) == ["offer v=0"]
    assert await read_types(ann, 1) == ["candidate:1"]


@pytest.mark.protocol(2, "A third socket gets `session_full`", "whatever it still sends")
async def test_a_third_socket_is_refused_its_first_message_too(ports: Ports) -> None:
    session_id = new_id()
    ann = await ports.attach(f"?sessionId={session_id}")
    bob = await ports.attach(f"?sessionId={session_id}")
    eve = await ports.attach()
    await eve.send_str(hangup(session_id))
    await eve.send_str(hangup(session_id))
    assert (await read(eve))["code"] == "session_full"
    assert await read_close(eve) == 4003
    await ann.send_str(offer(session_id))
    assert await read_types(bob, 1) == ["offer v=0"]

"""The registry: protocol.md, sections 2, 5 and 6, across sessions."""

import asyncio
import json
from collections.abc import Callable
from uuid import uuid4

import pytest

from homecall_appliance.signaling import hub as hub_module
from homecall_appliance.signaling.hub import Hub
from homecall_appliance.signaling.mailbox import Letter
from homecall_appliance.signaling.messages import Code, Error, Message, Offer, Refused, kind
from homecall_appliance.signaling.session import CloseCode
from tests.support.limits import hub_limits, session_limits


class Ear:
    """A channel that remembers."""

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self.closed: CloseCode | None = None
        self.closing = asyncio.Event()

    def send(self, message: Message, size: int) -> None:
        self.heard.append(message)

    def close(self, code: CloseCode) -> None:
        self.closed = code
        self.closing.set()

    def peer_attached(self, returned: bool) -> None:
        pass

    def ping(self, answered: Callable[[], None]) -> None:
        answered()

    def undelivered(self) -> list[Letter]:
        return []

    @property
    def codes(self) -> list[Code]:
        return [message.code for message in self.heard if isinstance(message, Error)]

    @property
    def kinds(self) -> list[str]:
        return [kind(message) for message in self.heard]


def offer(session_id: str) -> str:
    return json.dumps({"type": "offer", "sessionId": session_id, "sdp": "v=0"})


def session() -> str:
    return str(uuid4())


async def test_a_socket_attaches_by_its_first_valid_message() -> None:
    hub, ann, bob, session_id = Hub(hub_limits()), Ear(), Ear(), session()
    hub.receive_text(ann, '{"type":"offer"}')
    hub.receive_text(ann, json.dumps({"type": "join", "sessionId": session_id}))
    assert hub.session_of(ann) is None
    hub.receive_text(ann, offer(session_id))
    hub.attach(bob, session_id)
    assert (ann.codes, bob.kinds) == ([Code.BAD_SESSION, Code.BAD_MESSAGE], ["offer"])
    assert hub.counts() == {"waiting": 0, "active": 1}


async def test_a_message_for_another_session_crosses_nothing() -> None:
    hub, ann, bob, mine, other = Hub(hub_limits()), Ear(), Ear(), session(), session()
    hub.attach(ann, mine)
    hub.attach(bob, other)
    hub.receive_text(ann, offer(other))
    assert (ann.codes, ann.closed, bob.heard) == ([Code.SESSION_MISMATCH], None, [])
    assert ann.heard == [Error(mine, Code.SESSION_MISMATCH)]


async def test_the_session_is_checked_before_anything_else_in_the_message() -> None:
    hub, ann = Hub(hub_limits()), Ear()
    hub.attach(ann, session())
    hub.receive_text(ann, json.dumps({"type": "nonsense", "sessionId": session()}))
    assert ann.codes == [Code.SESSION_MISMATCH]


async def test_a_spent_id_stays_dead() -> None:
    hub, ann, bob, late, session_id = Hub(hub_limits()), Ear(), Ear(), Ear(), session()
    hub.attach(ann, session_id)
    hub.attach(bob, session_id)
    hub.leave(ann)
    assert (bob.codes, bob.closed) == ([Code.SESSION_ENDED], CloseCode.ENDED)
    with pytest.raises(Refused) as refused:
        hub.attach(Ear(), session_id)
    hub.receive_text(late, offer(session_id))
    assert refused.value.code is Code.SESSION_ENDED
    assert (late.codes, late.closed) == ([Code.SESSION_ENDED], CloseCode.ENDED)


async def test_spent_ids_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "SPENT_IDS", 2)
    hub, ids = Hub(hub_limits()), [session() for _ in range(3)]
    for session_id in ids:
        ear = Ear()
        hub.attach(ear, session_id)
        hub.leave(ear)
    hub.attach(Ear(), ids[0])
    for session_id in ids[1:]:
        with pytest.raises(Refused):
            hub.attach(Ear(), session_id)


async def test_guests_are_limited_and_the_appliance_is_not() -> None:
    hub, guest = Hub(hub_limits(max_sessions=1)), Ear()
    hub.attach(Ear(), session())
    hub.receive_text(guest, offer(session()))
    assert (guest.codes, guest.closed) == ([Code.BUSY], CloseCode.TRY_AGAIN_LATER)
    hub.attach(Ear(), session(), guest=False)
    assert hub.counts()["waiting"] == 2


async def test_what_one_source_has_made_and_has_not_ended_is_limited() -> None:
    hub, eve, ann = Hub(hub_limits(sessions_per_source=2)), "192.0.2.1", "192.0.2.2"
    ears, ids = [Ear(), Ear()], [session(), session()]
    hub.attach(ears[0], ids[0], source=eve)
    hub.receive_text(ears[1], offer(ids[1]), eve)
    hub.lose(ears[0])
    with pytest.raises(Refused) as refused:
        hub.attach(Ear(), session(), source=eve)
    assert refused.value.code is Code.RATE_LIMITED
    late = Ear()
    hub.receive_text(late, offer(session()), eve)
    assert (late.codes, late.closed) == ([Code.RATE_LIMITED], None)
    hub.attach(Ear(), ids[1], source=eve)
    hub.attach(Ear(), session(), guest=False)
    hub.attach(Ear(), session(), source=ann)
    hub.leave(ears[1])
    hub.attach(Ear(), session(), source=eve)
    assert hub.counts() == {"waiting": 4, "active": 0}


async def test_without_guest_sessions_only_the_appliance_opens_one() -> None:
    hub, session_id = Hub(hub_limits(guest_sessions=False)), session()
    with pytest.raises(Refused) as refused:
        hub.attach(Ear(), session_id)
    assert refused.value.code is Code.SESSION_ENDED
    hub.attach(Ear(), session_id, guest=False)
    hub.attach(Ear(), session_id)
    assert hub.counts() == {"waiting": 0, "active": 1}


async def test_a_newcomer_is_told_before_he_attaches_what_he_would_get() -> None:
    hub, ann, session_id = Hub(hub_limits()), Ear(), session()
    told = [hub.refusal("x"), hub.refusal(session_id)]
    hub.attach(ann, session_id, "ann")
    told.append(hub.refusal(session_id.upper()))
    hub.attach(bob := Ear(), session_id, "bob")
    told.append(hub.refusal(session_id))
    hub.lose(bob)
    told.append(hub.refusal(session_id))
    with pytest.raises(Refused):
        hub.attach(Ear(), session_id)
    hub.leave(ann)
    told.append(hub.refusal(session_id))
    full, ended = Code.SESSION_FULL, Code.SESSION_ENDED
    assert told == [Code.BAD_SESSION, None, None, full, full, ended]
    assert Hub(hub_limits(guest_sessions=False)).refusal(session_id) is ended


async def test_timers_run_by_themselves() -> None:
    limits = session_limits(wait_timeout=0.04, signal_timeout=0.02)
    hub, ann = Hub(hub_limits(limits)), Ear()
    hub.attach(ann, session())
    await ann.closing.wait()
    assert ann.codes == [Code.SIGNAL_NOT_FOUND, Code.SESSION_ENDED]
    assert hub.counts() == {"waiting": 0, "active": 0}


async def test_a_message_after_the_end_is_refused_to_the_appliance_too() -> None:
    hub, ann, session_id = Hub(hub_limits()), Ear(), session()
    hub.attach(ann, session_id)
    hub.end(ann, Code.BUSY)
    with pytest.raises(Refused) as refused:
        hub.receive(ann, Offer(session_id, "v=0"), 0)
    assert refused.value.code is Code.SESSION_ENDED
    assert ann.codes == [Code.BUSY]


async def test_closing_tells_everyone() -> None:
    hub, ears = Hub(hub_limits()), [Ear(), Ear(), Ear()]
    first = session()
    for ear, session_id in zip(ears, (first, first, session()), strict=True):
        hub.attach(ear, session_id)
    hub.close()
    assert [ear.codes for ear in ears] == [[Code.SESSION_ENDED]] * 3
    assert [ear.closed for ear in ears] == [CloseCode.ENDED] * 3

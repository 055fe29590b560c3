"""protocol.md, sections 1 to 3: whatever a socket sends is answered as they say, and harms nobody.

Every frame goes to the hub and to an oracle that reads protocol.md and RFC 8259 for itself. What
was due must have come, to the sender and to the other participant, and nothing else to anybody;
then both still hear each other.

    HOMECALL_FUZZ_SECONDS=600 pytest -s tests/signaling/test_frame_fuzz.py

takes so long, with other frames each time, and tells how often each answer was given.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from itertools import count
from math import inf

import pytest
from hypothesis import given, seed

from homecall_appliance.signaling import messages
from homecall_appliance.signaling.hub import Hub
from homecall_appliance.signaling.mailbox import Letter
from homecall_appliance.signaling.messages import Language, Message
from homecall_appliance.signaling.session import CloseCode, Limits
from tests.signaling.frame_oracle import CODES, QUEUE_BYTES, QUEUE_MESSAGES, Oracle, offer
from tests.signaling.fuzz import SETTINGS, TIMEOUT, seeds, shown, tell
from tests.signaling.fuzzed_frames import Conversation, conversations
from tests.signaling.odd_frames import IDS, odd_frames
from tests.signaling.rfc8259 import Json, read_json
from tests.support.limits import hub_limits

pytestmark = pytest.mark.slow

ANSWERS = {*CODES, "offer", "answer", "candidate", "hangup", "offer queued", "candidate queued"}
"""Everything that can become of a frame."""

LIMITS = hub_limits(
    Limits(
        wait_timeout=inf,
        signal_timeout=inf,
        reconnect_grace=inf,
        queue_messages=QUEUE_MESSAGES,
        queue_bytes=QUEUE_BYTES,
    )
)
"""No timer ever runs: what is heard was said, or answers what was."""


class Wire:
    """A channel that remembers what goes over the wire, as the client reads it."""

    def __init__(self, language: Language = "ru") -> None:
        self.heard: list[Json] = []
        self.closed: int | None = None
        self._language = language

    def send(self, message: Message, size: int) -> None:
        if self.closed is None:
            sent = messages.dump(message, self._language).encode()
            self.heard.append(read_json(sent.decode()))

    def close(self, code: CloseCode) -> None:
        self.closed = self.closed or int(code)

    def peer_attached(self, returned: bool) -> None:
        pass

    def ping(self, answered: Callable[[], None]) -> None:
        answered()

    def undelivered(self) -> list[Letter]:
        return []


class World:
    """A hub with two sessions, of which one may be the sender's, and with a spent one."""

    def __init__(self, home: str | None, offered: bool, language: Language) -> None:
        self._oracle = Oracle(IDS, home, offered, language)
        self._hub = Hub(LIMITS)
        self._sender = Wire(language)
        self._others = {session_id: Wire() for session_id in (IDS.full, IDS.waiting)}
        self._second = self._sender if home == IDS.full else Wire()
        self._numbers = count()
        for session_id, other in self._others.items():
            self._hub.attach(other, session_id)
            if offered:
                self._hub.receive_text(other, json.dumps(offer(session_id)))
        self._hub.attach(self._second, IDS.full)
        self._second.heard.clear()
        if home == IDS.empty:
            self._hub.attach(self._sender, home)
        spent = Wire()
        self._hub.attach(spent, IDS.spent)
        self._hub.leave(spent)

    @property
    def open(self) -> bool:
        return self._oracle.closed is None

    def say(self, text: str) -> str:
        """Let the sender say something, and see that everybody hears what is due."""
        answer = self._oracle.hear(text)
        self._hub.receive_text(self._sender, text)
        self._compare()
        return answer

    def talk(self) -> None:
        """Let the sender and the other participant hear each other."""
        if self.open and self._oracle.home:
            self.say(self._candidate(self._oracle.home))
            if not self._oracle.alone:
                self._pass(self._others[self._oracle.home], self._sender, self._oracle.home)

    def part(self) -> None:
        """Let everybody who is still there hear somebody, and whoever comes hear the queue."""
        if self.open and not self._oracle.home:
            self.say(json.dumps(offer(IDS.waiting)))
        if self.open and self._oracle.alone:
            home = str(self._oracle.home)
            self._others[home] = Wire()
            self._hub.attach(self._others[home], home)
            self._oracle.alone = False
            self._compare()
        self.talk()
        if self._second is not self._sender:
            self._pass(self._others[IDS.full], self._second, IDS.full)
            self._pass(self._second, self._others[IDS.full], IDS.full)

    def _compare(self) -> None:
        oracle, other = self._oracle, self._others.get(self._oracle.home or "")
        self._expect(self._sender, oracle.to_sender, oracle.closed)
        oracle.to_sender.clear()
        for wire in {self._second, *self._others.values()} - {self._sender, other}:
            self._expect(wire, [], None)
        if other:
            self._expect(other, oracle.to_other, 4001 if oracle.over else None)
            oracle.to_other.clear()

    def _pass(self, sender: Wire, receiver: Wire, session_id: str) -> None:
        text = self._candidate(session_id)
        self._hub.receive_text(sender, text)
        self._expect(receiver, [read_json(text)], None)
        self._expect(sender, [], None)

    def _expect(self, wire: Wire, heard: list[Json], closed: int | None) -> None:
        assert (wire.heard, wire.closed) == (heard, closed)
        wire.heard.clear()

    def _candidate(self, session_id: str) -> str:
        ice = {"candidate": f"candidate:{next(self._numbers)}"}
        return json.dumps({"type": "candidate", "sessionId": session_id, "candidate": ice})


def converse(conversation: Conversation, tally: Counter[str]) -> None:
    world = World(conversation.home, conversation.offered, conversation.language)
    for frame in conversation.frames:
        if not world.open:
            break
        tally[world.say(frame)] += 1
        world.talk()
    world.part()


async def test_each_oddity_is_answered_in_each_place() -> None:
    tally: Counter[str] = Counter()
    for frame in odd_frames():
        with shown(0, frame):
            converse(Conversation(IDS.full, True, "ru", [frame]), tally)
    tell(tally, "frames")


@pytest.mark.timeout(TIMEOUT)
@pytest.mark.filterwarnings("ignore:Generating overly large repr")
async def test_every_frame_is_answered_as_the_protocol_says() -> None:
    tally: Counter[str] = Counter()

    @SETTINGS
    @given(conversations())
    def explore(conversation: Conversation) -> None:
        converse(conversation, tally)

    for number in seeds(few=3):
        seed(number)(explore)()
        await asyncio.sleep(0)
    tell(tally, "frames")
    assert set(tally) == ANSWERS

"""protocol.md, sections 1 to 3: the conversations of the fuzz, over sockets.

What the WebSocket layer refuses does not come as far as the hub, and what the hub answers has a way
to go to the client. HOMECALL_FUZZ_SECONDS is that of test_frame_fuzz.py.
"""

import json
import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from homecall_appliance.web.channel import SocketLimits
from tests.signaling.frame_oracle import Oracle, offer
from tests.signaling.fuzz import TIMEOUT, drawn, seeds, shown, tell
from tests.signaling.fuzzed_frames import Conversation, conversations
from tests.signaling.odd_frames import IDS
from tests.signaling.rfc8259 import Json, read_json
from tests.signaling.test_frame_fuzz import ANSWERS, LIMITS
from tests.support.ports_world import Ports, open_ports

pytestmark = pytest.mark.slow

LONGEST = 1 << 18
"""Bytes of a message: the deepest nests of the fuzz fit in, its longest strings do not."""


class Play:
    """A conversation of the fuzz, with a socket for everybody in it."""

    def __init__(self, ports: Ports, conversation: Conversation) -> None:
        self._ports = ports
        self._frames = conversation.frames
        self._oracle = Oracle(IDS, conversation.home, conversation.offered, conversation.language)
        self._offers = [offer(IDS.full)] * conversation.offered
        self._others: dict[str, ClientWebSocketResponse] = {}

    async def run(self, tally: Counter[str]) -> None:
        """Say everything, and see that everybody hears what is due."""
        oracle = self._oracle
        await self._assemble()
        sender = await self._attach(oracle.home)
        if oracle.home == IDS.full:
            oracle.to_sender += self._offers
        else:
            second = await self._attach(IDS.full)
        closed = await self._speak(sender, tally)
        await expect(sender, oracle.to_sender, closed)
        if oracle.closed is None:
            if not closed:
                await self._go_on(sender)
            elif not oracle.alone:
                await self._go_on(await self._attach(None))
            else:  # without its label it may be taken for the other, who has never come
                await self._attach(oracle.home)
        for session_id, other in self._others.items():
            here = session_id == oracle.home
            over = 4001 if here and oracle.over else None
            await expect(other, oracle.to_other if here else [], over)
        if oracle.home != IDS.full:
            await expect(second, self._offers, None)
        await self._end()

    async def _assemble(self) -> None:
        for session_id in (IDS.full, IDS.waiting):
            self._others[session_id] = other = await self._attach(session_id)
            if self._oracle.offered:
                await other.send_str(json.dumps(offer(session_id)))
        await (await self._attach(IDS.spent)).close()

    async def _speak(self, sender: ClientWebSocketResponse, tally: Counter[str]) -> int | None:
        """Send the frames, up to one that closes the socket; return the code of the close."""
        for text in self._frames:
            data = text.encode(errors="surrogatepass")
            with suppress(ConnectionError):
                await sender.send_frame(data, WSMsgType.TEXT)
            fault = fault_of(data)
            tally[str(fault) if fault else self._oracle.hear(text)] += 1
            if fault or self._oracle.closed:
                return fault or self._oracle.closed
        return None

    async def _go_on(self, speaker: ClientWebSocketResponse) -> None:
        """Say something where there is somebody to hear it; a lost sender comes back by it."""
        home = self._oracle.home or IDS.waiting
        if self._oracle.alone:
            self._others[home] = await self._attach(home)
            self._oracle.alone = False
        label = {"from": self._oracle.label} if self._oracle.label else {}
        text = json.dumps(offer(home, "still there") | label)
        await speaker.send_str(text)
        self._oracle.hear(text)

    async def _end(self) -> None:
        """Let everybody close, so that every session is spent, and the next play can use its id."""
        for socket in self._ports.sockets:
            await socket.close()
        self._ports.sockets.clear()
        assert self._ports.hub.counts() == {"waiting": 0, "active": 0}
        self._ports.hub._spent.clear()

    async def _attach(self, session_id: str | None) -> ClientWebSocketResponse:
        query = f"?sessionId={session_id}" if session_id else ""
        return await self._ports.attach(query, **{"Accept-Language": self._oracle.language})


async def expect(socket: ClientWebSocketResponse, due: Sequence[Json], closed: int | None) -> None:
    """See that a client hears what is due to it, and nothing else."""
    assert [read_json(await socket.receive_str(timeout=5)) for _ in due] == [*due]
    if closed is None:
        await socket.send_str("?")
        assert (await socket.receive_json(timeout=5))["code"] == "bad_message"
    else:
        assert (await socket.receive(timeout=5)).data == closed


def fault_of(data: bytes) -> int | None:
    """Return the code that a text frame must close its socket with, if it must."""
    if len(data) > LONGEST:
        return 1009
    try:
        data.decode()
    except UnicodeDecodeError:
        return 1007
    return None


@pytest.mark.timeout(TIMEOUT)
async def test_every_frame_is_answered_over_sockets_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tally: Counter[str] = Counter()
    limits = SocketLimits(LONGEST, 1 << 20, 5)
    async with open_ports(tmp_path, hub=LIMITS, sockets=limits) as ports:
        for number in seeds(few=1):
            for conversation in drawn(conversations(), number, amount=150):
                with shown(number, conversation):
                    await Play(ports, conversation).run(tally)
    tell(tally, "frames")
    assert set(tally) | {"queue_full"} == ANSWERS | {"1007", "1009"}
    assert [each for each in caplog.records if each.levelno >= logging.ERROR or each.exc_info] == []

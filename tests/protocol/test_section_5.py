"""protocol.md, section 5: life of a session."""

import gc
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import ClientWebSocketResponse

from homecall_appliance.config.model import Config
from homecall_appliance.signaling import hub as hub_module
from homecall_appliance.signaling.messages import Answer, Candidate, Hangup, Offer
from homecall_appliance.signaling.session import Session
from tests.protocol.disk import written_files
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
    until,
)
from tests.support.limits import hub_limits, session_limits
from tests.support.ports_world import Ports, open_ports

pytestmark = pytest.mark.slow

ENDED = ("session_ended", 4001)


@pytest.mark.protocol(
    5, "`waiting` (one participant) → `active` (two attached) → `ended`", "and the socket is closed"
)
async def test_a_session_waits_is_active_and_ends(ports: Ports) -> None:
    session_id = new_id()
    history = [ports.hub.counts()]
    ann = await ports.attach(f"?sessionId={session_id}")
    history.append(ports.hub.counts())
    bob = await ports.attach(f"?sessionId={session_id}")
    history.append(ports.hub.counts())
    await bob.close()
    assert await read_end(ann) == ENDED
    history.append(ports.hub.counts())
    nothing = {"waiting": 0, "active": 0}
    assert history == [nothing, {"waiting": 1, "active": 0}, {"waiting": 0, "active": 1}, nothing]


@pytest.mark.protocol(
    5, "`waiting` times out", "`active` has no time limit of its own", "only the reconnect grace"
)
async def test_only_waiting_times_out(tmp_path: Path) -> None:
    limits = session_limits(wait_timeout=0.1, reconnect_grace=0.05)
    async with open_ports(tmp_path, hub=hub_limits(limits)) as ports:
        active, lonely = new_id(), new_id()
        ann, bob = await ports.attach(), await ports.attach()
        await ann.send_str(offer(active, "v=0 ann"))
        await bob.send_str(offer(active, "v=0 bob"))
        assert await read_types(bob, 1) == ["offer v=0 ann"]
        assert await read_types(ann, 1) == ["offer v=0 bob"]
        assert await read_end(await ports.attach(f"?sessionId={lonely}")) == ENDED
        await ann.send_str(offer(active))
        assert await read_types(bob, 1) == ["offer v=0"]
        await bob.close(code=1001)
        assert await read_end(ann) == ENDED


@pytest.mark.protocol(5, "Where nobody has offered anything, it times out as `waiting` does")
async def test_two_who_both_opened_the_link_do_not_wait_for_ever(tmp_path: Path) -> None:
    limits = session_limits(wait_timeout=0.1, reconnect_grace=0.05)
    async with open_ports(tmp_path, hub=hub_limits(limits)) as ports:
        session_id = new_id()
        both = [await ports.attach(f"?sessionId={session_id}&from={label}") for label in "ab"]
        assert [await read_end(each) for each in both] == [ENDED, ENDED]


@pytest.mark.protocol(
    5,
    "While a session waits, the loss of its only participant does not end it",
    "`wait_timeout` alone does (a phone goes to the messenger",
)
@pytest.mark.parametrize("code", [1001, 1006])
async def test_a_waiting_session_outlives_the_loss_of_its_only_participant(
    tmp_path: Path, code: int
) -> None:
    limits = session_limits(wait_timeout=5, reconnect_grace=0.05, signal_timeout=0.2)
    async with open_ports(tmp_path, hub=hub_limits(limits)) as ports:
        session_id, forsaken = new_id(), new_id()
        for each in (session_id, forsaken):
            ann = await ports.attach(f"?sessionId={each}&from=a")
            await ann.send_str(offer(each))
            await ann.send_str("?")  # answered once the offer has come
            assert await read_types(ann, 1) == ["error bad_message"]
            if code == 1006:
                lose(ann)
            else:
                await ann.close(code=code)
        eve = await ports.attach(f"?sessionId={new_id()}")  # for longer than the grace
        assert await read_types(eve, 1) == ["error signal_not_found"]
        bob = await ports.attach(f"?sessionId={session_id}&from=b")
        again = await ports.attach(f"?sessionId={session_id}&from=a")
        await bob.send_str(answer(session_id))
        assert await read_types(bob, 1) == ["offer v=0"]
        assert await read_types(again, 1) == ["answer v=0"]
        assert await read_end(eve) == ENDED
        late = await ports.attach(f"?sessionId={forsaken}&from=a")
        assert await read_end(late) == ENDED


@pytest.mark.protocol(
    5, "What such sessions may cost is bounded per address (`limits.sessions_per_address`)"
)
@pytest.mark.parametrize("by", ["handshake", "message"])
async def test_what_one_address_makes_and_leaves_is_bounded(ports: Ports, by: str) -> None:
    async def make(session_id: str) -> ClientWebSocketResponse:
        if by == "handshake":
            return await ports.attach(f"?sessionId={session_id}&from=a")
        socket = await ports.attach()
        await socket.send_str(offer(session_id, label="a"))
        return socket

    ids = [new_id() for _ in range(Config().limits.sessions_per_address)]
    for session_id in ids:
        await (await make(session_id)).close(code=1001)
    await until(lambda: ports.hub.counts() == {"waiting": len(ids), "active": 0})
    late = await make(new_id())
    assert await read_types(late, 1) == ["error rate_limited"]
    if by == "handshake":
        assert await read_close(late) == 1013
    await ports.attach(f"?sessionId={ids[0]}&from=b")
    await (await make(ids[1])).close()
    await make(new_id())
    await until(lambda: ports.hub.counts() == {"waiting": len(ids) - 1, "active": 1})


@pytest.mark.protocol(5, "`ended` forgets everything about the session but the fact")
async def test_nothing_of_an_ended_session_is_left_in_memory(ports: Ports) -> None:
    session_id = new_id()
    kinds = (Offer, Answer, Candidate, Hangup, Session)

    def left() -> list[object]:
        gc.collect()
        kept = (each for each in gc.get_objects() if isinstance(each, kinds))
        return [each for each in kept if each.session_id == session_id]

    ann = await ports.attach(f"?sessionId={session_id}&from=a")
    bob = await ports.attach(f"?sessionId={session_id}&from=b")
    await ann.send_str(offer(session_id))
    assert await read_types(bob, 1) == ["offer v=0"]
    await bob.send_str(answer(session_id))
    assert await read_types(ann, 1) == ["answer v=0"]
    await bob.close(code=1001)
    await ann.send_str(candidate(session_id))
    await until(lambda: ports.hub.queued_bytes > 0)
    assert left()
    await ann.send_str(hangup(session_id))
    assert await read_close(ann) == 4001
    assert ports.hub.queued_bytes == 0
    await until(lambda: not left())
    assert await read_end(await ports.attach(f"?sessionId={session_id}&from=b")) == ENDED


@pytest.mark.protocol(
    5,
    "Attaching to a spent id, or sending for it, gets `session_ended`",
    "and the socket is closed with 4001",
)
@pytest.mark.parametrize("sent", [offer, answer, candidate, hangup, None])
async def test_a_spent_id_stays_dead(ports: Ports, sent: Callable[[str], str] | None) -> None:
    session_id = new_id()
    await (await ports.attach(f"?sessionId={session_id}")).close()
    late = await ports.attach("" if sent else f"?sessionId={session_id}")
    if sent:
        await late.send_str(sent(session_id))
    assert await read_end(late) == ENDED
    assert ports.hub.counts() == {"waiting": 0, "active": 0}


@pytest.mark.protocol(5, "Spent ids are remembered in a bounded store")
async def test_the_oldest_spent_id_is_forgotten(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "SPENT_IDS", 2)
    ids = [new_id() for _ in range(3)]
    for session_id in ids:
        await (await ports.attach(f"?sessionId={session_id}")).close()
    for session_id in ids[1:]:
        assert await read_end(await ports.attach(f"?sessionId={session_id}")) == ENDED
    await ports.attach(f"?sessionId={ids[0]}")
    assert ports.hub.counts() == {"waiting": 1, "active": 0}


@pytest.mark.protocol(5, "Nothing about a session is ever written to disk")
async def test_nothing_is_written_to_disk(ports: Ports, tmp_path: Path) -> None:
    session_id = new_id()

    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    before = files()
    with written_files() as written:
        ann = await ports.attach(f"?sessionId={session_id}&from=a")
        await ann.send_str(offer(session_id))
        for number in range(100):
            await ann.send_str(candidate(session_id, number))
        await ann.send_str("?")
        assert await read_types(ann, 1) == ["error bad_message"]
        bob = await ports.attach(f"?sessionId={session_id}&from=b")
        assert (await read_types(bob, 101))[-1] == "candidate:99"
        await bob.close(code=1001)
        await ann.send_str(hangup(session_id))
        assert await read_close(ann) == 4001
    assert written == []
    assert files() == before


def test_what_is_written_to_disk_would_be_seen(tmp_path: Path) -> None:
    file = tmp_path / "file"
    with written_files() as written:
        file.write_text("")
        file.read_text()
        file.rename(tmp_path / "renamed")
    file.with_name("later").write_text("")
    assert written == [str(file), f"os.rename {file}"]


@pytest.mark.protocol(5, "nothing survives a restart")
async def test_nothing_survives_a_restart(tmp_path: Path) -> None:
    live, spent = new_id(), new_id()
    async with open_ports(tmp_path) as ports:
        await (await ports.attach(f"?sessionId={spent}")).close()
        ann = await ports.attach()
        await ann.send_str(offer(live))
        await ports.attach(f"?sessionId={live}&from=b")
    shutil.rmtree(tmp_path / "site")
    async with open_ports(tmp_path) as ports:
        assert ports.hub.counts() == {"waiting": 0, "active": 0}
        for session_id in (live, spent):
            bob = await ports.attach(f"?sessionId={session_id}&from=b")
            ann = await ports.attach()
            await ann.send_str(offer(session_id, "v=0 after"))
            assert await read_types(bob, 1) == ["offer v=0 after"]


@pytest.mark.protocol(
    5,
    "in which no offer has come within the *signal timeout* gets `signal_not_found` once",
    "it may stay and wait",
)
async def test_who_finds_no_offer_is_told_once_and_may_stay(tmp_path: Path) -> None:
    limits = session_limits(signal_timeout=0.08)
    async with open_ports(tmp_path, hub=hub_limits(limits)) as ports:
        session_id = new_id()
        bob = await ports.attach(f"?sessionId={session_id}&from=b")
        assert await read_types(bob, 1) == ["error signal_not_found"]
        for _ in range(2):  # as long again, twice
            eve = await ports.attach(f"?sessionId={new_id()}")
            assert await read_types(eve, 1) == ["error signal_not_found"]
        ann = await ports.attach()
        await ann.send_str(offer(session_id))
        assert await read_types(bob, 1) == ["offer v=0"]


@pytest.mark.protocol(5, "in which no offer has come within the *signal timeout*")
async def test_who_finds_an_offer_is_told_nothing(tmp_path: Path) -> None:
    limits = session_limits(signal_timeout=0.08)
    async with open_ports(tmp_path, hub=hub_limits(limits)) as ports:
        session_id = new_id()
        ann = await ports.attach()
        await ann.send_str(offer(session_id))
        bob = await ports.attach(f"?sessionId={session_id}")
        eve = await ports.attach(f"?sessionId={new_id()}")
        assert await read_types(eve, 1) == ["error signal_not_found"]
        await ann.send_str(candidate(session_id))
        await bob.send_str(candidate(session_id, 2))
        assert await read_types(bob, 2) == ["offer v=0", "candidate:1"]
        assert await read_types(ann, 1) == ["candidate:2"]

"""protocol.md, section 9: logging, as it comes out of the process outside systemd."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from homecall_appliance.app.serving import STATIC
from tests.protocol.appliance_world import appliance
from tests.protocol.node_tests import node_test_names
from tests.protocol.wire import (
    ICE,
    answer,
    candidate,
    hangup,
    new_id,
    offer,
    read_close,
    read_types,
    text,
    until,
)
from tests.support.journal import journal_in_memory
from tests.support.ports_world import Ports

SECRETS = {
    "sdp": "v=0\r\no=- 1 1 IN IP4 192.0.2.33\r\ns=sekret-sdp\r\n",
    "candidate": {**ICE, "candidate": "candidate:9 1 udp 1 192.0.2.44 9 typ host sekret-ice"},
    "from": "sekret-label",
    "reason": "sekret-reason",
    "name": "sekret-name",
}
UNSPEAKABLE = ["sekret", "192.0.2.33", "192.0.2.44", "aiohttp/"]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Log as the daemon does, everything that it can be told to, into this file."""
    with journal_in_memory("debug", monkeypatch) as file:
        yield file


def stories(log: str, session_id: str) -> list[list[str]]:
    """Return the type, direction, outcome and size of each message of a session."""
    fields = ("TYPE", "DIRECTION", "OUTCOME", "BYTES")
    pattern = f"SESSION_ID={session_id} " + " ".join(rf"SIGNAL_{name}=(\S+)" for name in fields)
    return [list(found) for found in re.findall(pattern, log)]


@pytest.mark.protocol(
    9, "Every message is logged with its `sessionId`, type, direction, size and outcome"
)
async def test_the_log_tells_the_story_of_a_session(ports: Ports, log: io.StringIO) -> None:
    session_id = new_id()
    sent = {
        "offer": offer(session_id, "v=0\r\n☎"),
        "answer": answer(session_id),
        "candidate": candidate(session_id),
        "hangup": hangup(session_id, initiator=True),
    }
    size = {kind: str(len(message.encode())) for kind, message in sent.items()}
    ann = await ports.attach(f"?sessionId={session_id}&from=a")
    await ann.send_str(sent["candidate"])
    await ann.send_str(sent["offer"])
    bob = await ports.attach(f"?sessionId={session_id}&from=b")
    assert (await read_types(bob, 1))[0].startswith("offer")
    await bob.send_str(sent["answer"])
    assert await read_types(ann, 1) == ["answer v=0"]
    await bob.send_str("?")
    assert await read_types(bob, 1) == ["error bad_message"]
    await ann.send_str(sent["hangup"])
    assert await read_close(ann) == 4001
    written = log.getvalue()
    told = [entry for entry in stories(written, session_id) if entry[0] != "error"]
    assert told == [
        ["candidate", "in", "queued", size["candidate"]],
        ["candidate", "in", "dropped", size["candidate"]],
        ["offer", "in", "queued", size["offer"]],
        ["offer", "out", "delivered", size["offer"]],
        ["answer", "in", "relayed", size["answer"]],
        ["unknown", "in", "bad_message", "1"],
        ["hangup", "in", "relayed", size["hangup"]],
    ]
    errors = [entry[:3] for entry in stories(written, session_id) if entry[0] == "error"]
    assert errors == [["error", "out", "bad_message"]]


@pytest.mark.protocol(9, "Every message is logged with its `sessionId`, type, direction")
async def test_the_log_tells_why_a_session_ended(ports: Ports, log: io.StringIO) -> None:
    session_id = new_id()
    ann = await ports.attach(f"?sessionId={session_id}")
    bob = await ports.attach(f"?sessionId={session_id}")
    await ann.close()
    assert await read_types(bob, 1) == ["error session_ended"]
    told = [entry[:3] for entry in stories(log.getvalue(), session_id)]
    assert told == [["error", "out", "session_ended"]]


@pytest.mark.protocol(9, "Every message is logged")
async def test_messages_of_no_session_are_logged_too(ports: Ports, log: io.StringIO) -> None:
    ann = await ports.attach()
    await ann.send_str("?")
    await ann.send_str(text("offer", "living room"))
    assert await read_types(ann, 2) == ["error bad_message", "error bad_session"]
    outcomes = re.findall(r"SIGNAL_DIRECTION=in SIGNAL_OUTCOME=(\S+)", log.getvalue())
    assert outcomes == ["bad_message", "bad_session"]


@pytest.mark.protocol(
    9, "Never logged: SDP and candidate bodies (they carry addresses), `from`, names, user agents"
)
async def test_what_must_not_be_logged_is_not(ports: Ports, log: io.StringIO) -> None:
    session_id = new_id()
    query = f"?sessionId={session_id}&from=sekret-label&name=sekret-name"
    ann = await ports.attach(query, **{"User-Agent": "sekret-agent"})
    bob = await ports.attach(f"?sessionId={session_id}&from=sekret-other")
    for kind in ("offer", "candidate", "sekret-type"):
        await ann.send_str(text(kind, session_id, **SECRETS))
    await ann.send_str("sekret" + text("offer", session_id, **SECRETS))
    await ann.send_str(text("offer", "sekret-session", **SECRETS))
    await ann.send_str(text("offer", session_id, **{**SECRETS, "sdp": ["sekret"]}))
    refused = ["bad_message", "bad_message", "bad_session", "bad_message"]
    assert await read_types(ann, 4) == [f"error {code}" for code in refused]
    await bob.send_str(text("answer", session_id, **SECRETS))
    await bob.send_str(text("hangup", session_id, **SECRETS))
    assert len(await read_types(ann, 2)) == 2
    assert await read_close(ann) == 4001
    written = log.getvalue()
    assert f"SESSION_ID={session_id}" in written
    assert [secret for secret in UNSPEAKABLE if secret in written] == []


@pytest.mark.apt
@pytest.mark.protocol(9, "Never logged: SDP and candidate bodies")
async def test_nor_is_it_by_the_appliance(tmp_path: Path, log: io.StringIO) -> None:
    async with appliance(tmp_path) as home:
        phone = await home.take_link("sekret-label")
        await phone.socket.send_str(text("candidate", phone.session_id, **SECRETS))
        nonsense = {**SECRETS, "candidate": {"candidate": "sekret-ice"}}
        await phone.socket.send_str(text("candidate", phone.session_id, **nonsense))
        async with phone.answered():
            await until(lambda: home.open_devices == [True, True])
            await phone.socket.send_str(text("hangup", phone.session_id, **SECRETS))
            assert await read_close(phone.socket) == 4001
        second = await home.take_link()
        await second.socket.send_str(text("answer", second.session_id, **SECRETS))
        assert await read_types(second.socket, 1) == ["error bad_message"]
    written = log.getvalue()
    assert f"SESSION_ID={phone.session_id}" in written
    assert [secret for secret in UNSPEAKABLE if secret in written] == []


@pytest.mark.apt
@pytest.mark.protocol(9, "nor pieces of them in an exception's text or a traceback")
async def test_nor_is_it_where_something_fails_over_it(tmp_path: Path, log: io.StringIO) -> None:
    async def read_candidate(text: str) -> None:
        int(text)

    async with appliance(tmp_path) as home:
        first = await home.take_link()
        sdp = first.offer["sdp"].replace("a=setup:actpass", "a=setup:active")
        unreadable = re.sub(r"a=rtpmap:\d+", "a=rtpmap:sekret-number", sdp)
        await first.socket.send_str(answer(first.session_id, unreadable))
        assert (await read_types(first.socket, 1))[0].startswith("error ")
        second = await home.take_link()
        async with second.answered():
            await until(lambda: home.open_devices == [True, True])
            [call] = home.reception.calls
            assert call.peer is not None
            call.peer._start(read_candidate("sekret-candidate"))
            assert await read_types(second.socket, 1) == ["error internal"]
    written = log.getvalue()
    assert "The call failed: ValueError in protocol/test_section_9.py:" in written
    assert "sekret" not in written
    assert "Traceback" not in written


@pytest.mark.protocol(9, "size and outcome")
async def test_what_the_appliance_says_has_a_size_too(tmp_path: Path, log: io.StringIO) -> None:
    async with appliance(tmp_path) as home:
        phone = await home.take_link()
        await phone.socket.send_str("?")
        assert await read_types(phone.socket, 1) == ["error bad_message"]
    written = stories(log.getvalue(), phone.session_id)
    sizes = {kind: int(size) for kind, _, _, size in written}
    assert sizes["offer"] > len(phone.offer["sdp"])
    assert sizes["error"] > 0


@pytest.mark.protocol(
    9,
    "Both ends log",
    "The web client's `HomeCall_Web_Shared_Logger` tells the same of each of its messages",
)
def test_a_test_of_the_web_client_holds_what_its_console_tells() -> None:
    names = node_test_names()
    assert "the console tells each message as the journal of the appliance does" in names
    assert "each message is logged with what became of it" in names


@pytest.mark.protocol(9, "with the `sessionId`, so that one call can be followed on both sides")
def test_the_console_uses_the_fields_of_the_journal() -> None:
    logger = (STATIC / "app" / "Shared" / "Logger.mjs").read_text("utf-8")
    assert re.findall(r"^ +(S[A-Z_]+): ", logger, re.MULTILINE) == [
        *("SESSION_ID", "SIGNAL_TYPE", "SIGNAL_DIRECTION", "SIGNAL_OUTCOME", "SIGNAL_BYTES"),
    ]

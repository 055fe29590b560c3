"""protocol.md, section 3: messages."""

import pytest

from tests.protocol.node_tests import node_test_names
from tests.protocol.wire import (
    ICE,
    answer,
    candidate,
    hangup,
    lose,
    new_id,
    offer,
    read,
    read_end,
    read_types,
    text,
)
from tests.support.ports_world import Ports

EXTRA = {"initiator": True, "name": "Ann", "target": "bob", "room": {"id": 1}, "data": [1]}
LABEL = "ярлык \U0001f4de <&>\\\"' " + "x" * 48


@pytest.mark.protocol(
    3,
    "`offer` | initiator → server → recipient | `sessionId`, `from?`, `sdp` | SDP offer",
    "`answer` | recipient → server → initiator | `sessionId`, `from?`, `sdp` | SDP answer",
    "`candidate` | either → server → the other | `sessionId`, `from?`, `candidate`",
    "(`candidate`, `sdpMid`, `sdpMLineIndex`, `usernameFragment?`)",
    "Unknown extra fields are dropped on relay, never an error",
    "It is relayed untouched",
)
@pytest.mark.parametrize("label", [None, "a", LABEL])
async def test_each_message_is_relayed_with_its_fields_and_no_other(
    ports: Ports, label: str | None
) -> None:
    session_id = new_id()
    ann = await ports.attach(f"?sessionId={session_id}&from=a")
    bob = await ports.attach(f"?sessionId={session_id}&from=b")
    sender = {} if label is None else {"from": label}
    sdp = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=☎ "quoted" \\ \u2028\r\n'
    for kind, body in (("offer", {"sdp": sdp}), ("candidate", {"candidate": ICE})):
        await ann.send_str(text(kind, session_id, **EXTRA, **body, **sender))
        assert await read(bob) == {"type": kind, "sessionId": session_id, **body, **sender}
    await bob.send_str(text("answer", session_id, **EXTRA, sdp=sdp, **sender))
    assert await read(ann) == {"type": "answer", "sessionId": session_id, "sdp": sdp, **sender}


@pytest.mark.protocol(
    3,
    "An empty `candidate.candidate` or `null` is end-of-candidates and is relayed like any other",
    "an object as `RTCIceCandidate.toJSON()` gives it",
)
@pytest.mark.parametrize(
    "ice",
    [
        None,
        {"candidate": ""},
        {"candidate": "", "sdpMid": "1", "sdpMLineIndex": 1, "usernameFragment": "uF1z"},
        {"candidate": "candidate:1 1 udp 1 192.0.2.7 9 typ host", "sdpMid": "0"},
        {"candidate": "candidate:1 1 udp 1 192.0.2.7 9 typ host", "sdpMLineIndex": 0},
        ICE,
    ],
    ids=["null", "empty", "empty-of-a-line", "without-index", "without-mid", "whole"],
)
async def test_candidates_and_their_end_are_relayed_alike(
    ports: Ports, ice: dict[str, object] | None
) -> None:
    session_id = new_id()
    ann = await ports.attach()
    await ann.send_str(text("candidate", session_id, candidate=ice))
    bob = await ports.attach(f"?sessionId={session_id}")
    await ann.send_str(text("candidate", session_id, candidate=ice))
    relayed = {"type": "candidate", "sessionId": session_id, "candidate": ice}
    assert [await read(bob) for _ in range(2)] == [relayed] * 2


@pytest.mark.protocol(
    3,
    "`hangup` | either → server → the other | `sessionId`, `reason?` (a short text",
    "older clients' `initiator` field is accepted and dropped",
    "ends the session for both",
)
@pytest.mark.parametrize("who", [0, 1])
@pytest.mark.parametrize("reason", [{}, {"reason": "Пора спать"}])
async def test_a_hangup_is_relayed_and_ends_the_session_for_both(
    ports: Ports, who: int, reason: dict[str, str]
) -> None:
    session_id = new_id()
    pair = [await ports.attach(f"?sessionId={session_id}") for _ in range(2)]
    await pair[who].send_str(hangup(session_id, initiator=who == 0, **reason))
    assert await read(pair[1 - who]) == {"type": "hangup", "sessionId": session_id, **reason}
    for socket in pair:
        await socket.receive(timeout=5)
        assert socket.close_code == 4001
    assert await read_end(await ports.attach(f"?sessionId={session_id}")) == ("session_ended", 4001)


@pytest.mark.protocol(
    3,
    "`error` | server → client | `sessionId` (null where unknown), `message`, `code`",
    "`message` is a sentence for a person, `code` is for programs",
)
async def test_an_error_carries_its_session_where_that_is_known(ports: Ports) -> None:
    session_id = new_id()
    sentences = {"bad_message": "The message could not be understood"}
    sentences["bad_session"] = "Invalid session identifier"

    def error(code: str, known: str | None) -> dict[str, str | None]:
        return {"type": "error", "sessionId": known, "code": code, "message": sentences[code]}

    ann = await ports.attach(**{"Accept-Language": "en"})
    await ann.send_str("?")
    await ann.send_str(text("offer", "1"))
    await ann.send_str(text("offer", session_id))
    await ann.send_str(offer(session_id))
    await ann.send_str("?")
    assert [await read(ann) for _ in range(4)] == [
        error("bad_message", None),
        error("bad_session", None),
        error("bad_message", session_id),
        error("bad_message", session_id),
    ]


@pytest.mark.protocol(3, "at most 64 characters", "It may also stand in the handshake")
async def test_a_label_that_is_too_long_is_refused(ports: Ports) -> None:
    session_id = new_id()
    bob = await ports.attach(f"?sessionId={session_id}&from={'я' * 64}")
    ann = await ports.attach()
    for label in ("x" * 65, 7, ["a"], {"a": 1}):
        await ann.send_str(offer(session_id, label=label))
    assert await read_types(ann, 4) == ["error bad_message"] * 4
    await ann.send_str(offer(session_id, label="\U0001f4de" * 64))
    assert (await read(bob))["from"] == "\U0001f4de" * 64
    eve = await ports.attach(f"?sessionId={new_id()}&from={'x' * 65}")
    assert await read_end(eve) == ("bad_message", 1008)


@pytest.mark.protocol(
    3,
    "a technical mark, never a name",
    "that a client makes once for its part in a session",
    "and keeps for that session over a reload of its page",
)
@pytest.mark.parametrize(
    "name",
    [
        "links and the signaling address are those of protocol.md, always wss",
        "messages carry the label of this part in the session",
        "the label is made once for the part in a session, and is random",
        "a reload comes back in its role and with its label; initiator: ${initiator}",
        'a reload keeps the label of ${role}: ${state?.from ?? "a new one"}',
        "the end takes the session away, and its label with it",
    ],
)
def test_the_web_client_makes_a_label(name: str) -> None:
    assert name in node_test_names()


@pytest.mark.protocol(
    3, "It may also stand in the handshake", "to recognise a participant that comes"
)
@pytest.mark.parametrize("by", ["handshake", "message"])
@pytest.mark.parametrize("again", ["handshake", "message"])
async def test_a_participant_is_recognised_wherever_its_label_stands(
    ports: Ports, by: str, again: str
) -> None:
    session_id = new_id()

    async def attach(way: str) -> None:
        label = "&from=a" if way == "handshake" else ""
        socket = await ports.attach(f"?sessionId={session_id}{label}" if label else "")
        if not label:
            await socket.send_str(offer(session_id, label="a"))
        sockets.append(socket)

    sockets = [await ports.attach(f"?sessionId={session_id}&from=b")]
    await attach(by)
    if by == "message":
        assert await read_types(sockets[0], 1) == ["offer v=0"]
    await attach(again)
    assert (await sockets[1].receive(timeout=5)).data == 4000
    await sockets[2].send_str(offer(session_id, "v=0 again"))
    seen = ["offer v=0"] * (again == "message") + ["offer v=0 again"]
    assert await read_types(sockets[0], len(seen)) == seen


@pytest.mark.protocol(3, "the server uses it for one thing")
async def test_a_label_does_nothing_else(ports: Ports) -> None:
    first, second = new_id(), new_id()
    ann = await ports.attach(f"?sessionId={first}&from=x")
    bob = await ports.attach(f"?sessionId={first}&from=y")
    eve = await ports.attach(f"?sessionId={second}&from=x")
    await ann.send_str(offer(first, label="y"))
    assert (await read(bob))["from"] == "y"
    await bob.send_str(candidate(first, label="somebody else"))
    assert (await read(ann))["from"] == "somebody else"
    frank = await ports.attach(f"?sessionId={second}&from=y")
    await frank.send_str(offer(second, "v=0 frank"))
    assert await read_types(eve, 1) == ["offer v=0 frank"]
    assert ports.hub.counts() == {"waiting": 0, "active": 2}


@pytest.mark.protocol(3, "Nothing else is relayed")
async def test_what_is_no_message_of_the_table_does_not_reach_the_other(ports: Ports) -> None:
    session_id = new_id()
    ann = await ports.attach(f"?sessionId={session_id}")
    bob = await ports.attach(f"?sessionId={session_id}")
    refused = [
        text("error", session_id, code="internal", message="Boo"),
        text("Offer", session_id, sdp="v=0"),
        text("chat", session_id, text="hello"),
        text("offer", session_id),
        text("answer", session_id, sdp=None),
        text("candidate", session_id),
        text("candidate", session_id, candidate="candidate:1"),
        text("candidate", session_id, candidate={"sdpMid": "0"}),
        text("candidate", session_id, candidate={"candidate": "", "sdpMLineIndex": "0"}),
        text("hangup", session_id, reason={"code": 1}),
        offer(session_id).replace('"offer"', "null"),
    ]
    for sent in refused:
        await ann.send_str(sent)
    assert await read_types(ann, len(refused)) == ["error bad_message"] * len(refused)
    await ann.send_str(offer(session_id))
    assert await read_types(bob, 1) == ["offer v=0"]


@pytest.mark.protocol(
    3,
    "Each message carries `sessionId`",
    "the server checks it before it looks at anything else in the message",
)
async def test_the_session_is_checked_before_anything_else(ports: Ports) -> None:
    spent, mine = new_id(), new_id()
    await (await ports.attach(f"?sessionId={spent}")).close()
    ann = await ports.attach(f"?sessionId={mine}")
    for session_id in (None, "", "1", 7, mine + "0", "{" + mine + "}", mine.replace("-", "")):
        await ann.send_str(text("nonsense", session_id, label=7))  # type: ignore[arg-type]
    await ann.send_str('{"type":"offer","sdp":"v=0"}')
    assert await read_types(ann, 8) == ["error bad_session"] * 8
    for other in (new_id(), spent):
        await ann.send_str(text("nonsense", other, label=7))
    assert await read_types(ann, 2) == ["error session_mismatch"] * 2
    await ann.send_str(text("nonsense", mine, label=7))
    assert await read_types(ann, 1) == ["error bad_message"]
    late = await ports.attach()
    await late.send_str(text("nonsense", spent, label=7))
    assert await read_end(late) == ("session_ended", 4001)


@pytest.mark.protocol(3, "Each message carries `sessionId`")
async def test_an_identifier_means_the_same_in_either_case(ports: Ports) -> None:
    session_id = new_id()
    bob = await ports.attach(f"?sessionId={session_id.upper()}")
    ann = await ports.attach()
    await ann.send_str(offer(session_id))
    assert await read_types(bob, 1) == ["offer v=0"]
    lose(ann)
    again = await ports.attach()
    await again.send_str(answer(session_id.upper()))
    assert await read_types(again, 1) == ["error signal_not_found"]

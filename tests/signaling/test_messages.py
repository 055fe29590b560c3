"""protocol.md, sections 3 and 6: what is a message, and what is not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.signaling import messages
from homecall_appliance.signaling.messages import (
    Answer,
    Candidate,
    Code,
    Error,
    Hangup,
    IceCandidate,
    Offer,
    Refused,
    Relayed,
)

ID = "0b9c1f6a-3a53-4a8e-9e0a-0d7d1f6f2c11"


def read(text: str) -> Relayed:
    return messages.parse(messages.open_envelope(text))


def body(**fields: object) -> str:
    return json.dumps({"sessionId": ID, **fields})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (body(type="offer", sdp="v=0"), Offer(ID, "v=0")),
        (body(type="answer", sdp="v=0", **{"from": "me"}), Answer(ID, "v=0", "me")),
        (body(type="offer", sdp="v=0", name="Bob", **{"from": ""}), Offer(ID, "v=0")),
        (body(type="candidate", candidate=None), Candidate(ID, None)),
        (
            body(type="candidate", candidate={"candidate": "", "sdpMid": "0"}),
            Candidate(ID, IceCandidate("", "0")),
        ),
        (
            body(type="candidate", candidate={"candidate": "", "sdpMid": 0, "usernameFragment": 7}),
            Candidate(ID, IceCandidate("", "0", None, "7")),
        ),
        (
            body(
                type="candidate",
                candidate={
                    "candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host",
                    "sdpMid": None,
                    "sdpMLineIndex": 0,
                    "usernameFragment": "u",
                    "foundation": "1",
                },
            ),
            Candidate(ID, IceCandidate("candidate:1 1 udp 1 192.0.2.1 9 typ host", None, 0, "u")),
        ),
        (
            body(type="candidate", candidate={"candidate": "", "sdpMLineIndex": 0xFFFF}),
            Candidate(ID, IceCandidate("", None, 0xFFFF)),
        ),
        (body(type="hangup", initiator=True), Hangup(ID)),
        (body(type="hangup", reason="x" * 500), Hangup(ID, "x" * messages.MAX_REASON)),
    ],
)
def test_a_message_is_read_and_extra_fields_are_dropped(text: str, message: Relayed) -> None:
    assert read(text) == message


def test_the_session_id_is_read_in_any_case() -> None:
    assert messages.open_envelope(json.dumps({"sessionId": ID.upper()})).session_id == ID


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Code.BAD_MESSAGE),
        ("null", Code.BAD_MESSAGE),
        ("[]", Code.BAD_MESSAGE),
        ("{", Code.BAD_MESSAGE),
        ("[" * 100_000, Code.BAD_MESSAGE),
        (f'{{"sessionId":"{ID}","type":"offer","sdp":NaN}}', Code.BAD_MESSAGE),
        (f'{{"sessionId":"{ID}","sessionId":"{ID}","type":"hangup"}}', Code.BAD_MESSAGE),
        (f'{{"sessionId":"{ID}","n":{"9" * 10_000}}}', Code.BAD_MESSAGE),
        ("{}", Code.BAD_SESSION),
        ('{"sessionId":null}', Code.BAD_SESSION),
        ('{"sessionId":7,"type":"offer"}', Code.BAD_SESSION),
        (f'{{"sessionId":"{ID}0"}}', Code.BAD_SESSION),
        (f'{{"sessionId":"{{{ID}}}"}}', Code.BAD_SESSION),
        (json.dumps({"sessionId": ID.replace("0", "٠")}), Code.BAD_SESSION),
        (body(), Code.BAD_MESSAGE),
        (body(type="join"), Code.BAD_MESSAGE),
        (body(type="error", code="internal"), Code.BAD_MESSAGE),
        (body(type=["offer"], sdp="v=0"), Code.BAD_MESSAGE),
        (body(type="offer"), Code.BAD_MESSAGE),
        (body(type="offer", sdp=""), Code.BAD_MESSAGE),
        (body(type="answer", sdp={"sdp": "v=0"}), Code.BAD_MESSAGE),
        (body(type="offer", sdp="v=0", **{"from": "x" * 65}), Code.BAD_MESSAGE),
        (body(type="offer", sdp="v=0", **{"from": 1}), Code.BAD_MESSAGE),
        (body(type="candidate"), Code.BAD_MESSAGE),
        (body(type="candidate", candidate="candidate:1"), Code.BAD_MESSAGE),
        (body(type="candidate", candidate={}), Code.BAD_MESSAGE),
        (body(type="candidate", candidate={"candidate": "", "sdpMid": True}), Code.BAD_MESSAGE),
        (body(type="candidate", candidate={"candidate": "", "sdpMid": [0]}), Code.BAD_MESSAGE),
        (
            body(type="candidate", candidate={"candidate": "", "sdpMLineIndex": True}),
            Code.BAD_MESSAGE,
        ),
        (
            body(type="candidate", candidate={"candidate": "", "sdpMLineIndex": 0x10000}),
            Code.BAD_MESSAGE,
        ),
        (body(type="hangup", reason=1), Code.BAD_MESSAGE),
    ],
)
def test_what_is_no_message_is_refused(text: str, code: Code) -> None:
    with pytest.raises(Refused) as refused:
        read(text)
    assert refused.value.code is code


@given(st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_nothing_but_refused_escapes(text: str) -> None:
    with pytest.raises(Refused):
        read(text)


texts = st.text(min_size=1, max_size=64)
labels = st.none() | texts
relayed = st.one_of(
    st.builds(Offer, st.just(ID), texts, labels),
    st.builds(Answer, st.just(ID), texts, labels),
    st.builds(Hangup, st.just(ID), st.none() | texts, labels),
    st.builds(
        Candidate,
        st.just(ID),
        st.none()
        | st.builds(
            IceCandidate,
            st.text(),
            st.none() | st.text(),
            st.none() | st.integers(0, 65535),
            st.none() | st.text(),
        ),
        labels,
    ),
)


@given(relayed)
def test_what_is_written_reads_back(message: Relayed) -> None:
    assert read(messages.dump(message, "en")) == message


def test_a_lone_surrogate_passes() -> None:
    text = f'{{"type":"offer","sessionId":"{ID}","sdp":"\\ud800"}}'
    assert messages.dump(read(text), "en") == text


@pytest.mark.parametrize("code", list(Code))
def test_an_error_speaks_both_languages(code: Code) -> None:
    russian, english = (
        json.loads(messages.dump(Error(None, code), language)) for language in ("ru", "en")
    )
    assert russian["code"] == english["code"] == code.value
    assert russian["sessionId"] is None
    assert russian["message"] != english["message"]

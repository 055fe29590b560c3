"""What Cloudflare answers, and what is used of it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.calls.cloudflare import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    UnreadableAnswer,
    next_pause,
    path,
    read,
)
from homecall_appliance.calls.ice_servers import IceServer

STUN = {"urls": ["stun:stun.cloudflare.com:3478", "stun:stun.cloudflare.com:53"]}
TURN = {
    "urls": [
        "turn:turn.cloudflare.com:3478?transport=udp",
        "turn:turn.cloudflare.com:53?transport=udp",
        "turn:turn.cloudflare.com:80?transport=tcp",
        "turns:turn.cloudflare.com:443?transport=tcp",
    ],
    "username": "made",
    "credential": "secret",
}
RELAY = IceServer((TURN["urls"][0], *TURN["urls"][2:]), "made", "secret")


def answer(found: object) -> bytes:
    return json.dumps({"iceServers": found}).encode()


def test_servers_are_read_without_the_port_that_browsers_refuse() -> None:
    stun = IceServer(("stun:stun.cloudflare.com:3478",))
    assert read(answer([STUN, TURN])) == (stun, RELAY)


def test_a_single_table_is_read_too() -> None:
    assert read(answer(TURN)) == (RELAY,)
    one = TURN | {"urls": "turn:a.example"}
    assert read(answer(one)) == (IceServer(("turn:a.example",), "made", "secret"),)


@pytest.mark.parametrize(
    "body",
    [
        *[b"", b"[", b"[" * 60_000, b"null", b"{}", b"\xff", answer(None), answer([]), answer(5)],
        *[answer([STUN]), answer([TURN | {"urls": 5}]), answer([TURN | {"credential": None}])],
        *[answer([{"urls": TURN["urls"]}]), answer([TURN | {"urls": ["http://a"]}])],
    ],
)
def test_an_answer_without_a_relay_is_an_error(body: bytes) -> None:
    with pytest.raises(UnreadableAnswer):
        read(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["iceServers", "urls", "username", "x"]), inner)
    ),
)


@given(JSON)
def test_nothing_else_comes_of_any_answer(found: Any) -> None:
    for body in (json.dumps(found).encode(), answer(found)):
        with pytest.raises(UnreadableAnswer):
            read(body)


def test_a_key_stays_in_its_place() -> None:
    assert path("a/../b?") == "/v1/turn/keys/a%2F..%2Fb%3F/credentials/generate-ice-servers"


def test_pauses_grow_up_to_a_limit() -> None:
    pauses = [0.0]
    for _ in range(10):
        pauses.append(next_pause(pauses[-1]))
    assert pauses[1:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE]
    assert pauses[-2:] == [LONGEST_PAUSE, LONGEST_PAUSE]

"""Which servers are asked, and what their URLs mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.media.webrtc.ice_urls import ServerUrl, read_url
from homecall_appliance.media.webrtc.server_memory import (
    SILENCE,
    ServerMemory,
    ServerRecord,
    ServerState,
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("stun:a.example", ("stun", "a.example", 3478, "udp", False)),
        ("stun:[2001:db8::1]:19302", ("stun", "2001:db8::1", 19302, "udp", False)),
        ("turn:192.0.2.1", ("turn", "192.0.2.1", 3478, "udp", False)),
        ("turn:[2001:db8::1]", ("turn", "2001:db8::1", 3478, "udp", False)),
        ("turn:a.example:80?transport=tcp", ("turn", "a.example", 80, "tcp", False)),
        ("turns:a.example", ("turn", "a.example", 5349, "tcp", True)),
        ("turns:a.example:443?transport=tcp", ("turn", "a.example", 443, "tcp", True)),
    ],
)
def test_urls_are_read(url: str, expected: tuple[object, ...]) -> None:
    read = read_url(url)
    assert read
    assert (read.kind, read.host, read.port, read.transport, read.tls) == expected


@pytest.mark.parametrize(
    "url",
    [
        *[
            "",
            "stuns:a",
            "stun:a?transport=tcp",
            "turns:a?transport=udp",
            "turn:a:0",
            "turn:a:99999",
        ],
        *["turn:a?transport=sctp", "http://a", "turn:", "turn:a b"],
    ],
)
def test_what_cannot_be_asked_is_passed_over(url: str) -> None:
    assert read_url(url) is None


def urls(*texts: str) -> list[ServerUrl]:
    return [read for text in texts if (read := read_url(text))]


def remembered(**states: ServerState) -> ServerMemory:
    memory = ServerMemory()
    for name, state in states.items():
        memory.note(ServerRecord(f"turn:{name}", state, "why", 100.0))
    return memory


def asked(memory: ServerMemory, now: float, *texts: str) -> list[str]:
    return [each.url for each in memory.worth_asking(urls(*texts), now)]


def test_a_silent_server_is_left_out_for_a_minute_where_another_is_there() -> None:
    memory = remembered(a=ServerState.SILENT, b=ServerState.WORKS)
    assert asked(memory, 100 + SILENCE - 1, "turn:a", "turn:b") == ["turn:b"]
    assert asked(memory, 100 + SILENCE - 1, "turn:a", "turn:c") == ["turn:c"]
    assert asked(memory, 100 + SILENCE, "turn:a", "turn:b") == ["turn:a", "turn:b"]


def test_servers_that_are_silent_all_are_asked_all_the_same() -> None:
    memory = remembered(a=ServerState.SILENT, b=ServerState.SILENT)
    assert asked(memory, 101.0, "turn:a", "turn:b") == ["turn:a", "turn:b"]
    # One of another kind is no help in its place.
    assert asked(memory, 101.0, "stun:c", "turn:a") == ["stun:c", "turn:a"]


@pytest.mark.parametrize("useless", [ServerState.REFUSES, ServerState.UNREACHABLE])
def test_a_server_of_no_use_does_not_keep_a_silent_one_out(useless: ServerState) -> None:
    """The silent one may be the good one, which is being started again."""
    memory = remembered(a=useless, b=ServerState.SILENT)
    assert asked(memory, 101.0, "turn:a", "turn:b") == ["turn:a", "turn:b"]


def test_what_answered_is_asked_again() -> None:
    memory = remembered(a=ServerState.REFUSES, b=ServerState.UNREACHABLE, c=ServerState.WORKS)
    assert asked(memory, 101.0, "turn:a", "turn:b", "turn:c") == ["turn:a", "turn:b", "turn:c"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([*ServerState]))))
def test_the_last_record_counts_and_only_a_change_is_news(
    history: list[tuple[str, ServerState]],
) -> None:
    memory, last = ServerMemory(), dict[str, ServerState]()
    for when, (url, state) in enumerate(history):
        news = memory.note(ServerRecord(url, state, "", float(when)))
        assert news == (last.get(url) is not state)
        last[url] = state
    assert {each.url: each.state for each in memory.records} == last

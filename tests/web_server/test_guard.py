"""What one address may take of the appliance."""

import logging
from collections import Counter

import pytest

from homecall_appliance.signaling.messages import Code, Refused
from homecall_appliance.web.guard import Connection, Guard, Reason, source_of
from tests.support.limits import guard_limits

ANN, EVE = "192.0.2.1", "198.51.100.7"


class Door:
    """A guard, a clock, and what was refused."""

    def __init__(self, **limits: float) -> None:
        self.now = 0.0
        self.refused: Counter[Reason] = Counter()
        self.guard = Guard(guard_limits(**limits), lambda: self.now, self._note)

    def lets_in(self, source: str) -> bool:
        return self.guard.connect(source) is not None

    def enter(self, name: str, cut_off: list[str]) -> Connection:
        """Let a connection in that is named after its source."""
        whose = name.partition(" ")[0]
        source = {"eve": EVE, "ann": ANN}.get(whose, whose)
        connection = self.guard.connect(source)
        assert connection is not None
        connection.cut_off = lambda: cut_off.append(name)
        return connection

    def _note(self, reason: Reason) -> None:
        self.refused[reason] += 1


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
    ],
)
def test_a_source_is_an_address_or_a_network_of_ipv6(address: str, source: str) -> None:
    assert source_of(address) == source


def test_connections_are_counted_for_each_source_and_together() -> None:
    door = Door(connections=3, connections_per_address=2)
    first, second, third = [door.guard.connect(EVE) for _ in range(3)]
    assert first
    assert second
    assert third is None
    door.guard.disconnect(first)
    door.guard.disconnect(first)
    assert door.guard.connect(EVE)
    assert door.guard.connect(ANN)
    assert door.guard.connections == 3
    assert door.refused == {"connections": 1}


def test_new_connections_have_a_pace() -> None:
    door = Door(connections_per_second=1)
    assert [door.lets_in(EVE) for _ in range(11)] == [True] * 10 + [False]
    assert door.lets_in(ANN)
    door.now = 1.0
    assert [door.lets_in(EVE) for _ in range(2)] == [True, False]


def test_when_all_are_taken_the_oldest_idle_one_of_the_fattest_source_gives_way() -> None:
    door = Door(connections=6)
    names = ["ann 1", "eve 1", "eve 2", "bob 1", "eve 3", "bob 2"]
    cut_off: list[str] = []
    connections = {name: door.enter(name, cut_off) for name in names}
    with door.guard.socket(EVE, connections["eve 1"]):
        door.enter("carol 1", cut_off)
        door.enter("carol 2", cut_off)
        assert cut_off == ["eve 2", "eve 3"]
        door.guard.disconnect(connections["eve 2"])
        assert door.guard.connections == 6
    door.enter("dave 1", cut_off)
    assert cut_off == ["eve 2", "eve 3", "bob 1"]
    assert door.refused == {"idle": 3}


def test_where_none_is_idle_nobody_gives_way() -> None:
    door = Door(connections=1)
    connection = door.guard.connect(EVE)
    assert connection
    with door.guard.socket(EVE, connection):
        assert not door.lets_in(ANN)
    assert door.lets_in(ANN)
    assert door.refused == {"connections": 1, "idle": 1}


def test_who_may_not_come_pushes_nobody_out() -> None:
    door = Door(connections=1, connections_per_address=1, connections_per_second=0.1)
    cut_off: list[str] = []
    door.enter("eve 1", cut_off)
    assert not door.lets_in(EVE)
    door.enter("ann 1", cut_off)
    assert cut_off == ["eve 1"]
    assert not door.lets_in(EVE)
    assert cut_off == ["eve 1"]


def test_requests_have_a_pace() -> None:
    door = Door(requests_per_second=1)
    assert [door.guard.request(EVE) for _ in range(11)] == [True] * 10 + [False]
    assert door.guard.request(ANN)
    assert door.refused == {"requests": 1}


def test_sockets_are_counted_while_they_are_open() -> None:
    door = Door(sockets_per_address=1)
    with door.guard.socket(EVE, Connection(EVE)), door.guard.socket(ANN, Connection(ANN)):
        with pytest.raises(Refused) as refused, door.guard.socket(EVE, Connection(EVE)):
            pass
        assert refused.value.code is Code.RATE_LIMITED
    with door.guard.socket(EVE, Connection(EVE)):
        pass
    assert door.refused == {"sockets": 1}


def test_handshakes_have_a_pace() -> None:
    door = Door(handshakes_per_second=0.1)
    with door.guard.socket(EVE, Connection(EVE)):
        pass
    with pytest.raises(Refused), door.guard.socket(EVE, Connection(EVE)):
        pass
    assert door.refused == {"handshakes": 1}


def test_messages_have_a_pace() -> None:
    door = Door(messages_per_second=1)
    assert [door.guard.message(EVE) for _ in range(11)] == [True] * 10 + [False]
    assert door.guard.message(ANN)
    assert door.refused == {"messages": 1}


def test_who_asks_for_too_much_is_named_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    door = Door(connections_per_address=0)
    for second in range(119):
        door.now = float(second)
        door.guard.connect(EVE)
        door.guard.connect(EVE)
    assert [record.getMessage() for record in caplog.records] == [
        f"{EVE} asks for too much (connections); "
        f"requests refused since this was last said: {count}."
        for count in (1, 120)
    ]


def test_many_sources_cannot_flood_the_journal(caplog: pytest.LogCaptureFixture) -> None:
    door = Door(connections_per_address=0)
    for number in range(10_000):
        door.guard.connect(f"10.0.{number // 256}.{number % 256}")
    assert len(caplog.records) == 10

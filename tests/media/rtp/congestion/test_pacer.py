"""When packets leave."""

from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.media.rtp.congestion.pacer import BURST, MOST_WAIT, Pacer, Priority

RATE = 1_000_000


def run(pacer: Pacer[str], seconds: float, begin: float = 5.0) -> list[tuple[float, str]]:
    """Ask whenever the pacer says; what left, and when."""
    left, now = [], begin
    while now < begin + seconds:
        left += [(round(now - begin, 4), packet) for packet in pacer.due(now)]
        if (at := pacer.next()) is None:
            break
        now = max(at, now + 0.0001)
    return left


def test_a_small_picture_leaves_at_once() -> None:
    pacer = Pacer[str]()
    assert pacer.put(["a"], [1200], Priority.PICTURE)
    assert pacer.due(5.0) == ["a"]
    assert pacer.next() is None


def test_a_large_one_is_spread_at_the_rate() -> None:
    pacer = Pacer[str]()
    pacer.rate = RATE
    assert pacer.put(["x"] * 40, [1250] * 40, Priority.PICTURE)
    left = run(pacer, 2)
    assert len(left) == 40
    assert abs(left[-1][0] - 0.4) < 0.03
    for begin in (0.0, 0.1, 0.2):
        within = [at for at, _ in left if begin < at <= begin + 0.1]
        assert abs(len(within) - 10) <= 2
    assert len({at for at, _ in left}) < 40 / 1.5 or BURST * RATE < 8 * 1250


def test_what_is_sent_again_goes_first() -> None:
    pacer = Pacer[str]()
    pacer.rate = RATE
    pacer.put(["picture"] * 4, [1250] * 4, Priority.PICTURE)
    pacer.due(5.0)
    pacer.put(["again"], [1250], Priority.RETRANSMISSION)
    assert run(pacer, 1)[0][1] == "again"


def test_what_would_wait_too_long_has_no_room_but_one_picture_always_has() -> None:
    pacer = Pacer[str]()
    pacer.rate = RATE
    huge = round(2 * MOST_WAIT * RATE / 8 / 1250)
    assert pacer.put(["x"] * huge, [1250] * huge, Priority.PICTURE)
    assert not pacer.put(["y"], [1250], Priority.PICTURE)
    assert len(run(pacer, 10)) == huge
    assert pacer.put(["y"], [1250], Priority.PICTURE)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 1500), st.floats(0, 0.2)), max_size=50))
def test_all_that_has_room_leaves_in_its_order(story: list[tuple[int, int, float]]) -> None:
    pacer, now, put, left = Pacer[int](), 0.0, list[int](), list[int]()
    for count, size, pause in story:
        packets = [*range(len(put), len(put) + count)]
        if pacer.put(packets, [size] * count, Priority.PICTURE):
            put += packets
        now += pause
        left += pacer.due(now)
    while (at := pacer.next()) is not None:
        now = max(now + 1e-6, at)
        left += pacer.due(now)
    assert left == put

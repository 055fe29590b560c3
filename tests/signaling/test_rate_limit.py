"""Token buckets: how often something may happen."""

import pytest

from homecall_appliance.signaling import rate_limit as pace_module
from homecall_appliance.signaling.rate_limit import Pace


def test_a_burst_and_then_the_rate() -> None:
    pace = Pace(rate=2, burst=3)
    assert [pace.allows("a", 0.0) for _ in range(4)] == [True, True, True, False]
    assert [pace.allows("a", 0.5) for _ in range(2)] == [True, False]
    assert not pace.allows("a", 0.99)
    assert pace.allows("a", 1.0)


def test_a_refusal_costs_nothing() -> None:
    pace = Pace(rate=1, burst=1)
    assert pace.allows("a", 0.0)
    assert not any(pace.allows("a", moment / 100) for moment in range(100))
    assert pace.allows("a", 1.0)


def test_a_bucket_never_holds_more_than_the_burst() -> None:
    pace = Pace(rate=1, burst=2)
    pace.allows("a", 0.0)
    assert [pace.allows("a", 1e6) for _ in range(3)] == [True, True, False]


def test_keys_do_not_share_a_bucket() -> None:
    pace = Pace(rate=1, burst=1)
    assert pace.allows("a", 0.0)
    assert pace.allows("b", 0.0)
    assert not pace.allows("a", 0.0)


def test_memory_is_bounded_and_the_longest_unused_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pace_module, "KEYS", 2)
    pace = Pace(rate=1, burst=1)
    for key in ("a", "b", "a", "c"):
        pace.allows(key, 0.0)
    assert not pace.allows("a", 0.0)
    assert pace.allows("b", 0.0)

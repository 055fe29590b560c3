"""When what is due, by tables: no sleeps, no clocks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from homecall_appliance.acme import schedule
from homecall_appliance.acme.failures import USUAL
from homecall_appliance.acme.schedule import (
    LONGEST_WAIT,
    Attempts,
    Step,
    Task,
    Validity,
    Window,
    advice_interval,
    next_step,
    recalled,
    renewal_moment,
)

RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
BEGIN = datetime(2027, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def certificate(days: float, serial: int = 7) -> Validity:
    return Validity(serial, BEGIN, BEGIN + days * DAY)


NINETY, SIX = certificate(90), certificate(6)
NO_ADVICE = 1e12
"""An uptime that never comes."""


def step(
    certificate: Validity | None,
    now: datetime,
    *,
    window: Window | None = None,
    attempts: Attempts = Attempts(),  # noqa: B008 - frozen
    advice_at: float = NO_ADVICE,
    uptime: float = 1000.0,
) -> Step:
    return next_step(
        certificate,
        window,
        attempts,
        advice_at=advice_at,
        now=now,
        uptime=uptime,
        earliest=RELEASED,
    )


@pytest.mark.parametrize(
    ("days", "left"),
    [(90, 30), (45, 15), (10, 10 / 3), (9.99, 9.99 / 2), (6, 3)],
)
def test_without_advice_a_third_is_left_or_half_of_a_short_life(days: float, left: float) -> None:
    for serial in range(50):
        remaining = BEGIN + days * DAY - renewal_moment(certificate(days, serial), None)
        assert left * DAY <= remaining <= (left + days / schedule.SPREAD) * DAY


def test_certificates_of_the_same_day_are_not_renewed_at_the_same_moment() -> None:
    moments = sorted(renewal_moment(certificate(90, serial), None) for serial in range(200))
    assert moments[-1] - moments[0] > 2.5 * DAY
    assert len(set(moments)) == 200


def test_the_moment_in_a_window_is_chosen_once() -> None:
    window = Window(BEGIN + 50 * DAY, BEGIN + 52 * DAY)
    moments = {renewal_moment(NINETY, window) for _ in range(10)}
    assert len(moments) == 1
    (moment,) = moments
    assert window.start <= moment <= window.end
    later = replace(window, end=window.end + DAY)
    assert renewal_moment(NINETY, later) != moment
    spread = {renewal_moment(certificate(90, serial), window) for serial in range(200)}
    assert max(spread) - min(spread) > 1.8 * DAY


def test_a_window_that_has_been_is_at_once() -> None:
    window = Window(BEGIN - 5 * DAY, BEGIN - 4 * DAY)
    assert step(NINETY, BEGIN + DAY, window=window) == Step(Task.ORDER)


def test_no_window_lets_a_certificate_end() -> None:
    window = Window(BEGIN + 400 * DAY, BEGIN + 401 * DAY)
    assert renewal_moment(NINETY, window) == BEGIN + 82.5 * DAY


@pytest.mark.parametrize(
    ("certificate", "at", "expected"),
    [
        (None, 0.0, Task.ORDER),
        (NINETY, 0.0, Task.NOTHING),
        (NINETY, 56.9, Task.NOTHING),
        (NINETY, 60.0, Task.ORDER),
        (NINETY, 89.9, Task.ORDER),
        (NINETY, 90.0, Task.ORDER),
        (NINETY, 4000.0, Task.ORDER),
        (SIX, 2.7, Task.NOTHING),
        (SIX, 3.0, Task.ORDER),
        (NINETY, -0.04, Task.NOTHING),
        (NINETY, -0.05, Task.CLOCK),
        (NINETY, -365 * 57.0, Task.CLOCK),
        (None, -365 * 57.0, Task.CLOCK),
    ],
)
def test_what_is_due(certificate: Validity | None, at: float, expected: Task) -> None:
    assert step(certificate, BEGIN + at * DAY).task is expected


@pytest.mark.parametrize("certificate", [None, NINETY])
def test_at_1970_nothing_is_ordered_and_the_clock_is_looked_at_again(
    certificate: Validity | None,
) -> None:
    found = step(certificate, datetime(1970, 1, 1, tzinfo=UTC), advice_at=0)
    assert found == Step(Task.CLOCK, LONGEST_WAIT)


def test_advice_is_asked_for_when_its_time_has_come() -> None:
    assert step(NINETY, BEGIN + DAY, advice_at=1000.0) == Step(Task.ADVICE)
    assert step(NINETY, BEGIN + DAY, advice_at=1007.0) == Step(Task.NOTHING, 7.0)
    # It may say that renewal is urgent, or can wait.
    assert step(NINETY, BEGIN + 80 * DAY, advice_at=1000.0) == Step(Task.ADVICE)


def test_no_advice_is_asked_for_once_a_certificate_has_ended() -> None:
    """RFC 9773, section 4.3."""
    assert step(NINETY, BEGIN + 90 * DAY, advice_at=0.0) == Step(Task.ORDER)
    assert step(None, BEGIN, advice_at=0.0) == Step(Task.ORDER)


def test_the_clock_is_looked_at_each_minute_and_the_moment_is_not_missed() -> None:
    moment = renewal_moment(NINETY, None)
    assert step(NINETY, moment - timedelta(hours=5)) == Step(Task.NOTHING, LONGEST_WAIT)
    assert step(NINETY, moment - timedelta(seconds=5)) == Step(Task.NOTHING, 5.0)


def test_after_a_failure_nothing_is_ordered_for_a_while() -> None:
    attempts = Attempts(failures=3, until=1030.0)
    for certificate_ in (None, NINETY):
        found = step(certificate_, BEGIN + 80 * DAY, attempts=attempts)
        assert found == Step(Task.PAUSE, 30.0)
    assert step(None, BEGIN, attempts=attempts, uptime=1030.0) == Step(Task.ORDER)


def test_a_certificate_that_an_owner_has_removed_is_ordered_at_once() -> None:
    attempts = Attempts.succeeded(1000.0, NINETY)
    assert step(None, BEGIN, attempts=attempts) == Step(Task.ORDER)
    assert step(NINETY, BEGIN + 80 * DAY, attempts=attempts).task is Task.PAUSE


def test_pauses_double_and_end_growing() -> None:
    attempts, pauses = Attempts(), []
    for _ in range(80):
        uptime = attempts.until
        attempts = attempts.failed(uptime, USUAL)
        pauses.append(attempts.until - uptime)
    for count, pause in enumerate(pauses):
        assert 0.8 <= pause / min(300.0 * 2**count, 21600.0) <= 1.2
    assert len(set(pauses)) > 70
    assert attempts.failures == 80
    assert not attempts.demanded


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [(7200.0, 7200.0), (86400.0 * 7, 86400.0 * 7), (1e12, 86400.0 * 8)],
)
def test_retry_after_is_kept(retry_after: float, pause: float) -> None:
    attempts = Attempts().failed(50.0, USUAL, retry_after)
    assert attempts == Attempts(1, 50.0 + pause, demanded=True)


@pytest.mark.parametrize("retry_after", [None, 0.0, -5.0, 1.0])
def test_a_short_retry_after_does_not_shorten_the_pause(retry_after: float | None) -> None:
    attempts = Attempts().failed(50.0, USUAL, retry_after)
    assert attempts.until >= 50.0 + 240.0
    assert not attempts.demanded


def test_a_clock_that_is_far_ahead_costs_one_order_a_day() -> None:
    """Each new certificate looks due then."""
    ahead = BEGIN + 70 * DAY
    orders, uptime, attempts = 0, 0.0, Attempts()
    while uptime < 7 * 86400:
        found = step(NINETY, ahead, attempts=attempts, uptime=uptime)
        if found.task is Task.ORDER:
            orders += 1
            attempts = Attempts.succeeded(uptime, NINETY)
        uptime += max(found.wait, 1.0)
    assert orders == 7


def test_after_a_success_a_short_life_waits_for_half_a_day() -> None:
    assert Attempts.succeeded(10.0, SIX) == Attempts(until=10.0 + 43200)


@pytest.mark.parametrize(
    ("elapsed", "left"),
    [
        (timedelta(0), 600.0),
        (timedelta(seconds=200), 400.0),
        (timedelta(days=1), 0.0),
        (timedelta(days=-365 * 50), 600.0),
    ],
)
def test_a_restart_does_not_shorten_a_pause(elapsed: timedelta, left: float) -> None:
    former = Attempts(4, 600.0, demanded=True, reason="It failed.")
    found = recalled(former, BEGIN, now=BEGIN + elapsed, uptime=5.0)
    assert found == Attempts(4, 5.0 + left, demanded=True, reason="It failed.")


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [(None, 21600.0), (3600.0, 3600.0), (1.0, 60.0), (-9.0, 60.0), (1e9, 86400.0)],
)
def test_the_interval_between_two_requests_for_advice(
    retry_after: float | None, seconds: float
) -> None:
    assert advice_interval(retry_after) == seconds

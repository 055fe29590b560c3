"""The clock of the real aiortc and aioice: where they take the time, and what a jump does."""

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from types import ModuleType
from typing import Self

import aioice
import aiortc
import pytest
from aioice import turn
from aiortc import clock, mediastreams, rtcrtpreceiver, rtcrtpsender, rtcsctptransport
from aiortc.rate import RateCounter
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import RtcpReceiverInfo, RtpPacket

from homecall_appliance.media.webrtc.clock import steady_clock

DAY = 86400.0

TAKES_TIME = re.compile(
    r"\btime\.\w+"
    r"|\bdatetime\.(?:now|today|utcnow)\b"
    r"|\bimport (?:time|datetime) as\b"
    r"|\bfrom \S*\b(?:time|datetime|clock) import .+"
)
"""A clock that is read, or a name that would hide it from here or from the adapter."""


def time_in(module: ModuleType) -> Callable[[], float]:
    return lambda: float(vars(module)["time"].time())


READINGS: dict[str, Callable[[], float]] = {
    "current_datetime": lambda: clock.current_datetime().timestamp(),
    "current_ms": lambda: clock.current_ms() / 1000,
    "current_ntp_time": lambda: clock.current_ntp_time() / 2**32,
    **{
        module.__name__: time_in(module)
        for module in (mediastreams, rtcrtpreceiver, rtcrtpsender, rtcsctptransport, turn)
    },
}
"""Every way in which they ask for the time, in seconds."""

Jump = Callable[[float], None]


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch) -> Jump:
    """Set the time of day some days ahead for everybody; the monotonic clock goes on as it is."""
    right = time.time

    def by(days: float) -> None:
        class Wrong(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                return super().now(tz) + timedelta(days)

        monkeypatch.setattr("time.time", lambda: right() + days * DAY)
        monkeypatch.setattr("datetime.datetime", Wrong)
        monkeypatch.setattr("homecall_appliance.media.webrtc.clock.datetime", Wrong)

    return by


@pytest.mark.parametrize(
    ("library", "known"),
    [
        (
            aiortc,
            {
                "clock.py": {"datetime.now"},
                "mediastreams.py": {"time.time"},
                "rtcdtlstransport.py": {"datetime.now"},  # the dates of a certificate
                "rtcrtpreceiver.py": {"time.time"},
                "rtcrtpsender.py": {"time.time"},
                "rtcsctptransport.py": {"time.time"},
            },
        ),
        (aioice, {"turn.py": {"time.time"}}),
    ],
)
def test_the_time_is_taken_where_we_give_it(
    library: ModuleType, known: dict[str, set[str]]
) -> None:
    assert library.__file__
    home = Path(library.__file__).parent
    taken = {
        path.relative_to(home).as_posix(): set(TAKES_TIME.findall(path.read_text()))
        for path in home.rglob("*.py")
        if path.parent.name != "contrib"
    }
    assert {name: how for name, how in taken.items() if how} == known


@pytest.mark.parametrize("days", [100, -400])
@pytest.mark.parametrize("reading", READINGS)
def test_a_jump_of_the_time_of_day_moves_only_a_clock_that_is_not_steady(
    jump: Jump, reading: str, days: float
) -> None:
    read = READINGS[reading]
    with steady_clock():
        before = read()
        jump(days)
        assert 0 <= read() - before < DAY
    assert read() - before == pytest.approx(days * DAY, abs=DAY)


def test_a_steady_clock_begins_with_the_time_of_day_and_goes_on() -> None:
    with steady_clock():
        assert clock.current_datetime().timestamp() == pytest.approx(time.time(), abs=1)
        before = clock.current_ntp_time()
        time.sleep(0.05)
        assert 0.05 <= (clock.current_ntp_time() - before) / 2**32 < 5


@pytest.mark.timeout(10)
def test_a_rate_counter_goes_on_at_once(jump: Jump) -> None:
    counter = RateCounter(window_size=1000)
    with steady_clock():
        counter.add(1000, clock.current_ms())
        jump(100)
        counter.add(1000, clock.current_ms())
        rate = counter.rate(clock.current_ms() + 99)
    assert rate == pytest.approx(2000 * 8 / 0.1, rel=0.5)


@pytest.mark.parametrize("days", [100, -400])
def test_a_receiver_report_can_still_tell_the_jitter(jump: Jump, days: float) -> None:
    statistics = StreamStatistics(90000)
    with steady_clock():
        for number in range(10):
            if number == 5:
                jump(days)
            statistics.add(RtpPacket(sequence_number=number, timestamp=number * 3000))
    report = RtcpReceiverInfo(
        ssrc=1,
        fraction_lost=0,
        packets_lost=statistics.packets_lost,
        highest_sequence=9,
        jitter=statistics.jitter,
        lsr=0,
        dlsr=0,
    )
    assert RtcpReceiverInfo.parse(bytes(report)).jitter < 90000

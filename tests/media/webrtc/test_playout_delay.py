"""When pictures are to be shown as they come, and when as the browser would show them."""

import re
from dataclasses import replace

import pytest
from aiortc import rtp
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.media.rtp.extensions import PLAYOUT_DELAY
from homecall_appliance.media.webrtc import playout_delay
from homecall_appliance.media.webrtc.playout_delay import (
    AT_ONCE,
    CALM,
    FAR,
    MOST_REPORTS,
    NEAR,
    UNLIMITED,
    WINDOW,
    PathLimits,
    PlayoutDelay,
)
from homecall_appliance.signaling.messages import Answer, Candidate, Hangup
from tests.support.call_world import Phone, call, house, until
from tests.support.offered import OFFER

[NUMBER] = [media.extensions[PLAYOUT_DELAY] for media in OFFER.media if media.kind == "video"]

APART = 0.5
"""Seconds between two reports."""


class Course:
    """Reports in a row, and what came of each."""

    def __init__(self) -> None:
        self.delay = PlayoutDelay()
        self.now = 1000.0

    def go_on(
        self,
        seconds: float,
        fraction: float = 0.0,
        round_trip: float | None = 0.005,
        jitter: float = 0.002,
    ) -> list[bool]:
        """Let reports of this kind come for some seconds; whether the delay is low after each."""
        course = []
        for _ in range(round(seconds / APART)):
            self.now += APART
            self.delay.report(fraction, round_trip, jitter, self.now)
            course.append(self.delay.is_low)
        return course


@pytest.fixture(name="near")
def near_path() -> Course:
    """A path on which the delay is low."""
    course = Course()
    assert course.go_on(2 * CALM)[-1]
    return course


def limits(delay: PlayoutDelay) -> tuple[int, int]:
    """The least and the most that the extension says, in milliseconds."""
    both = int.from_bytes(delay.extension(), "big")
    return 10 * (both >> 12), 10 * (both & 0xFFF)


def test_the_browser_decides_until_a_path_has_been_near_for_a_calm_time() -> None:
    course = Course()
    assert limits(course.delay) == (0, 10_000)
    assert course.go_on(CALM) == [False] * round(CALM / APART)
    assert course.go_on(APART) == [True]
    assert limits(course.delay) == (0, 10)


@pytest.mark.parametrize(
    "bad",
    [
        {"fraction": 0.5},
        {"round_trip": FAR.round_trip},
        {"jitter": FAR.jitter},
        {"round_trip": None},
    ],
)
def test_it_is_given_back_at_once_and_taken_again_after_a_calm_time(
    near: Course, bad: dict[str, float]
) -> None:
    assert near.go_on(APART, **bad) == [False]
    assert limits(near.delay) == (0, 10_000)
    assert not any(near.go_on(CALM))
    assert near.go_on(WINDOW + APART)[-1]


def test_a_packet_now_and_then_is_no_loss_that_counts(near: Course) -> None:
    for _ in range(20):
        assert all(near.go_on(APART, fraction=1 / 60))
        assert all(near.go_on(WINDOW))


def test_steady_losses_are(near: Course) -> None:
    near.go_on(WINDOW, fraction=2 * FAR.loss)
    assert not any(near.go_on(4 * CALM, fraction=2 * FAR.loss))


@pytest.mark.parametrize(
    "between",
    [
        {"round_trip": (NEAR.round_trip + FAR.round_trip) / 2},
        {"jitter": (NEAR.jitter + FAR.jitter) / 2},
        {"fraction": (NEAR.loss + FAR.loss) / 2},
    ],
)
def test_what_is_neither_near_nor_far_changes_nothing(
    near: Course, between: dict[str, float]
) -> None:
    assert all(near.go_on(4 * CALM, **between))
    assert not any(Course().go_on(4 * CALM, **between))


def test_a_calm_time_is_one_without_a_break() -> None:
    course = Course()
    for _ in range(5):
        assert not any(course.go_on(CALM - APART))
        assert not any(course.go_on(APART, round_trip=NEAR.round_trip))


@given(
    st.lists(
        st.tuples(
            st.floats(0, 255 / 256),
            st.none() | st.floats(-1e6, 1e6),
            st.integers(0, 2**32 - 1).map(lambda ticks: ticks / 90_000),
        ),
        max_size=3 * MOST_REPORTS,
    )
)
def test_nothing_that_a_phone_reports_does_harm(
    reports: list[tuple[float, float | None, float]],
) -> None:
    delay = PlayoutDelay()
    for number, report in enumerate(reports):
        delay.report(*report, number / 1000)
        assert limits(delay) in {(0, 10), (0, 10_000)}
    assert len(delay._losses) <= MOST_REPORTS


class Headers:
    """What the packets that arrive anywhere in this process have as the extension."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.elements: list[bytes | None] = []
        unpack = rtp.unpack_header_extensions

        def note(profile: int, value: bytes) -> list[tuple[int, bytes]]:
            read = unpack(profile, value)
            self.elements.append(dict(read).get(NUMBER))
            return read

        patch.setattr(rtp, "unpack_header_extensions", note)


def with_playout_delay(answer: str) -> str:
    """An answer whose picture has the extension: aiortc as the phone does not know it."""
    return re.sub(
        r"(m=video.*?a=mid:1\r\n)",
        rf"\1a=extmap:{NUMBER} {PLAYOUT_DELAY}\r\n",
        answer,
        flags=re.DOTALL,
    )


@pytest.mark.slow
async def test_packets_tell_a_phone_that_has_agreed_what_its_reports_lead_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endless = PathLimits(float("inf"), float("inf"), float("inf"))
    monkeypatch.setattr(playout_delay, "CALM", 0.0)
    monkeypatch.setattr(playout_delay, "NEAR", endless)
    monkeypatch.setattr(playout_delay, "FAR", endless)
    say = Phone.say

    def agree(phone: Phone, message: Answer | Candidate | Hangup) -> None:
        if isinstance(message, Answer):
            message = replace(message, sdp=with_playout_delay(message.sdp))
        say(phone, message)

    monkeypatch.setattr(Phone, "say", agree)
    async with house() as home:
        headers = Headers(monkeypatch)
        _, phone = await call(home)
        await until(lambda: AT_ONCE in headers.elements)
        await phone.gone()
    told = [element for element in headers.elements if element]
    assert told[0] == UNLIMITED
    assert set(told) == {UNLIMITED, AT_ONCE}


@pytest.mark.slow
async def test_a_phone_that_does_not_know_the_extension_gets_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with house() as home:
        headers = Headers(monkeypatch)
        _, phone = await call(home)
        await phone.gone()
    assert set(headers.elements) == {None}

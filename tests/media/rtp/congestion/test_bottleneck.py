"""How a call behaves before a bottleneck: the rate that it finds, how fast, and what waits.

The bounds are those of a call that people bear; `python -m tests.benchmarks.network`, where it is
there, measures the same beside a browser's own sender.
"""

import pytest

from tests.media.rtp.congestion.bottleneck import STEP, Course, Path, simulate

LINK = 3e6


@pytest.fixture(scope="module", name="steps")
def course_of_steps() -> Course:
    """3 Mbit/s, 0.6 from the 20th to the 40th second, and 3 again."""
    return simulate(Path(rate=lambda now: LINK if now < 20 or now >= 40 else LINK / 5), 60)


def test_it_begins_with_what_the_path_bears(steps: Course) -> None:
    assert steps.first(0, lambda target: target > 0.75 * LINK) < 1


def test_a_narrower_path_is_followed_and_its_queue_drained(steps: Course) -> None:
    assert steps.first(20, lambda target: target < 0.22 * LINK) < 2.5
    assert steps.delay(23, 40) < 0.12
    assert steps.delay(23, 40, 0.5) < 0.05
    assert steps.share(25, 40, LINK / 5) > 0.8


def test_a_wider_path_is_found(steps: Course) -> None:
    assert steps.first(40, lambda target: target > 0.75 * LINK) < 12
    assert steps.delay(45, 60) < 0.1


def test_a_steady_path_is_used_and_nothing_waits() -> None:
    course = simulate(Path(), 40)
    assert course.share(10, 40, LINK) > 0.8
    assert course.delay(5, 40) < 0.05


def test_jitter_is_no_queue() -> None:
    course = simulate(Path(delay=0.06, jitter=0.03), 40)
    assert course.share(10, 40, LINK) > 0.4


def test_a_loss_now_and_then_is_no_reason_to_send_less() -> None:
    assert simulate(Path(loss=0.02), 40).share(10, 40, LINK) > 0.8


def test_heavy_losses_are() -> None:
    course = simulate(Path(loss=0.2), 20)
    assert max(target for at, target in course.targets if at > 10) < 0.5 * LINK


def test_beside_another_flow_it_keeps_a_share() -> None:
    class Tcp:
        """Sends more and more, and half of it where the queue is full."""

        def __init__(self) -> None:
            self.rate, self.halved = 5e5, 0.0

        def __call__(self, now: float, waits: float) -> float:
            if waits > 0.28 and now - self.halved > 0.3:
                self.rate, self.halved = self.rate / 2, now
            self.rate += 1e6 * STEP
            return self.rate

    assert simulate(Path(other=Tcp()), 60).share(20, 60, LINK) > 0.1


def test_what_the_encoder_does_not_use_is_still_known() -> None:
    """A still scene, and then one that moves."""
    course = simulate(Path(), 20, source=lambda now: 3e5 if now < 10 else 3e6)
    assert course.first(9, lambda target: target > 0.6 * LINK) < 5

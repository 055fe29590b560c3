"""Which peaks of a correlation are believed to be an echo."""

import numpy as np

from homecall_appliance.media.audio.echo.correlation import EARLIEST, LATEST, Samples
from homecall_appliance.media.audio.echo.delay import DelayEstimator


def correlation(**peaks: float) -> Samples:
    """Return one with peaks at d0, d1, …: "d" and their delays."""
    result = np.zeros(LATEST - EARLIEST)
    for name, height in peaks.items():
        result[int(name[1:]) - EARLIEST] = height
    return result


def found(*looks: Samples) -> list[int | None]:
    estimator = DelayEstimator()
    return [estimator.add(look) for look in looks]


def test_a_peak_is_believed_when_it_is_there_again() -> None:
    assert found(correlation(d160=1), correlation(d161=-1), correlation(d500=1)) == [
        None,
        161,
        None,
    ]


def test_a_peak_that_wanders_is_not_believed() -> None:
    looks = [correlation(**{f"d{delay}": 1}) for delay in (100, 300, 500, 100)]
    assert found(*looks) == [None] * 4


def test_a_peak_among_others_is_not_believed() -> None:
    assert found(*[correlation(d160=1, d1000=0.6)] * 3) == [None] * 3


def test_reflections_follow_the_direct_sound() -> None:
    assert found(*[correlation(d160=1, d400=0.9)] * 2) == [None, 160]
    assert found(*[correlation(d400=1, d160=0.9)] * 2) == [None, None]

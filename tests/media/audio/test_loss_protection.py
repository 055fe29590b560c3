"""When packets of sound carry copies of lost ones, by what receivers report."""

from itertools import groupby

import pytest

from homecall_appliance.media.audio.loss_protection import LossProtection
from homecall_appliance.media.audio.opus_settings import OpusSettings


def history(*reports: float) -> list[int]:
    """The expected losses after each report."""
    protection = LossProtection()
    found = []
    for fraction in reports:
        protection.report(fraction)
        found.append(protection.expected_loss)
    return found


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([], []),
        ([0.0] * 5, [0] * 5),
        ([0.01] * 50, [0] * 50),
        ([0.02, 0.0, 0.0], [0, 0, 0]),
        ([0.1], [5]),
        ([0.1, 0.1, 0.1], [5, 8, 9]),
        ([0.03, 0.03, 0.03], [0, 2, 3]),
        ([255 / 256] * 3, [25] * 3),
    ],
    ids=["nothing", "none", "few", "a single one", "many", "and more", "some", "nearly all"],
)
def test_only_where_packets_are_lost(reports: list[float], expected: list[int]) -> None:
    assert history(*reports) == expected


def test_it_begins_at_once_and_does_not_go_on_and_off() -> None:
    reports = [0.1, 0.0, 0.04, 0.0, 0.04, 0.0, 0.04] + [0.0] * 40
    protects = [expected > 0 for expected in history(*reports)]
    assert [on for on, _ in groupby(protects)] == [True, False]
    assert 7 < sum(protects) < 30


@pytest.mark.parametrize(
    ("wanted", "shared"),
    [
        ([], OpusSettings(dtx=True, expected_loss=0)),
        ([OpusSettings(), OpusSettings()], OpusSettings()),
        ([OpusSettings(), OpusSettings(True, 7), OpusSettings(True, 3)], OpusSettings(True, 7)),
        ([OpusSettings(), OpusSettings(dtx=False)], OpusSettings(dtx=False)),
    ],
    ids=["nobody", "nothing special", "who loses most", "who wants no pause"],
)
def test_one_encoder_for_all(wanted: list[OpusSettings], shared: OpusSettings) -> None:
    assert OpusSettings.shared(wanted) == shared

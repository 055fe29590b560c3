"""The table of figures, held against the Status that it is read from and Prometheus's rules."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from homecall_appliance.control.figures import (
    FIGURES,
    RECEIVED_FIGURES,
    SENT_FIGURES,
    Figure,
    samples,
)
from homecall_appliance.control.status import (
    AudioStatus,
    CallStatus,
    CameraStatus,
    ReceivedStatus,
    SentStatus,
    Status,
)

TABLE: list[Figure[Any]] = [*FIGURES, *SENT_FIGURES, *RECEIVED_FIGURES]

ELSEWHERE = {
    "uptime",  # process_start_time_seconds
    *("process.file_descriptors", "process.rss_bytes"),  # process_open_fds, ..._memory_bytes
    *("process.tasks", "process.threads"),  # of use to who looks for a leak
    *("audio.echo.delay", "audio.echo.drift"),  # found out once for each opening of the device
}
"""Numbers of a Status that are no figures of ours."""

CALL = CallStatus(1, "secret", ("connected",), SentStatus(round_trip=0.25), ReceivedStatus())
BUSY = Status(uptime=1.0, calls=(CALL,))


@pytest.mark.parametrize("figure", TABLE, ids=lambda figure: figure.name)
def test_a_name_says_the_unit_and_whether_it_only_grows(figure: Figure[Any]) -> None:
    stem, total, _ = figure.name.partition("_total")
    assert bool(total) == (figure.kind == "counter")
    assert stem.endswith(f"_{figure.unit}")
    assert figure.text.endswith(".")


def test_no_figure_is_there_twice() -> None:
    named = [(figure.name, *figure.labels.items()) for figure in TABLE]
    assert len(set(named)) == len(named)


def numbers(value: Any) -> Iterator[str]:
    """The paths of the numbers in a dataclass."""
    for field in fields(value):
        part = getattr(value, field.name)
        if is_dataclass(part):
            yield from (f"{field.name}.{path}" for path in numbers(part))
        elif field.type in (int, float, int | None, float | None):
            yield field.name


def changed(value: Any, path: str) -> Any:
    """The same with another number there."""
    name, _, rest = path.partition(".")
    part = getattr(value, name)
    return replace(value, **{name: changed(part, rest) if rest else (part or 0) + 1})


@pytest.mark.parametrize("path", sorted({*numbers(BUSY)}))
def test_every_number_is_a_figure_but_for_those_that_are_told_elsewhere(path: str) -> None:
    told = list(samples(changed(BUSY, path))) != list(samples(BUSY))
    assert told == (path not in ELSEWHERE)


@pytest.mark.parametrize("path", sorted({*numbers(CALL)}))
def test_every_number_of_a_call_is_a_figure(path: str) -> None:
    other = replace(BUSY, calls=(changed(CALL, path),))
    assert list(samples(other)) != list(samples(BUSY))


def test_units_are_prometheus_own() -> None:
    values = {
        sample.name: sample.value
        for sample in samples(
            Status(camera=CameraStatus(bitrate=800_000), audio=AudioStatus(drift_ppm=-50.0))
        )
    }
    assert values["homecall_video_target_bytes_per_second"] == 100_000
    assert values["homecall_audio_drift_ratio"] == pytest.approx(-50e-6)


def test_a_call_is_known_by_its_number_and_nothing_else() -> None:
    found = [sample for sample in samples(BUSY) if "call" in sample.labels]
    assert {tuple(sample.labels.items()) for sample in found} == {(("call", "1"),)}
    assert len(found) == len(SENT_FIGURES) + len(RECEIVED_FIGURES)
    assert "secret" not in repr(found)


def test_what_is_not_known_yet_is_not_told() -> None:
    before = replace(BUSY, calls=(replace(CALL, sent=SentStatus(), received=None),))
    names = {sample.name for sample in samples(before) if sample.labels}
    assert "homecall_call_round_trip_seconds" not in names
    assert not names & {figure.name for figure in RECEIVED_FIGURES}
    for idle in (replace(BUSY, calls=()), replace(BUSY, calls=(CallStatus(1),))):
        assert not [sample for sample in samples(idle) if "call" in sample.labels]


def test_the_figures_of_one_name_follow_each_other() -> None:
    names = [
        sample.name for sample in samples(replace(BUSY, calls=(CALL, replace(CALL, number=2))))
    ]
    runs = [name for name, before in zip(names, ["", *names], strict=False) if name != before]
    assert len(runs) == len(set(runs))

"""What counts as lost, as there again, and as an end."""

from tests.endurance.outcomes import Outcome, Record
from tests.support.losses import Look, Window

BOTH = frozenset({"picture", "sound"})
SOUND = frozenset({"sound"})


def look(time: float, flowing: frozenset[str] = BOTH, state: str = "call", *said: str) -> Look:
    return Look(time, state, said, flowing)


def test_a_loss_is_the_longest_time_without() -> None:
    window = Window(BOTH, 0.0)
    for time, flowing in [(0.5, BOTH), (3, SOUND), (4, BOTH), (4.5, SOUND), (5.2, BOTH)]:
        window.add(look(time, flowing))
    assert window.losses == {"picture": 3.5, "sound": 2.5}


def test_a_blink_is_no_loss() -> None:
    window = Window(BOTH, 0.0)
    window.add(look(0.9))
    assert window.losses == {"picture": 0.0, "sound": 0.0}


def test_it_is_there_again_when_everything_has_flowed_for_a_while() -> None:
    window = Window(BOTH, 0.0)
    for time in (0.5, 1.0, 1.5):
        window.add(look(time))
    assert not window.steady(1.0), "it may be what was on its way"
    for time in (2.0, 3.0):
        window.add(look(time, SOUND))
    for time in (4.0, 5.0, 6.0, 6.9):
        window.add(look(time))
        assert not window.steady(1.0), "the picture was away until 4.0"
    window.add(look(7.0))
    assert window.steady(1.0)
    window.add(look(8.5, SOUND))
    assert not window.steady(1.0), "the picture has gone again"


def test_a_call_that_has_ended_is_not_there_again() -> None:
    window = Window(BOTH, 0.0)
    window.add(look(1.0, BOTH, "end", "The other side was lost"))
    assert window.ended
    assert not window.steady(0.0)
    assert window.told == ["The other side was lost"]


def test_the_table_has_medians_ends_and_faults() -> None:
    record = Record(("picture",))
    for seconds in (1.0, 2.0, 9.0):
        record.outcomes.append(Outcome("reload", "", {"picture": seconds}))
    record.outcomes.append(Outcome("kill", "", {"picture": 3.0}, end="It was lost."))
    record.outcomes.append(Outcome("pull", "5 s", {"picture": 40.0}, fault="not there again"))
    assert list(record.table())[2:] == [
        "reload | 3 | 2.0 s, 9.0 s | 0",
        "kill | 1 | 3.0 s, 3.0 s | 1",
        "pull | 1 | 40.0 s, 40.0 s | 0",
        "ended after kill: It was lost.",
    ]
    assert record.faults == ["pull (5 s): not there again"]

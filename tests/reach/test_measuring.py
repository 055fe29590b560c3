"""What counts as a call, as a sentence, and as nothing; and that no path hides another."""

from tests.reach import plans, plans_in_call, plans_of_relays
from tests.reach.caller import Diary, Said
from tests.reach.measuring import Result, Run, outcome_without
from tests.reach.paths import ALSO_FIREFOX, PATHS
from tests.reach.plan import Plan
from tests.support.losses import Look

JOINING = Said(0.5, "call joining", "Connecting…")
END = Said(31.0, "end", "No way through the networks was found")


def result(*runs: Run, plan: Plan = Plan()) -> Result:  # noqa: B008 - it is frozen
    return Result("lan", plan, runs, ())


async def test_a_diary_has_what_changes() -> None:
    diary = Diary()
    for look in (
        Look(0.0, "call", ("Connecting…",), phase="joining"),
        Look(0.2, "call", ("Connecting…",), phase="joining"),
        Look(0.4, "call", (), phase="live"),
        Look(0.6, "end", ("It was lost.", "Scan the code again.")),
    ):
        diary.note(look)
    assert [(each.where, each.words) for each in diary.entries] == [
        ("call joining", "Connecting…"),
        ("call live", ""),
        ("end", "It was lost. Scan the code again."),
    ]


def test_a_page_that_goes_on_connecting_is_nothing() -> None:
    assert outcome_without([JOINING]) == "nothing"
    assert outcome_without([]) == "nothing"


def test_an_end_counts_as_told_with_a_sentence_only() -> None:
    assert outcome_without([JOINING, END]) == "told"
    assert outcome_without([JOINING, Said(31.0, "end", "")]) == "nothing"
    assert outcome_without([END, JOINING]) == "nothing"


def test_what_the_browser_shows_instead_is_no_page() -> None:
    assert outcome_without([Said(3.0, "no page", "net::ERR_TIMED_OUT")]) == "no page"


def test_each_call_must_come_to_what_it_ought_to() -> None:
    call, told = Run("call", 0.7, [JOINING]), Run("told", None, [JOINING, END])
    assert result(call, call).right
    assert not result(call, told).right
    assert result(call, told, plan=Plan(expect=("call", "told"))).right


def test_a_result_has_medians() -> None:
    runs = [
        Run("call", first, [JOINING], losses={"picture": lost})
        for first, lost in ((0.7, 3.0), (0.9, 9.0), (0.8, 0.0))
    ]
    found = result(*runs, Run("told", None, [JOINING, END]))
    assert found.first == 0.8
    assert found.losses == {"picture": 3.0}
    assert found.told_after == 31.0
    assert found.outcomes == {"call": 3, "told": 1}


def test_no_path_hides_another_of_the_same_name() -> None:
    groups = (
        *(plans.IN_THE_LAN, plans.FROM_OUTSIDE),
        *(plans_of_relays.BY_A_RELAY, plans_of_relays.BY_SEVERAL_RELAYS),
        *(plans_in_call.OF_THE_PHONE, plans_in_call.OF_THE_APPLIANCE),
        *(plans_in_call.OF_THE_RELAY, plans_in_call.LINKS),
    )
    assert len(PATHS) == sum(map(len, groups)) + len(ALSO_FIREFOX)

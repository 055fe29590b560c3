"""Whose picture is on the screen."""

from homecall_appliance.display.visitors import GONE_SECONDS, Visitors


def test_the_first_has_the_screen_while_it_sends_pictures() -> None:
    visitors: Visitors[str] = Visitors()
    assert visitors.picture(0.0) is None
    assert visitors.take("a", "a1", 0.0)
    assert not visitors.take("b", "b1", 0.1)
    assert visitors.take("a", "a2", 0.2)
    assert visitors.picture(0.3) == "a2"


def test_the_other_has_it_when_the_first_sends_none() -> None:
    visitors: Visitors[str] = Visitors()
    assert visitors.take("a", "a1", 0.0)
    assert visitors.picture(GONE_SECONDS - 0.1) == "a1"
    assert visitors.picture(GONE_SECONDS) is None
    assert visitors.take("b", "b1", GONE_SECONDS)
    assert not visitors.take("a", "a2", GONE_SECONDS + 0.1)
    assert visitors.picture(GONE_SECONDS + 0.2) == "b1"


def test_when_a_call_ends_its_picture_goes_at_once() -> None:
    visitors: Visitors[str] = Visitors()
    assert visitors.take("a", "a1", 0.0)
    visitors.gone()
    assert visitors.picture(0.1) is None
    assert visitors.take("b", "b1", 0.2)

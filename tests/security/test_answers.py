"""Mutated answers, through the reader alone: none raises what it should not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.media.webrtc.answer import UnusableAnswer, read_answer
from tests.security.answers import read_all
from tests.security.mutated import LINES, mutated
from tests.support.offered import NAMES, OFFER, answer, negotiated_faults

pytestmark = pytest.mark.slow

lines = st.sampled_from([*LINES, *(line for name in NAMES for line in answer(name).split("\r\n"))])


def test_mutated_answers_are_read_or_cannot_be_used() -> None:
    tally = read_all(mutated(16, 400))
    assert (tally.count, tally.crashes) == (400, [])
    assert 0 < tally.unusable < 400
    assert tally.megabytes < 2


@given(st.lists(lines, max_size=80).map("\r\n".join) | st.text())
def test_whatever_lines_are_put_together(text: str) -> None:
    try:
        read = read_answer(OFFER, text)
    except UnusableAnswer:
        return
    assert negotiated_faults(read) == []

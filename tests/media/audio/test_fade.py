"""A gap in the sound does not click."""

import numpy as np
import pytest

from homecall_appliance.media.audio.fade import FADE, joined
from homecall_appliance.media.ports import BLOCK_SAMPLES
from tests.support.rigs.audio.tones import tone


@pytest.mark.parametrize("before", [-30_000, 0, 12_345])
def test_a_block_begins_where_the_last_one_ended(before: int) -> None:
    block = tone(300.0, 0.1)[BLOCK_SAMPLES // 3 :][:BLOCK_SAMPLES]
    softened = joined(block, before)
    steps = np.diff(softened.astype(int), prepend=before)
    assert np.abs(steps).max() < 900
    assert (softened[FADE:] == block[FADE:]).all()
    assert softened.dtype == np.int16

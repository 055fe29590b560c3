"""The room of the echo tests is the same while it happens as afterwards."""

import numpy as np
import pytest
from rigs.audio.live import BLOCK, LiveRoom
from rigs.audio.room import Room
from rigs.audio.talk import voices

SILENT = -200.0


@pytest.mark.parametrize(
    "room",
    [
        Room(noise=SILENT),
        Room(delay=0.0, noise=SILENT),
        Room(drift=100, noise=SILENT),
        Room(drift=-100, noise=SILENT),
    ],
)
def test_block_by_block_is_the_same(room: Room) -> None:
    played = voices()[0][: 100 * BLOCK]
    live = LiveRoom(room)
    heard = np.concatenate([live.hear(block) for block in played.reshape(-1, BLOCK)])
    expected = room.hear(played, np.zeros_like(played))
    assert np.abs(expected).max() > 1000
    assert np.abs(heard[BLOCK:].astype(int) - expected[BLOCK:]).max() <= 1

"""The rig, for the tests of the sound card."""

from collections.abc import Iterator

import pytest

from tests.support.rigs.audio.rig import AudioRig


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[AudioRig]:
    """A fresh rig, which PortAudio in this process finds."""
    with AudioRig() as rig:
        for name, value in rig.environment.items():
            monkeypatch.setenv(name, value)
        yield rig

"""When the sound devices are chosen anew."""

import math
from pathlib import Path

import pytest

from homecall_appliance.media.audio.changes import Changes


@pytest.fixture
def nodes(tmp_path: Path) -> Path:
    folder = tmp_path / "snd"
    folder.mkdir()
    (folder / "pcmC0D0p").touch()
    return folder


@pytest.fixture
def asound(tmp_path: Path) -> Path:
    """Another program has the microphone of card 1."""
    folder = tmp_path / "asound"
    for stream in ("pcm0c", "pcm0p"):
        (folder / "card1" / stream / "sub0").mkdir(parents=True)
        use(folder, stream, "state: RUNNING")
    return folder


def use(asound: Path, stream: str, status: str) -> None:
    (asound / "card1" / stream / "sub0" / "status").write_text(f"{status}\n")


def test_a_card_is_plugged_in(nodes: Path, asound: Path) -> None:
    changes = Changes(nodes, asound)
    assert not changes.seen()
    (nodes / "pcmC0D0p").unlink()
    assert not changes.seen(), "who has lost it sees that"
    (nodes / "pcmC1D0c").touch()
    assert changes.seen()


def test_another_program_lets_go_of_what_is_missing(nodes: Path, asound: Path) -> None:
    changes = Changes(nodes, asound)
    changes.wait_for({"input"}, math.inf)
    use(asound, "pcm0p", "closed")
    assert not changes.seen(), "the loudspeaker is there"
    use(asound, "pcm0c", "closed")
    assert changes.seen()


def test_what_could_not_be_opened_is_tried_again(nodes: Path, asound: Path) -> None:
    changes = Changes(nodes, asound)
    changes.wait_for({"input"}, 3600)
    assert not changes.seen()
    changes.wait_for({"input"}, -1)
    assert changes.seen()

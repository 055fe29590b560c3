"""A phone that asks for a key frame (PLI, RFC 4585, section 6.3.1) gets one, from each source."""

from pathlib import Path

import pytest
from PIL import Image

from tests.support.appliance import Appliance
from tests.support.keyframes import keyframes_come

pytestmark = [pytest.mark.long, pytest.mark.e2e]


@pytest.mark.parametrize("backend", ["test-pattern", "file"])
async def test_a_key_frame_comes_when_it_is_asked_for(backend: str, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    Image.effect_noise((640, 360), 64).save(picture)
    device = str(picture) if backend == "file" else ""
    async with Appliance.running({"camera": {"backend": backend, "device": device}}) as appliance:
        await keyframes_come(appliance, backend)

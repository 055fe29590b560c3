"""The appliance's camera is lost in a call: the phone does not show its last picture as if it were
the present one."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import av
import numpy as np
import pytest
import pytest_asyncio
from av import VideoFrame

from tests.support.appliance import Appliance
from tests.support.browsers.phone import Phone
from tests.support.scenario import AT_END, idle, until

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

PICTURE = "document.getElementById('stage').hasAttribute('data-picture')"
SAID = "(getComputedStyle(document.querySelector('.no-remote')).display !== 'none')"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of noise."""
    path = tmp_path_factory.mktemp("camera") / "film.mp4"
    noise = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for _ in range(20):
            frame = VideoFrame.from_ndarray(noise.integers(0, 255, (120, 160, 3), np.uint8))
            container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode())
    return path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def appliance(film: Path) -> AsyncIterator[Appliance]:
    """A daemon whose camera is that film: without the file it is lost, and comes back with it."""
    camera = {"backend": "file", "device": str(film), "width": 160, "height": 120}
    async with Appliance.running({"camera": camera}) as appliance:
        yield appliance


async def test_a_camera_that_is_lost_is_told_at_the_phone(
    phone: Phone, appliance: Appliance, film: Path
) -> None:
    await phone.open(await appliance.link())
    await phone.wait_for("probes.frame()?.difference > 1", within=30)
    assert await phone.evaluate(f"[{PICTURE}, {SAID}]") == [True, False]
    away = film.with_suffix(".away")
    await asyncio.to_thread(film.rename, away)
    await phone.wait_for(f"!{PICTURE} && {SAID}", within=30)
    await asyncio.to_thread(away.rename, film)
    await phone.wait_for(f"{PICTURE} && !{SAID}", within=30)
    await phone.wait_for("probes.frame()?.difference > 1")
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    await until(appliance, idle)
    assert phone.errors == []

"""Speech by espeak-ng, the same on each run."""

import io
import subprocess
from functools import cache

import av
import numpy as np
from numpy.typing import NDArray

from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE

VISITOR = "Good evening, I have a parcel for you. Would you please come down and open the door?"
OWNER = "Thank you very much! Just leave it under the bench next to the blue flower pots, please."


@cache
def speech(text: str, voice: str = "en") -> NDArray[np.int16]:
    """Return it as samples at 48 kHz, shape (n,), whole blocks; `voice` as espeak-ng names it."""
    spoken = subprocess.run(
        ["espeak-ng", "-v", voice, "--stdout", text], capture_output=True, check=True
    ).stdout
    resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE)
    with av.open(io.BytesIO(spoken), mode="r") as container:
        parts = [
            resampled.to_ndarray()[0]
            for frame in (*container.decode(audio=0), None)
            for resampled in resampler.resample(frame)
        ]
    samples = np.concatenate(parts).astype(np.int16)
    assert len(samples) > SAMPLE_RATE
    return samples[: len(samples) // BLOCK_SAMPLES * BLOCK_SAMPLES]

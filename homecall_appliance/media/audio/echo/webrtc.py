"""The canceller and the noise suppressor of WebRTC (the package pywebrtc-audio)."""

from typing import Any

import numpy as np

from homecall_appliance.media.ports import SAMPLE_RATE, Block, EchoFigures


class WebRtc:
    """A `media.ports.EchoCanceller` by AEC3, and by its noise suppressor; 15 ms late.

    It measures the delay itself and takes any drift; but while both talk it lets little through.
    ImportError without pywebrtc-audio.
    """

    def __init__(self, *, echo_cancellation: bool, noise_suppression: bool) -> None:
        self.figures = EchoFigures("webrtc" if echo_cancellation else "webrtc-noise")
        self._processor = _load().AudioProcessor(
            sample_rate=SAMPLE_RATE,
            echo_cancellation=echo_cancellation,
            noise_suppression=noise_suppression,
        )

    def process(self, captured: Block, played: Block, _skipped: float = 0.0) -> Block:
        """See `media.ports.EchoCanceller.process`."""
        return np.asarray(self._processor.process(captured, played), np.int16)


def _load() -> Any:
    import pywebrtc_audio  # noqa: PLC0415

    return pywebrtc_audio

"""Echo cancellation and noise suppression: `media.ports.EchoCanceller` by what is installed.

Measured on speech in a simulated room (`tests/benchmarks/echo.py`): libspeexdsp at 48 kHz, given
what is played at the time of its echo and by the microphone's clock, takes out as much of the echo
as WebRTC's canceller, and lets both talk at once, which that one does not.

There is no automatic gain: it adds itself to the echo that is left, and makes noise out of silence.
"""

import logging
from contextlib import suppress
from functools import partial

from homecall_appliance.config.model import Audio
from homecall_appliance.media.audio.echo.aligned import Aligned
from homecall_appliance.media.audio.echo.ducking import Ducking
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.echo.speex import Speex, SpeexNoise
from homecall_appliance.media.audio.echo.webrtc import WebRtc
from homecall_appliance.media.ports import EchoCanceller

log = logging.getLogger(__name__)

_WITHOUT_LOUDSPEAKER = {"file", "tone", "silence"}

_INSTALL = "Install the package libspeexdsp1 and restart the appliance."


def create_canceller(settings: Audio) -> EchoCanceller:
    """Make the best one that the configuration asks for and the machine has."""
    if settings.backend in _WITHOUT_LOUDSPEAKER:
        return Off()
    if settings.echo_cancellation:
        return _canceller(noise_suppression=settings.noise_suppression)
    return _noise_suppressor() if settings.noise_suppression else Off()


def _canceller(*, noise_suppression: bool) -> EchoCanceller:
    with suppress(OSError):
        return Aligned("speex", partial(Speex, noise_suppression=noise_suppression))
    with suppress(ImportError):
        return WebRtc(echo_cancellation=True, noise_suppression=noise_suppression)
    log.warning(
        "No echo canceller is installed: while the caller speaks, the microphone is only lowered, "
        "and noise stays. %s",
        _INSTALL,
    )
    return Aligned("ducking", Ducking)


def _noise_suppressor() -> EchoCanceller:
    with suppress(OSError):
        return SpeexNoise()
    with suppress(ImportError):
        return WebRtc(echo_cancellation=False, noise_suppression=True)
    log.warning("No noise suppression is installed: noise stays. %s", _INSTALL)
    return Off()

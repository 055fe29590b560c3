"""One call's share of the sound device."""

import time
from collections.abc import Callable

from homecall_appliance.media.audio.loss_protection import LossProtection
from homecall_appliance.media.audio.opus import Sound
from homecall_appliance.media.audio.opus_settings import OpusPreferences, OpusSettings
from homecall_appliance.media.audio.playout import Decoder, Packet, Playout


class Voice:
    """One call's share of the sound device."""

    def __init__(self, make_decoder: Callable[[], Decoder]) -> None:
        self.playout = Playout(make_decoder)
        self.preferences = OpusPreferences()
        """What the phone has said of its decoder."""

        self._protection = LossProtection()
        self._take: Callable[[Sound], bool] | None = None

    def begin(self, take: Callable[[Sound], bool]) -> None:
        """Give what the microphone hears to `take`, which tells whether there was room."""
        self._take = take

    def put(self, sound: Sound) -> None:
        """Add what the microphone has heard; event loop's thread only."""
        if self._take is not None:
            self._take(sound)

    @property
    def wanted_settings(self) -> OpusSettings:
        """What the encoder is to be set to for the phone; any thread may ask."""
        loss = self._protection.expected_loss if self.preferences.fec else 0
        return OpusSettings(self.preferences.dtx, loss)

    def loss_reported(self, fraction: float) -> None:
        """Take the part of the sound's packets that the phone has lost since its last report, 0 to
        1 (RFC 3550, section 6.4.1)."""
        self._protection.report(fraction)

    def play(self, packet: Packet) -> None:
        """Play what the phone has sent, in its time."""
        self.playout.put(packet, time.monotonic())

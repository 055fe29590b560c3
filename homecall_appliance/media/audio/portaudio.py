"""A microphone and a loudspeaker, through PortAudio."""

import atexit
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from homecall_appliance.media.audio.bridge import Bridge
from homecall_appliance.media.audio.choice import Direction, SoundDevice
from homecall_appliance.media.audio.devices import chosen, load
from homecall_appliance.media.audio.streams import Devices, open_streams
from homecall_appliance.media.ports import DeviceError, Exchange, SoundFigures

log = logging.getLogger(__name__)

CLOSE_SECONDS = 2.0
"""How long a sound card may take to close."""


class SoundCard:
    """The microphone and the loudspeaker, each chosen by a part of its name; "": see choice.py.

    A card that has both is one stream, with one clock. Elsewhere each has its own, and the echo
    canceller gets what is played by the microphone's. A machine with only one of them has silence
    in the other direction. Both are used as mono: the first channel of the microphone, and the same
    sound on two channels of the loudspeaker.

    Where a sound card is plugged in meanwhile, the sound is as good as lost: it may be the one that
    was pulled out a minute ago, or a better one.
    """

    def __init__(
        self,
        input_device: str = "",
        output_device: str = "",
        *,
        nodes: Path = Path("/dev/snd"),
    ) -> None:
        """`nodes` is where the kernel shows sound cards that are plugged in."""
        self._names: dict[Direction, str] = {"input": input_device, "output": output_device}
        self._nodes = nodes
        self._before = SoundFigures()
        self._bridge: Bridge | None = None
        self._closing: threading.Thread | None = None

    @property
    def figures(self) -> SoundFigures:
        """See `AudioDevice.figures`."""
        before, bridge = self._before, self._bridge
        if bridge is None:
            return before
        return SoundFigures(
            before.xruns + bridge.xruns,
            before.concealed + bridge.drift.concealed,
            0.0 - bridge.drift.ppm,
        )

    @contextmanager
    def open(self, exchange: Exchange) -> Iterator[None]:
        """See `AudioDevice.open`; an exception in `exchange` ends the sound, and is raised here."""
        if self._closing and self._closing.is_alive():
            raise DeviceError(
                "The sound system does not let go of the lost sound card. Restart the appliance."
            )
        plugged_in = self._plugged_in()
        sounddevice = load()
        bridge, streams = open_streams(
            sounddevice,
            _devices(sounddevice, self._names),
            lambda: Bridge(exchange, outdated=plugged_in),
        )
        self._bridge = bridge
        try:
            yield
        finally:
            lost = bridge.is_lost()
            self._close(sounddevice, streams)
            self._before, self._bridge = self.figures, None
            if bridge.error:
                raise bridge.error
        if bridge.is_outdated:
            raise DeviceError("A sound device was plugged in. The devices are chosen anew.")
        if lost:
            raise DeviceError("The sound card was lost. Check its plug; it is tried again.")

    def _plugged_in(self) -> Callable[[], bool]:
        """Tells whether there is more than now."""
        there = set(self._nodes.glob("*"))
        return lambda: not there.issuperset(self._nodes.glob("*"))

    def _close(self, sounddevice: Any, streams: ExitStack) -> None:
        """Stop and close; some drivers never return from that when the device is gone."""
        # Not abort(): it cancels PortAudio's thread, which may just then hold Python's lock.
        self._closing = threading.Thread(target=streams.close, name="audio-close", daemon=True)
        self._closing.start()
        self._closing.join(CLOSE_SECONDS)
        if self._closing.is_alive():
            log.error("The sound card does not close.")
            atexit.unregister(sounddevice._exit_handler)  # it would wait for ever, too


def _devices(sounddevice: Any, names: Mapping[Direction, str]) -> Devices:
    """What is chosen of what is there; raises DeviceError where that is nothing."""
    devices: dict[Direction, SoundDevice | None] = {}
    for direction, choice in chosen(sounddevice, names).items():
        if isinstance(choice, DeviceError):
            raise choice
        devices[direction] = choice
    microphone, loudspeaker = devices["input"], devices["output"]
    if not microphone and not loudspeaker:
        raise DeviceError("There is no sound card. Connect a microphone and a loudspeaker.")
    if not loudspeaker:
        log.warning("There is no loudspeaker: the caller is not heard.")
    if not microphone:
        log.warning("There is no microphone: the caller hears silence.")
    return devices

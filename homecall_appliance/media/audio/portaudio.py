"""A microphone and a loudspeaker, through PortAudio."""

import atexit
import logging
import math
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from homecall_appliance.media.audio.bridge import Bridge
from homecall_appliance.media.audio.changes import FIRST_RETRY, Changes
from homecall_appliance.media.audio.choice import (
    NO_DEVICE,
    NO_SOUND_CARD,
    NOT_OPENED,
    NOUN,
    Direction,
    InUseError,
    SoundDevice,
    digital_silence,
)
from homecall_appliance.media.audio.devices import chosen, is_named, load
from homecall_appliance.media.audio.streams import Devices, open_streams
from homecall_appliance.media.ports import (
    DeviceError,
    DeviceStuckError,
    Exchange,
    SoundFigures,
    SoundProblems,
)

log = logging.getLogger(__name__)

CLOSE_SECONDS = 2.0
"""How long a sound card may take to close."""


class SoundCard:
    """The microphone and the loudspeaker, each chosen by a part of its name; "": see choice.py.

    A card that has both is one stream, with one clock. Elsewhere each has its own, and the echo
    canceller gets what is played by the microphone's. Where one of them is missing, or cannot be
    opened, the other one works, and that direction is silence. Both are used as mono: the first
    channel of the microphone that has sound, and the same sound on two channels of the loudspeaker.

    Where a sound card is plugged in meanwhile, the sound is as good as lost: it may be the one that
    was pulled out a minute ago, or a better one. The same holds where another program lets go of a
    device that is missing here.
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
        self._problems = SoundProblems()
        self._microphone = ""
        self._retry_after = FIRST_RETRY
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

    @property
    def problems(self) -> SoundProblems:
        """See `AudioDevice.problems`."""
        bridge = self._bridge
        if bridge is None or not bridge.microphone.is_silent:
            return self._problems
        return replace(self._problems, microphone=digital_silence(self._microphone), muted=True)

    @contextmanager
    def open(self, exchange: Exchange, *, capture: bool = True) -> Iterator[None]:
        """See `AudioDevice.open`; an exception in `exchange` ends the sound, and is raised here."""
        if self._closing and self._closing.is_alive():
            raise DeviceStuckError(
                "The sound system does not let go of the lost sound card. The service restarts "
                "after the call; without a service, restart the appliance."
            )
        self._problems = SoundProblems()
        changes = Changes(self._nodes)
        sounddevice = load()
        devices, missing = _devices(sounddevice, self._names, capture=capture)
        streams = open_streams(sounddevice, devices, lambda: Bridge(exchange, changes.seen))
        in_use = {each for each, error in missing.items() if isinstance(error, InUseError)}
        changes.wait_for(
            {*in_use, *streams.failed}, self._retry_after if streams.failed else math.inf
        )
        self._note(devices, missing, streams.failed)
        self._bridge = bridge = streams.bridge
        try:
            yield
        finally:
            lost = bridge.is_lost()
            self._close(sounddevice, streams.stack)
            self._before, self._problems, self._bridge = self.figures, self.problems, None
            if bridge.error:
                raise bridge.error
        if bridge.is_outdated:
            raise DeviceError(
                self._problems.sentence
                or "A sound device was plugged in. The devices are chosen anew."
            )
        if lost:
            raise DeviceError("The sound card was lost. Check its plug; it is tried again.")

    def _note(
        self,
        devices: Devices,
        missing: Mapping[Direction, DeviceError],
        failed: Mapping[Direction, DeviceError],
    ) -> None:
        """Learn what there is in this opening, and what there is not."""
        reasons = {direction: str(error) for direction, error in missing.items()}
        for direction, error in failed.items():
            reasons[direction] = f"{NOT_OPENED[direction]} {error}"
        self._problems = SoundProblems(reasons.get("input"), reasons.get("output"))
        self._microphone = devices["input"].name if devices["input"] else ""
        self._retry_after = 2 * self._retry_after if failed else FIRST_RETRY

    def _close(self, sounddevice: Any, streams: ExitStack) -> None:
        """Stop and close; some drivers never return from that when the device is gone."""
        # Not abort(): it cancels PortAudio's thread, which may just then hold Python's lock.
        self._closing = threading.Thread(target=streams.close, name="audio-close", daemon=True)
        self._closing.start()
        self._closing.join(CLOSE_SECONDS)
        if self._closing.is_alive():
            log.error("The sound card does not close.")
            atexit.unregister(sounddevice._exit_handler)  # it would wait for ever, too


def _devices(
    sounddevice: Any, names: Mapping[Direction, str], *, capture: bool
) -> tuple[Devices, Mapping[Direction, DeviceError]]:
    """What is chosen of what is there, and why a direction has nothing; raises DeviceError where
    neither has. Without `capture` the microphone is left alone."""
    choices = chosen(sounddevice, names)
    devices: dict[Direction, SoundDevice | None] = dict.fromkeys(choices)
    missing: dict[Direction, DeviceError] = {}
    if not capture:
        del choices["input"]
    for direction, choice in choices.items():
        devices[direction] = choice if isinstance(choice, SoundDevice) else None
        if not isinstance(choice, SoundDevice):
            missing[direction] = choice or DeviceError(NO_DEVICE[direction])
        elif not is_named(choice, names[direction]):
            log.warning(
                'There is no %s "%s" any more. "%s" is taken in its place.',
                *(NOUN[direction], names[direction], choice.name),
            )
    if not any(devices.values()):
        errors = [choice for choice in choices.values() if isinstance(choice, DeviceError)]
        raise next(iter(errors), DeviceError(NO_SOUND_CARD) if capture else missing["output"])
    return devices, missing

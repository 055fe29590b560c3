"""The sound card of this machine, through PortAudio (the package `sounddevice`)."""

import atexit
import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from homecall_appliance.media.ports import (
    BLOCK_SAMPLES,
    SAMPLE_RATE,
    DeviceError,
    Exchange,
)

log = logging.getLogger(__name__)

STALE_SECONDS = 1.0
"""A sound card that has been silent for so long is lost."""

CLOSE_SECONDS = 2.0
"""How long a sound card may take to close."""

_INVALID_SAMPLE_RATE = -9997  # paInvalidSampleRate in portaudio.h

Direction = Literal["input", "output"]
_NOUN = {"input": "microphone", "output": "loudspeaker"}


@dataclass(frozen=True)
class SoundDevice:
    """One device as PortAudio lists it: its number, its name, and its channels, 0 for none."""

    index: int
    name: str
    input_channels: int
    output_channels: int

    def channels(self, direction: Direction) -> int:
        """How many channels it has in one direction."""
        return self.input_channels if direction == "input" else self.output_channels


class SoundCard:
    """The microphone and the loudspeaker, each chosen by a part of its name; "": the default.

    A machine with only one of them has silence in the other direction. Both are used as mono:
    the first channel of the microphone, and the same sound on two channels of the loudspeaker.
    """

    def __init__(self, input_device: str = "", output_device: str = "") -> None:
        self._names: dict[Direction, str] = {"input": input_device, "output": output_device}
        self._bridge: _Bridge | None = None
        self._closing: threading.Thread | None = None

    @property
    def xruns(self) -> int:
        """How many blocks came too late or were lost since the card was opened."""
        return self._bridge.xruns if self._bridge else 0

    @contextmanager
    def open(self, exchange: Exchange) -> Iterator[None]:
        """See `AudioDevice.open`; an exception in `exchange` ends the sound, and is raised here."""
        if self._closing and self._closing.is_alive():
            raise DeviceError(
                "The sound system does not let go of the lost sound card. Restart the appliance."
            )
        sounddevice = _load()
        microphone = _find(sounddevice, "input", self._names["input"])
        loudspeaker = _find(sounddevice, "output", self._names["output"])
        self._bridge = bridge = _Bridge(exchange)
        stream = _open_stream(sounddevice, microphone, loudspeaker, bridge)
        try:
            yield
        finally:
            lost = bridge.is_lost()
            self._close(sounddevice, stream)
            if bridge.error:
                raise bridge.error
        if lost:
            raise DeviceError("The sound card was lost. Check its plug; it is tried again.")

    def _close(self, sounddevice: Any, stream: Any) -> None:
        """Stop and close; some drivers never return from that when the device is gone."""
        # Not abort(): it cancels PortAudio's thread, which may just then hold Python's lock.
        self._closing = threading.Thread(target=stream.__exit__, name="audio-close", daemon=True)
        self._closing.start()
        self._closing.join(CLOSE_SECONDS)
        if self._closing.is_alive():
            log.error("The sound card does not close.")
            atexit.unregister(sounddevice._exit_handler)  # it would wait for ever, too


class _Bridge:
    """What happens in PortAudio's thread, for one opening of the card."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._called = time.monotonic()
        self.finished = threading.Event()
        self.xruns = 0
        self.error: BaseException | None = None

    def is_lost(self) -> bool:
        """Whether PortAudio has ended the stream, or calls no more."""
        return self.finished.is_set() or time.monotonic() - self._called > STALE_SECONDS

    def duplex(self, captured: Any, played: Any, _frames: int, _time: Any, status: Any) -> None:
        """The callback of a RawStream; the buffers are interleaved int16."""
        self._step(captured, played, status)

    def capture(self, captured: Any, _frames: int, _time: Any, status: Any) -> None:
        """The callback of a RawInputStream."""
        self._step(captured, None, status)

    def play(self, played: Any, _frames: int, _time: Any, status: Any) -> None:
        """The callback of a RawOutputStream."""
        self._step(None, played, status)

    def _step(self, captured: Any, played: Any, status: Any) -> None:
        self._called = time.monotonic()
        self.xruns += bool(status)
        try:
            if captured is None:
                block = np.zeros(BLOCK_SAMPLES, np.int16)
            else:
                block = np.frombuffer(captured, np.int16).copy()  # the memory is PortAudio's
            heard = self._exchange(block)
            if played is not None:
                np.frombuffer(played, np.int16).reshape(BLOCK_SAMPLES, -1).T[:] = heard
        finally:
            self.error = sys.exc_info()[1]  # it aborts the stream, and is raised where that is left


def list_devices() -> list[SoundDevice]:
    """All devices that are there now; not while a SoundCard of this process is open.

    Raises DeviceError when PortAudio is missing or finds no sound system.
    """
    return _devices(_load())


def selected(
    input_device: str, output_device: str
) -> tuple[SoundDevice | DeviceError | None, SoundDevice | DeviceError | None]:
    """The microphone and the loudspeaker that a SoundCard of these names would take; None: there
    is none. Not while a SoundCard of this process is open. Raises DeviceError as list_devices."""
    sounddevice = _load()
    names: dict[Direction, str] = {"input": input_device, "output": output_device}
    microphone, loudspeaker = (
        _choice(sounddevice, direction, name) for direction, name in names.items()
    )
    return microphone, loudspeaker


def _choice(sounddevice: Any, direction: Direction, name: str) -> SoundDevice | DeviceError | None:
    try:
        return _find(sounddevice, direction, name)
    except DeviceError as error:
        return error


def _load() -> Any:
    """The module `sounddevice`, with a fresh list of devices: PortAudio makes it only once."""
    try:
        import sounddevice  # noqa: PLC0415
    except OSError as error:
        raise DeviceError(
            "The library PortAudio is missing. Install the package libportaudio2."
        ) from error
    except Exception as error:  # a PortAudioError, whose module could not be imported
        raise _does_not_start(error) from error
    try:
        if sounddevice._initialized:
            sounddevice._terminate()
        sounddevice._initialize()
    except sounddevice.PortAudioError as error:
        raise _does_not_start(error) from error
    return sounddevice


def _does_not_start(error: Exception) -> DeviceError:
    return DeviceError(
        f"The sound system does not start ({error}). Check /etc/asound.conf and ~/.asoundrc."
    )


def _devices(sounddevice: Any) -> list[SoundDevice]:
    return [
        SoundDevice(
            info["index"], info["name"], info["max_input_channels"], info["max_output_channels"]
        )
        for info in sounddevice.query_devices()
    ]


def _find(sounddevice: Any, direction: Direction, name: str) -> SoundDevice | None:
    """The first device with `name` in its name; for "" the default, None where there is none."""
    devices = [device for device in _devices(sounddevice) if device.channels(direction)]
    if not name:
        default = sounddevice.default.device[direction]
        return next((device for device in devices if device.index == default), None)
    matching = [device for device in devices if name.lower() in device.name.lower()]
    exact = [device for device in matching if device.name.lower() == name.lower()]
    if not matching:
        found = ", ".join(f'"{device.name}"' for device in devices) or "none"
        raise DeviceError(
            f'There is no {_NOUN[direction]} "{name}". Found: {found}. '
            f"Set audio.{direction}_device to a part of such a name, or leave it empty."
        )
    return (exact or matching)[0]


def _open_stream(
    sounddevice: Any,
    microphone: SoundDevice | None,
    loudspeaker: SoundDevice | None,
    bridge: _Bridge,
) -> Any:
    """A started PortAudio stream."""
    common = {
        "samplerate": SAMPLE_RATE,
        "blocksize": BLOCK_SAMPLES,
        "dtype": "int16",
        "latency": "low",
        "finished_callback": bridge.finished.set,
    }
    speakers = min(2, loudspeaker.output_channels) if loudspeaker else 0
    try:
        if microphone and loudspeaker:
            devices = microphone.index, loudspeaker.index
            stream = sounddevice.RawStream(
                device=devices, channels=(1, speakers), callback=bridge.duplex, **common
            )
        elif microphone:
            log.warning("There is no loudspeaker: the caller is not heard.")
            stream = sounddevice.RawInputStream(
                device=microphone.index, channels=1, callback=bridge.capture, **common
            )
        elif loudspeaker:
            log.warning("There is no microphone: the caller hears silence.")
            stream = sounddevice.RawOutputStream(
                device=loudspeaker.index, channels=speakers, callback=bridge.play, **common
            )
        else:
            raise DeviceError("There is no sound card. Connect a microphone and a loudspeaker.")
        stream.start()
    except sounddevice.PortAudioError as error:
        if error.args[1:2] == (_INVALID_SAMPLE_RATE,):
            raise DeviceError(
                f"The sound card does not work at {SAMPLE_RATE} Hz. Leave audio.input_device and "
                "audio.output_device empty, or name a device that converts, such as "
                '"default".'
            ) from error
        raise DeviceError(
            f"The sound card could not be opened: {error}. Check that no other program uses it."
        ) from error
    return stream

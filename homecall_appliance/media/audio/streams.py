"""The PortAudio streams of a microphone and a loudspeaker."""

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any

from homecall_appliance.media.audio.bridge import Bridge, Line
from homecall_appliance.media.audio.choice import Direction, SoundDevice
from homecall_appliance.media.audio.devices import devices_of, load
from homecall_appliance.media.audio.urgency import urgent_threads
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, DeviceError

log = logging.getLogger(__name__)

# portaudio.h
_INVALID_CHANNEL_COUNT, _INVALID_SAMPLE_RATE, _SAMPLE_FORMAT_NOT_SUPPORTED = -9998, -9997, -9994
_UNSUITED = {_INVALID_CHANNEL_COUNT, _INVALID_SAMPLE_RATE, _SAMPLE_FORMAT_NOT_SUPPORTED}

MOST_CHANNELS = 8
"""That are read of a microphone, to find the one that has sound; arrays have 4 to 8."""

Devices = Mapping[Direction, SoundDevice | None]


@dataclass(frozen=True)
class Streams:
    """Started streams."""

    bridge: Bridge
    """What they call."""

    stack: ExitStack
    """Stops and closes them."""

    failed: Mapping[Direction, DeviceError]
    """The direction that could not be opened, where the other one could."""


def open_streams(sounddevice: Any, devices: Devices, bridge: Callable[[], Bridge]) -> Streams:
    """Open both devices, or the one of them that can be opened; each attempt makes a `bridge`.

    Where a sound card does not work at our rate, or with our channels or samples, ALSA converts for
    it. Raises DeviceError.
    """
    try:
        return Streams(*_open_or_convert(sounddevice, devices, bridge), {})
    except DeviceError as error:
        for direction in devices if all(devices.values()) else ():
            with suppress(DeviceError):
                rest = _listed_anew({**devices, direction: None})
                return Streams(*_open_or_convert(*rest, bridge), {direction: error})
        raise


def _open_or_convert(
    sounddevice: Any, devices: Devices, bridge: Callable[[], Bridge]
) -> tuple[Bridge, ExitStack]:
    try:
        return _open(sounddevice, devices, bridge())
    except _Unsuited as error:
        sounddevice, devices = _listed_anew(devices, converting=True)
        log.info("%s ALSA converts.", error.__cause__)
        return _open(sounddevice, devices, bridge(), converting=True)


def _listed_anew(devices: Devices, *, converting: bool = False) -> tuple[Any, Devices]:
    """The same devices, in a fresh list of the module; raises DeviceError where one is gone."""
    sounddevice = load(converting=converting)
    indices = {device.name: device.index for device in devices_of(sounddevice)}
    if not all(device.name in indices for device in devices.values() if device):
        raise DeviceError("The sound card was lost. Check its plug; it is tried again.")
    return sounddevice, {
        direction: device and replace(device, index=indices[device.name])
        for direction, device in devices.items()
    }


def _open(
    sounddevice: Any, devices: Devices, bridge: Bridge, *, converting: bool = False
) -> tuple[Bridge, ExitStack]:
    microphone, loudspeaker = devices["input"], devices["output"]
    ears = 1
    if microphone and microphone.is_hardware:
        # Of more channels PortAudio takes the first ones, but ALSA would mix them.
        most = microphone.input_channels if converting else MOST_CHANNELS
        ears = min(microphone.input_channels, most)
    mouths = min(2, loudspeaker.output_channels) if loudspeaker else 0
    with ExitStack() as stack, urgent_threads():

        def start(kind: Any, callback: Line, device: Any, channels: Any) -> None:
            stream = kind(
                device=device,
                channels=channels,
                callback=callback,
                finished_callback=callback.finished.set,
                samplerate=SAMPLE_RATE,
                blocksize=BLOCK_SAMPLES,
                dtype="int16",
                latency="low",
                # The noise that it adds to 32 bits, as I2S has them, would hide digital silence.
                dither_off=True,
            )
            stack.callback(stream.close)
            stream.start()
            stack.callback(stream.stop)

        listen, play = sounddevice.RawInputStream, sounddevice.RawOutputStream
        try:
            if microphone and loudspeaker and _share_a_clock(microphone, loudspeaker):
                both = microphone.index, loudspeaker.index
                start(sounddevice.RawStream, bridge.duplex(), both, (ears, mouths))
            elif microphone and loudspeaker:
                heard, said = bridge.own_clocks()
                start(play, said, loudspeaker.index, mouths)
                start(listen, heard, microphone.index, ears)
            elif microphone:
                start(listen, bridge.capture(), microphone.index, ears)
            elif loudspeaker:
                start(play, bridge.play(), loudspeaker.index, mouths)
        except sounddevice.PortAudioError as error:
            raise _sentence(error) from error
        return bridge, stack.pop_all()


def _share_a_clock(microphone: SoundDevice, loudspeaker: SoundDevice) -> bool:
    """Whether both are the same sound card, and one stream is theirs.

    What is behind a plugin of ALSA, such as "default", nobody knows: it may be two cards. And after
    one late block PortAudio's thread takes a whole core for a stream with both directions of the
    plugin "pulse", for as long as it is open. Two streams stand 300 ms.
    """
    return microphone.index == loudspeaker.index and microphone.is_hardware


class _Unsuited(DeviceError):
    """The device works, but not at our rate, or not with our channels or samples."""


def _sentence(error: Exception) -> DeviceError:
    code = error.args[1] if len(error.args) > 1 else None
    if code == _INVALID_SAMPLE_RATE:
        return _Unsuited(
            f"The sound card does not work at {SAMPLE_RATE} Hz. Leave audio.input_device and "
            'audio.output_device empty, or name a device that converts, such as "default".'
        )
    kind = _Unsuited if code in _UNSUITED else DeviceError
    return kind(
        f"The sound card could not be opened: {error}. Check that no other program uses it."
    )

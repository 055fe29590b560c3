"""The room of room.py while it happens: what the loudspeaker plays comes back to the microphone.

PipeWire's convolver is the room, in the graph of the sinks: no buffer of a program comes between,
which would make the delay another one whenever that program is late.
"""

import json
import os
import subprocess
import wave
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np

from tests.support.rigs.audio.rig import AudioRig
from tests.support.rigs.audio.room import Room, Signal
from tests.support.rigs.audio.tones import RATE, Sound

NOISE_SECONDS = 120

QUANTUM = 960
"""Samples: with each stream of a browser that comes or goes PipeWire would take another number, and
the echo would leap. A phone does not share its sound server with the appliance."""

_CONFIG = """
context.spa-libs = {{ audio.convert.* = audioconvert/libspa-audioconvert }}
context.modules = [
  {{ name = libpipewire-module-protocol-native }}
  {{ name = libpipewire-module-client-node }}
  {{ name = libpipewire-module-adapter }}
  {{ name = libpipewire-module-filter-chain args = {{
      node.description = room
      filter.graph = {{ nodes = [
        {{ type = builtin name = room label = convolver config = {{ filename = {response} }} }}
      ] }}
      capture.props = {{ node.name = room-in audio.position = [ MONO ] node.autoconnect = false }}
      playback.props = {{ node.name = room-out audio.position = [ MONO ] node.autoconnect = false }}
  }} }}
]
"""


@contextmanager
def echoing(rig: AudioRig, room: Room) -> Iterator[None]:
    """Put the microphone and the loudspeaker into a room, for two minutes at most.

    Of its properties the delay, the coupling, the reverberation and the noise count.
    """
    response = np.concatenate([np.zeros(round(room.delay * RATE)), room.response()])
    noise = np.random.default_rng(3).standard_normal(NOISE_SECONDS * RATE)
    noise *= 10 ** (room.noise / 20)
    file, config = (rig.directory / name for name in ("room.wav", "room.conf"))
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, RATE, len(response), "NONE", ""))
        out.writeframes(_samples(response).tobytes())
    config.write_text(_CONFIG.format(response=json.dumps(str(file))))
    with ExitStack() as stack:
        environment = {**os.environ, **rig.environment}
        # setpriv: as the rig's own processes.
        command = ["setpriv", "--pdeathsig", "TERM", "pipewire", "-c", str(config)]
        process = subprocess.Popen(command, env=environment)
        stack.enter_context(process)
        stack.callback(process.terminate)
        rig.keep_time(QUANTUM)
        rig.link("spk:monitor_FL", "room-in:input_MONO")
        rig.link("room-out:output_MONO", "micin:playback_MONO")
        stack.enter_context(rig.playing(_samples(noise)))
        yield


def _samples(signal: Signal) -> Sound:
    return np.rint(np.clip(signal, -1, 1) * 32767).astype(np.int16)

"""A sound card without hardware: PipeWire null sinks, reached by PortAudio through ALSA's `pulse`.

The sink `spk` is the loudspeaker and the monitor of the sink `micin` the microphone. A browser may
have others: `ear`, and the source `lips`, which is to be linked to the monitor of `mouth`. It has a
session bus, a runtime directory and a home of its own, so a desktop's PipeWire is neither needed
nor noticed, and real sound cards are left alone.

On Debian 12 and 13 it needs the packages dbus-daemon, pipewire, pipewire-bin, pipewire-pulse,
wireplumber, libspa-0.2-modules, pulseaudio-utils, libasound2-plugins and, for the program under
test, libportaudio2.
"""

import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import wave
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from tests.support.rigs.audio.tones import RATE, Sound

START_SECONDS = 40.0
STOP_SECONDS = 5.0

_PIPEWIRE_CONFIG = Path(__file__).with_name("pipewire.conf")

_ALSA = """
pcm.ppout {{ type asym playback.pcm {{ type pulse server "{server}" device "spk" }} }}
pcm.intermic {{ type asym capture.pcm {{ type pulse server "{server}" device "micin.monitor" }} }}
pcm.intercom {{ type asym playback.pcm "ppout" capture.pcm "intermic" }}
pcm.default {{ type asym playback.pcm "ppout" capture.pcm "intermic" }}
"""

# Each version of WirePlumber reads one of these: 0.4 (Debian 12) Lua, 0.5 (Debian 13) the other.
_WIREPLUMBER = {
    "main.lua.d/51-no-hardware.lua": """
alsa_monitor.enabled = false
v4l2_monitor.enabled = false
libcamera_monitor.enabled = false
""",
    "bluetooth.lua.d/51-no-hardware.lua": "bluez_monitor.enabled = false\n",
    "wireplumber.conf.d/51-no-hardware.conf": """
wireplumber.profiles = {
  main = {
    hardware.audio = disabled
    hardware.bluetooth = disabled
    hardware.video-capture = disabled
  }
}
""",
}


class RigError(Exception):
    """The rig itself failed; `str()` has the ends of its logs."""


class AudioRig:
    """The running rig, a context manager.

    `directory` holds its sockets and files. A program in another root sees the same rig when
    `directory` is mounted there under the same path and `environment` is set.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            folder = tempfile.TemporaryDirectory(prefix="sound-", ignore_cleanup_errors=True)
            self.directory = Path(stack.enter_context(folder))
            self._write_files()
            stack.callback(lambda: print(self.logs()))  # pytest shows it when a test failed
            runtime = self.directory / "run"
            address = self.environment["DBUS_SESSION_BUS_ADDRESS"]
            self._start(stack, "dbus-daemon", "--session", "--nofork", f"--address={address}")
            self._wait_until(lambda: _listens(runtime / "bus"))
            self._start_sound(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def environment(self) -> Mapping[str, str]:
        """What the program under test needs in its environment, besides what it has anyway."""
        home, runtime = str(self.directory), self.directory / "run"
        return {
            "ALSA_CONFIG_PATH": str(self.directory / "asound.conf"),
            "PULSE_SERVER": f"unix:{runtime}/pulse/native",
            "PULSE_COOKIE": str(self.directory / "cookie"),
            "XDG_RUNTIME_DIR": str(runtime),
            "PIPEWIRE_RUNTIME_DIR": str(runtime),
            "XDG_CONFIG_HOME": str(self.directory / "config"),
            "XDG_STATE_HOME": str(self.directory / "state"),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
            "HOME": home,
        }

    def record(self, seconds: float) -> Sound:
        """What the loudspeaker plays from now on, for `seconds`: the mean of its two channels."""
        size = round(seconds * RATE) * 4
        process = self._client(
            *("parec", "--device=spk.monitor", "--raw", "--latency-msec=20"),
            *("--format=s16le", f"--rate={RATE}", "--channels=2"),
        )
        give_up = threading.Timer(seconds + START_SECONDS, process.terminate)
        give_up.start()
        try:
            assert process.stdout
            sound = process.stdout.read(size)
        finally:
            give_up.cancel()
            _stop(process)
        if len(sound) < size:
            raise RigError(f"Only {len(sound)} of {size} bytes were recorded.\n{self.logs()}")
        mean: Sound = np.frombuffer(sound, np.int16).reshape(-1, 2).mean(axis=1).astype(np.int16)
        return mean

    @contextmanager
    def playing(self, sound: Sound | Path, sink: str = "micin") -> Iterator[None]:
        """Let the microphone hear a sound (mono, 48 kHz) or a WAV file, once, until left."""
        if not isinstance(sound, Path):
            samples, sound = sound, self.directory / f"playing-{sink}-{len(sound)}.wav"
            with wave.open(str(sound), "wb") as file:
                file.setparams((1, 2, RATE, len(samples), "NONE", ""))
                file.writeframes(samples.tobytes())
        process = self._client("paplay", f"--device={sink}", str(sound))
        try:
            yield
        finally:
            _stop(process)

    def link(self, out: str, into: str) -> None:
        """Let one port hear another, such as "spk:monitor_FL" and "lips:input_MONO", which may
        still be on their way."""
        self._wait_until(lambda: self._succeeds("pw-link", out, into))

    def speed_up(self, ppm: float, kind: str = "Stream/") -> int:
        """Let the streams of PortAudio run so much faster than everything else: all of them, or the
        microphone's ("Stream/Input") or the loudspeaker's ("Stream/Output").

        Returns how many there are. Each has a resampler between itself and PipeWire's graph.
        """
        listed = json.loads(self._ask("pw-dump"))
        streams = [
            str(each["id"])
            for each in listed
            if (props := each.get("info", {}).get("props", {}))
            and props.get("media.class", "").startswith(kind)
            and "ALSA" in props.get("application.name", "")
        ]
        for stream in streams:
            self._ask("pw-cli", "set-param", stream, "Props", f"{{ rate: {1 + ppm * 1e-6:.6f} }}")
        return len(streams)

    def keep_time(self, samples: int) -> None:
        """Process so many samples at a time, whatever streams come and go."""
        self._ask("pw-metadata", "-n", "settings", "0", "clock.force-quantum", str(samples))

    def couple(self, gain: float) -> None:
        """Let the microphone hear the loudspeaker, `gain` dB louder than it plays."""
        self._ask("pactl", "set-sink-volume", "micin", f"{gain}dB")
        self.link("spk:monitor_FL", "micin:playback_MONO")

    def lose(self) -> None:
        """Take the sound card away: PipeWire is killed."""
        self.signal("pipewire", signal.SIGKILL)

    def restart(self) -> None:
        """Bring it back: PipeWire, and what ends without it, are started anew."""
        for name in ("pipewire-pulse", "wireplumber", "pipewire"):
            _stop(self._processes.pop(name))
        self._start_sound(self._stack)

    def unplug(self, sink: str) -> None:
        """Take one sink away."""
        self._ask("pw-cli", "destroy", sink)
        self._wait_until(lambda: sink not in self._sinks())

    def plug_in(self, sink: str) -> None:
        """Bring it back."""
        self._ask("pactl", "load-module", "module-null-sink", f"sink_name={sink}", f"rate={RATE}")
        self._wait_until(lambda: sink in self._sinks())

    def recorders(self) -> list[str]:
        """Return the streams that hear a microphone, a line each (pactl(1))."""
        return self._ask("pactl", "list", "short", "source-outputs").splitlines()

    def signal(self, process: str, number: signal.Signals) -> None:
        """Send a signal to a process of the rig; one that was stopped is continued on leaving."""
        self._processes[process].send_signal(number)

    def logs(self) -> str:
        """The ends of the logs of all processes."""
        parts = [f"--- {file.stem}\n{file.read_text()[-2000:]}" for file in self._log_files()]
        return "\n".join(parts)

    def _log_files(self) -> list[Path]:
        return sorted(self.directory.glob("*.log"))

    def _write_files(self) -> None:
        runtime = self.directory / "run"
        (runtime / "pulse").mkdir(mode=0o700, parents=True)
        alsa = _ALSA.format(server=self.environment["PULSE_SERVER"])
        (self.directory / "asound.conf").write_text(alsa)
        for name, text in _WIREPLUMBER.items():
            file = self.directory / "config/wireplumber" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def _start(self, stack: ExitStack, *command: str) -> None:
        with (self.directory / f"{command[0]}.log").open("wb") as log:
            # setpriv: nothing stays behind when the tests themselves are killed.
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._processes[command[0]] = process
        stack.callback(_stop, process)

    def _start_sound(self, stack: ExitStack) -> None:
        runtime = self.directory / "run"
        self._start(stack, "pipewire", "-c", str(_PIPEWIRE_CONFIG))
        self._wait_until(lambda: _listens(runtime / "pipewire-0"))
        self._start(stack, "wireplumber")
        self._start(stack, "pipewire-pulse")
        self._wait_until(lambda: _listens(runtime / "pulse/native"))
        self._wait_until(self._links_streams)

    def _client(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.directory / f"{command[0]}.log").open("wb") as log:
            return subprocess.Popen(
                command,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def _wait_until(self, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not is_ready():
            ended = [name for name, child in self._processes.items() if child.poll() is not None]
            if ended or time.monotonic() > deadline:
                raise RigError(f"Not ready; ended: {ended}.\n{self.logs()}")
            time.sleep(0.02)

    def _links_streams(self) -> bool:
        """Whether the sinks are there and WirePlumber, which links streams to them, is at work.

        WirePlumber 0.4 may miss a choice that is made while it starts, and PipeWire tells nobody of
        a value that is set again: two sinks are chosen in turn until it has followed.
        """
        sinks = self._sinks()
        if "spk" not in sinks or "micin" not in sinks:
            return False
        if self._ask("pactl", "get-default-sink") == "spk":
            return True
        for sink in ("micin", "spk"):
            self._ask("pactl", "set-default-sink", sink)
        return False

    def _sinks(self) -> list[str]:
        return self._ask("pactl", "list", "short", "sinks").split()

    def _ask(self, *command: str) -> str:
        return self._run(*command).stdout.strip()

    def _succeeds(self, *command: str) -> bool:
        return self._run(*command).returncode == 0

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
        )


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.send_signal(signal.SIGCONT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()

"""A computer that QEMU emulates, on the network of e2e.network: slow, but with its own kernel.

Needs root, qemu-system-x86_64, and what rigs/debian13/ and support.network need.
"""

import json
import os
import shutil
import socket
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image

from tests.support.network import APPLIANCE, Home
from tests.support.rigs.cached import cached
from tests.support.rigs.qemu.systems import System

HERE = Path(__file__).parent

DEBIAN = (
    *("iproute2", "kmod", "mount", "procps", "psmisc", "curl", "v4l-utils", "ffmpeg"),
    *("python3-aiohttp", "python3-aiortc", "python3-av", "python3-cryptography"),
    *("python3-dnspython", "python3-ifaddr", "python3-numpy", "python3-pil"),
    *("python3-prometheus-client", "python3-pydantic", "python3-qrcode", "python3-tomli-w"),
    *("python3-uvloop", "libopus0", "libportaudio2", "libspeexdsp1"),
    *("python3-evdev", "python3-libgpiod", "python3-systemd"),
    *("fonts-dejavu-core", "ca-certificates"),
    *("systemd-sysv", "udev", "dbus", "libpam-systemd", "login", "console-setup"),
)
"""What is used inside, what the package of the appliance depends on, and what every Debian has."""

QEMU = "qemu-system-x86_64"

NEEDED = (
    f"A computer with its own kernel needs {QEMU}: "
    "apt install --no-install-recommends qemu-system-x86"
)

ABSOLUTE = 0x7FFF
"""The right and the lower edge of the screen for what points at it: QEMU's INPUT_EVENT_ABS_MAX."""

BOOT_SECONDS = 240.0
STOP_SECONDS = 10.0
COMMAND_SECONDS = 60.0

PRIORITY = ("nice", "--adjustment=-10")
"""A computer of its own would not be the slower for what others do on this one."""

COMPUTER = (
    *("-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1536"),
    *("-nodefaults", "-no-reboot", "-display", "none", "-device", "virtio-tablet-pci"),
    *("-device", "virtio-serial-pci", "-device", "virtserialport,chardev=agent"),
    *("-device", "qemu-xhci,id=usb", "-audiodev", "none,id=nobody"),
)

KERNEL = ("console=tty0", "console=ttyS0", "quiet", "panic=-1", f"gateway={APPLIANCE}")
"""Its command line, as far as it is the same for all."""


@dataclass(frozen=True)
class Done:
    """What came of a command."""

    code: int
    output: str


class Computer:
    """A computer that is on."""

    def __init__(self, address: str, directory: Path) -> None:
        self.address = address
        """Where the other machines of its network find it."""

        self.tap = f"computer-{address.rpartition('.')[2]}"
        """Its network card, from outside."""

        self._directory = directory
        self._lock = threading.Lock()
        self._agent = socket.socket(socket.AF_UNIX)
        self._answers = self._agent.makefile("rb")
        self._process: subprocess.Popen[bytes]

    @property
    def console(self) -> str:
        """What its kernel has said."""
        return (self._directory / "console").read_text("utf-8", "replace")

    def run(self, *command: str, stdin: str = "", within: float = COMMAND_SECONDS) -> str:
        """What a command prints; raises AssertionError with it where it fails."""
        done = self.attempt(*command, stdin=stdin, within=within)
        assert done.code == 0, f"{command} ended with {done.code}:\n{done.output}"
        return done.output

    def attempt(self, *command: str, stdin: str = "", within: float = COMMAND_SECONDS) -> Done:
        """The same, whatever it ends with. One waits for the other."""
        with self._lock:
            self._agent.settimeout(within)
            order = json.dumps({"command": command, "input": stdin})
            try:
                self._agent.sendall(order.encode() + b"\n")
                answer = self._answers.readline()
            except OSError as error:
                raise AssertionError(f"No answer to {command}: {error}\n{self.console}") from error
        assert answer, f"The computer is off.\n{self.console}"
        return Done(**json.loads(answer))

    def start(self, script: str) -> str:
        """Have a shell do something meanwhile, silently; returns its process."""
        return self.run("sh", "-c", f"{{ {script}\n}} >/dev/null 2>&1 </dev/null & echo $!").strip()

    def put(self, path: str, content: str) -> None:
        """Write a file."""
        self.run("sh", "-c", 'cat >"$0"', path, stdin=content)

    def wait_for(self, reached: Callable[[], object], within: float, what: str) -> float:
        """Seconds until it is so; raises AssertionError with the console."""
        start = time.monotonic()
        while not reached():
            waited = time.monotonic() - start
            assert waited < within, f"Not within {within:g} s: {what}.\n{self.console}"
            time.sleep(0.1)
        return time.monotonic() - start

    def screen(self) -> Image.Image:
        """What its screen shows at this moment."""
        picture = self._directory / "screen.ppm"
        self._monitor("screendump", filename=str(picture))
        with Image.open(picture) as image:
            image.load()
            return image

    def plug_in_loudspeaker(self) -> None:
        """Plug in a USB loudspeaker, which keeps the pace of one, and is not heard."""
        self._monitor(
            "device_add", driver="usb-audio", id="loudspeaker", bus="usb.0", audiodev="nobody"
        )

    def pull_out_loudspeaker(self) -> None:
        """Take it from whoever uses it."""
        self._monitor("device_del", id="loudspeaker")

    def press(self, *keys: str) -> None:
        """Press some keys of its keyboard at a time, by their names in QEMU's QKeyCode."""
        self._monitor("send-key", keys=[{"type": "qcode", "data": key} for key in keys])

    def touch(self, x: float, y: float) -> None:
        """Touch its screen for a moment, at these parts of its width and height, each 0 to 1.

        What its kernel has for that is a graphics tablet ("QEMU Virtio Tablet"): ABS_X and ABS_Y up
        to ABSOLUTE, and BTN_LEFT in place of the BTN_TOUCH of a touch screen. Its driver is
        virtio_input, which udev loads.
        """
        place = [
            {"type": "abs", "data": {"axis": axis, "value": round(part * ABSOLUTE)}}
            for axis, part in (("x", x), ("y", y))
        ]
        for down in (True, False):
            button = {"type": "btn", "data": {"button": "left", "down": down}}
            self._monitor("input-send-event", events=[*place, button])

    def unplug(self) -> None:
        """Pull the cable of its network card, which its kernel is told."""
        self._monitor("set_link", name="lan", up=False)

    def plug(self) -> None:
        """Undo an `unplug`."""
        self._monitor("set_link", name="lan", up=True)

    def _boot(self, root: Path, network: Home, system: System) -> None:
        """Switch it on, and wait for the agent."""
        disk = self._directory / "opt.tar"
        with tarfile.open(disk, "w") as tar:
            for name, file in system.files.items():
                tar.add(file, name, filter=_of_root)
            if system.package:
                installed = self._directory / "installed.tar"
                _install(system.package, root / "disk", installed)
                tar.add(installed, installed.name)
        width, height = system.screen
        agent, monitor = self._directory / "agent", self._directory / "monitor"
        command = [
            *("setpriv", "--pdeathsig=KILL", *network.machine.prefix, *PRIORITY),
            *(QEMU, *COMPUTER, "-device", f"virtio-gpu-pci,xres={width},yres={height}"),
            *("-kernel", str(root / "kernel"), "-initrd", str(root / "initrd"), "-append"),
            " ".join((*KERNEL, f"address={self.address}", *system.options)),
            *("-drive", f"file={root / 'disk'},format=raw,if=virtio,snapshot=on"),
            *("-drive", f"file={disk},format=raw,if=virtio,readonly=on"),
            *("-netdev", f"tap,id=lan,ifname={self.tap},script=no,downscript=no"),
            *("-device", "virtio-net-pci,netdev=lan"),
            *("-chardev", f"socket,id=agent,path={agent},server=on,wait=off"),
            *("-qmp", f"unix:{monitor},server=on,wait=off"),
            *("-serial", f"file:{self._directory / 'console'}"),
        ]
        # Where snapshot=on keeps what is written: the temporary files of the system may be memory.
        environment = {**os.environ, "TMPDIR": str(root.parent)}
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment)
        self.wait_for(self._connected, BOOT_SECONDS, "QEMU")
        self.run("true", within=BOOT_SECONDS)

    def _connected(self) -> bool:
        assert self._process.poll() is None, "QEMU has ended; the reason stands above."
        try:
            self._agent.connect(str(self._directory / "agent"))
        except OSError:
            return False
        return True

    def _monitor(self, name: str, /, **arguments: Any) -> None:
        """Have QEMU itself do something (qemu-qmp-ref(7)); raises AssertionError."""
        with socket.socket(socket.AF_UNIX) as monitor, monitor.makefile("rb") as answers:
            monitor.settimeout(COMMAND_SECONDS)
            monitor.connect(str(self._directory / "monitor"))
            answers.readline()
            for order in (
                {"execute": "qmp_capabilities"},
                {"execute": name, "arguments": arguments},
            ):
                monitor.sendall(json.dumps(order).encode())
                while "return" not in (answer := json.loads(answers.readline())):
                    assert "error" not in answer, answer

    def _pull_the_plug(self) -> None:
        self._answers.close()
        self._agent.close()
        self._process.kill()
        self._process.wait(STOP_SECONDS)


@contextmanager
def computer(network: Home, address: str, system: System) -> Iterator[Computer]:
    """A computer in the network, its disk fresh. At the end nothing of it is left.

    What it boots from is built the first time: a few minutes.
    """
    assert shutil.which(QEMU), NEEDED
    with ExitStack() as stack:
        root = stack.enter_context(cached(HERE / "build.sh", *DEBIAN))
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="homecall-computer-")))
        made = Computer(address, directory)
        network.machine.ip("tuntap", "add", made.tap, "mode", "tap")
        stack.callback(network.machine.ip, "link", "delete", made.tap)
        network.machine.ip("link", "set", made.tap, "master", "lan", "addrgenmode", "none", "up")
        stack.callback(made._pull_the_plug)
        made._boot(root, network, system)
        yield made


def _install(package: Path, disk: Path, tar: Path) -> None:
    """Have the package installed on a copy of the disk; raises AssertionError with what apt says.

    What it writes goes into an archive.
    """
    command = ["unshare", "--mount", str(HERE / "install.sh"), *map(str, (disk, package, tar))]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def _of_root(file: tarfile.TarInfo) -> tarfile.TarInfo | None:
    file.uid = file.gid = 0
    return None if "__pycache__" in file.name else file

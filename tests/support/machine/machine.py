"""A Debian 13 under its own systemd, in namespaces of its own, on a cable to the others.

Needs root, control groups of version 2, and what rigs/debian13/ and support.network need.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from tests.support.machine.cgroup import ControlGroup
from tests.support.machine.layers import HERE, Layers, scratch
from tests.support.network import Host

BOOT_SECONDS = 30.0
STOP_SECONDS = 30.0
COMMAND_SECONDS = 120.0

ENVIRONMENT = (
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL=C.UTF-8",
    "HOME=/root",
    "DEBIAN_FRONTEND=noninteractive",
    "SYSTEMD_COLORS=0",
    "SYSTEMD_PAGER=cat",
)

NAMESPACES = ("setpriv", "--pdeathsig=KILL", "nsenter")
UNSHARE = ("unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child")
"""If the tests are killed, so is the machine."""

SHUT_DOWN = signal.SIGRTMIN + 4
"""Asks systemd to power off (systemd(1))."""

HALTED = -signal.SIGINT
"""How `unshare` ends: the kernel tells a namespace's power-off by this signal (reboot(2))."""


class Machine:
    """A machine that is on, or not yet, or no more."""

    def __init__(self, cable: Host, layers: Layers, directory: Path) -> None:
        """`directory` is empty, and takes what the machine writes on its disk."""
        self.cable = cable
        """Its network card, from outside."""

        self.disk = directory / "upper"
        """What differs from the layers below: a layer itself, once the machine is off."""

        self._layers = layers
        self._directory = directory
        self._cgroup = ControlGroup()
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self.disk.mkdir()

    @property
    def on(self) -> bool:
        """Whether it is switched on, and its service manager has answered."""
        return self._pid != 0

    @property
    def console(self) -> str:
        """What the machine has said since it was switched on."""
        file = self._directory / "console"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    def boot(self, *options: str) -> None:
        """Switch it on, and wait for its service manager; `options` are the kernel's.

        Raises AssertionError with the console where there is none after a while.
        """
        self._cgroup.make()
        layers = ":".join(map(str, self._layers))
        enter = [str(HERE / "enter.sh"), str(self._cgroup.path), str(self._directory), layers]
        with (self._directory / "console").open("wb") as console:
            self._process = subprocess.Popen(
                [*NAMESPACES, f"--net=/run/netns/{self.cable.name}", *UNSHARE, *enter, *options],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_for(self._manager_answers, BOOT_SECONDS, "the machine's service manager")

    def settle(self, within: float = 60.0) -> str:
        """Wait until everything is started; what `systemctl is-system-running` says then."""
        asked = self.run("systemctl", "is-system-running", "--wait", check=False, within=within)
        return asked.strip()

    def run(self, *command: str, check: bool = True, within: float = COMMAND_SECONDS) -> str:
        """What a command prints in the machine; AssertionError with it where it fails.

        It is root's, in the machine's namespaces, though in no unit of it.
        """
        done = self.attempt(*command, within=within)
        text = done.stdout
        assert not check or done.returncode == 0, f"{command} ended with {done.returncode}:\n{text}"
        return text

    def attempt(
        self, *command: str, within: float = COMMAND_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """The same, whatever it ends with."""
        return subprocess.run(
            ["nsenter", f"--target={self._pid}", "--all", "env", "-i", *ENVIRONMENT, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=within,
            check=False,
        )

    def put(self, path: str, content: bytes | str) -> None:
        """Write a file on its disk, on or off. The directories on the way stay as they are.

        Whoever reads it meanwhile sees the old one or the new one.
        """
        data = content.encode() if isinstance(content, str) else content
        target = self.path(path) if self.on else self._on_disk(PurePosixPath(path))
        new = target.with_name(f"{target.name}.new")
        new.write_bytes(data)
        new.replace(target)

    def path(self, path: str) -> Path:
        """Where the host finds a file of the running machine: no part of it a symbolic link."""
        return Path(f"/proc/{self._pid}/root") / path.removeprefix("/")

    def host_pid(self, pid: int) -> int:
        """The number that the host has for a process of the machine."""
        for each in self.pids():
            status = Path(f"/proc/{each}/status").read_text()
            found = re.search(r"^NSpid:.*\t(\d+)$", status, re.MULTILINE)
            if found and int(found[1]) == pid:
                return each
        raise ProcessLookupError(pid)

    def pids(self) -> list[int]:
        """The processes of its units, as the host numbers them."""
        return self._cgroup.pids()

    def journal(self, *options: str) -> str:
        """The journal since the machine was switched on."""
        return self.run("journalctl", "--boot", "--no-pager", *options, check=False)

    def wait_for(self, reached: Callable[[], object], within: float, what: str) -> float:
        """Seconds until it is so; raises AssertionError with the console and the journal."""
        start = time.monotonic()
        while not reached():
            if time.monotonic() - start > within:
                tell = self.journal("--lines=60") if self._pid else ""
                raise AssertionError(f"Not within {within:g} s: {what}.\n{self.console}\n{tell}")
            time.sleep(0.1)
        return time.monotonic() - start

    def shut_down(self) -> None:
        """Switch it off as a person does; raises AssertionError where it does not obey."""
        assert self._process
        os.kill(self._pid, SHUT_DOWN)
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"The machine does not shut down:\n{self.console}") from error
        finally:
            self.pull_the_plug()
        assert code in (0, HALTED), f"{code}\n{self.console}"

    def pull_the_plug(self) -> None:
        """Switch it off at once: nothing in it gets to say goodbye, and nothing of it stays.

        Its disk is what it is then, and it can be switched on again.
        """
        if self._process is not None:
            self._cgroup.kill()
            self._process.kill()
            self._process.wait()
        self._process, self._pid = None, 0
        self.wait_for(self._cgroup.remove, STOP_SECONDS, "the end of the machine's processes")
        shutil.rmtree(self._directory / "work", ignore_errors=True)

    def _manager_answers(self) -> bool:
        assert self._process
        assert self._process.poll() is None, f"The machine does not boot:\n{self.console}"
        if not self._pid:
            parent = self._process.pid
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
            # Before that, its root would be the host's.
            if not children or _name(int(children[0])) != "systemd":
                return False
            self._pid = int(children[0])
        state = self.run("systemctl", "is-system-running", check=False).strip()
        return state in ("initializing", "starting", "running", "degraded")

    def _on_disk(self, path: PurePosixPath) -> Path:
        relative = path.relative_to("/")
        for parent in reversed(relative.parents[:-1]):
            below = next((found for at in self._layers if (found := at / parent).is_dir()), None)
            if not (self.disk / parent).exists():
                (self.disk / parent).mkdir()
                if below is not None:
                    shutil.copystat(below, self.disk / parent)
                    os.chown(self.disk / parent, below.stat().st_uid, below.stat().st_gid)
        return self.disk / relative


@contextmanager
def machine(cable: Host, layers: Sequence[Path]) -> Iterator[Machine]:
    """A machine that is off. At the end nothing of it is left."""
    assert shutil.which("nsenter"), "A machine of one's own needs util-linux."
    with scratch(layers[-1]) as directory:
        made = Machine(cable, tuple(layers), directory)
        try:
            yield made
        finally:
            made.pull_the_plug()


def _name(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""
